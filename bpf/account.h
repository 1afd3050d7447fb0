/* SPDX-License-Identifier: BSD-2-Clause */
/* One thread leaves or gets a CPU: where its time since the last switch went. */
#ifndef PARTRACE_BPF_ACCOUNT_H
#define PARTRACE_BPF_ACCOUNT_H

#include "bpf/futex_end.h"
#include "bpf/past.h"

/* seq is odd while the daemon must not believe what it reads. */
#define slot_write_begin(slot)                                                                     \
	do {                                                                                       \
		*(volatile u32 *)&(slot)->seq = (slot)->seq + 1;                                   \
		barrier();                                                                         \
	} while (0)
#define slot_write_end(slot)                                                                       \
	do {                                                                                       \
		barrier();                                                                         \
		*(volatile u32 *)&(slot)->seq = (slot)->seq + 1;                                   \
	} while (0)

static __always_inline u64 elapsed_since(struct thread_slot *slot, u64 then, u64 now)
{
	if (now >= then)
		return now - then;
	slot->clamped++;
	return 0;
}

static __always_inline void count_switch(struct thread_slot *slot, struct task_struct *prev)
{
	u64 voluntary = prev->nvcsw, involuntary = prev->nivcsw;
	u64 step = voluntary - slot->voluntary + involuntary - slot->involuntary;

	if (step != 1)
		slot->missed_switches += step ? step - 1 : 1;
	slot->voluntary = voluntary;
	slot->involuntary = involuntary;
}

/*
 * The thread ran until now and leaves the CPU in `state`; returns for how long it ran. `view`: the
 * task, for reading pointers.
 */
static __always_inline u64 account_out(struct thread_slot *slot, struct task_struct *prev,
				       struct task_struct *view, struct pt_regs *regs, u32 state,
				       u64 now)
{
	u64 exec = prev->se.sum_exec_runtime;
	u64 ran = elapsed_since(slot, slot->since_ns, now);
	u32 key;

	if (control.watch_wakes)
		past_catch_up(slot, HOLDER_RUNNING);
	slot->running_ns += ran;
	slot->stolen_ns += ran - (exec - slot->exec_seen_ns);
	slot->exec_seen_ns = exec;
	slot->since_ns = now;
	if (state & TASK_DEAD) {
		/* The kernel's own account of a dead thread leaves its last switch out. */
		slot->state = THREAD_EXITED;
		slot->died_ns = now;
		return ran;
	}
	count_switch(slot, prev);
	if (settings.use_sched_info)
		slot->delay_seen_ns = prev->sched_info.run_delay;
	else
		slot->woken_ns = 0;
	if (state) {
		key = wait_key(prev, regs, state, true);
		begin_wait(slot, key);
		slot->state = THREAD_WAITING;
		if (is_futex(key)) {
			futex_note(slot, view, regs);
			futex_blocks(slot->index, now, true);
		}
	} else {
		slot->yields += is_yield(prev, regs);
		slot->state = THREAD_READY;
	}
	if (control.watch_wakes)
		past_add(slot, now, state ? past_state_of(slot->cause) : HOLDER_READY);
	return ran;
}

/*
 * How long a thread that was waiting has been ready before it got the CPU: by the kernel's own
 * account of it, as sched_info has it.
 */
static __always_inline u64 ready_before(struct thread_slot *slot, u64 delay, u64 queued, u64 gap,
					u64 now)
{
	u64 ready;

	if (settings.use_sched_info) {
		/* Both terms: a task that migrates while ready moves its delay into run_delay. */
		ready = delay - slot->delay_seen_ns;
		if (queued && now > queued)
			ready += now - queued;
	} else {
		ready = slot->woken_ns && now > slot->woken_ns ? now - slot->woken_ns : 0;
	}
	return ready < gap ? ready : gap;
}

static __always_inline void account_wait(struct thread_slot *slot, u64 blocked, u64 ready)
{
	u32 cause = slot->cause, row = slot->wait_row;

	if (cause >= WAIT_COUNT)
		return;
	slot->waiting_ns += blocked;
	slot->waits[cause].count++;
	slot->waits[cause].time_ns += blocked;
	slot->waits[cause].ready_ns += ready;
	if (row < SYSCALL_ROWS) {
		slot->syscalls[row].count++;
		slot->syscalls[row].time_ns += blocked;
	}
}

static __always_inline void account_ready(struct thread_slot *slot, u64 ready)
{
	u32 bucket = histogram_bucket(ready);

	slot->ready_ns += ready;
	if (ready > slot->max_ready_ns)
		slot->max_ready_ns = ready;
	if (bucket < HISTOGRAM_BUCKETS)
		slot->run_queue[bucket]++;
}

/* The thread gets the CPU; returns for how long it has been ready. */
static __always_inline u64 account_in(struct thread_slot *slot, u64 delay, u64 queued, u64 now)
{
	u64 gap, ready;

	if (slot->state == THREAD_NEW) {
		/* Its life begins when it is first queued. */
		if (queued)
			slot->since_ns = queued;
		slot->born_ns = slot->counted_from_ns = slot->since_ns;
	}
	if (control.watch_wakes && slot->state == THREAD_WAITING)
		past_catch_up(slot, past_state_of(slot->cause));
	gap = elapsed_since(slot, slot->since_ns, now);
	if (slot->state == THREAD_NEW)
		slot->born_ready_ns = gap;
	ready = gap;
	if (slot->state == THREAD_WAITING || slot->state == THREAD_UNKNOWN) {
		ready = ready_before(slot, delay, queued, gap, now);
		account_wait(slot, gap - ready, ready);
		if (slot->futex) {
			futex_end(slot->index, gap - ready, ready, now);
			slot->last_lock_ns = slot->futex_flags & FUTEX_ENDED ? 0 : now - ready;
		}
	}
	account_ready(slot, ready);
	if (control.watch_wakes) {
		past_add(slot, now - ready, HOLDER_READY);
		past_add(slot, now, HOLDER_RUNNING);
		past_round(slot, now);
	}
	slot->since_ns = now;
	slot->state = THREAD_RUNNING;
	return ready;
}

#endif
