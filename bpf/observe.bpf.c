// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The task iterator: makes tasks targets, and sees what never switches.
 *
 * Nothing is lost or counted twice between it and the switch probe: the slot is published as
 * UNKNOWN with `since` = now before the task is looked at. From then on the probe accounts every
 * switch from that instant; what is seen here afterwards only replaces UNKNOWN, by
 * compare-and-swap.
 */
#include "bpf/clock.h"
#include "bpf/futex_end.h"
#include "bpf/parallel.h"
#include "bpf/slots.h"

static __always_inline bool is_running(struct task_struct *task)
{
	return settings.use_rq_clock && task->se.cfs_rq->rq->curr == task;
}

/* Every CPU has kernel threads of its own, so each run queue is met on the way. */
static __always_inline void look_at_cpu(struct task_struct *task, u64 now)
{
	struct rq *rq = task->se.cfs_rq->rq;
	u32 number = rq->cpu;
	struct cpu_totals *cpu = bpf_map_lookup_elem(&cpus, &number);

	if (!cpu)
		return;
	cpu->stolen_ns = rq->clock - rq->clock_task;
	/* As in the switch probe: where its beginning was not seen, it followed on what was. */
	if (rq->curr == rq->idle)
		__sync_val_compare_and_swap(&cpu->idle_since_ns, 0,
					    cpu->seen_ns ? cpu->seen_ns : now);
}

static __always_inline bool is_wanted(struct task_struct *task)
{
	u32 tid = shown_tid(task), pid = shown_pid(task);
	u32 *by_tid = bpf_map_lookup_elem(&wanted, &tid);
	u32 *by_pid = bpf_map_lookup_elem(&wanted, &pid);

	if (control.mark_all)
		return true;
	return (by_tid && (*by_tid & WANT_TID)) || (by_pid && (*by_pid & WANT_PID));
}

/* What a running task has run since its last update is not in sum_exec_runtime yet. */
static __always_inline void seed_running(struct thread_slot *slot, struct task_struct *task,
					 u64 now)
{
	struct rq *rq = task->se.cfs_rq->rq;
	u64 now_task = now - (rq->clock - rq->clock_task);

	if (now_task > task->se.exec_start)
		slot->exec_seen_ns = task->se.sum_exec_runtime + now_task - task->se.exec_start;
	slot->cpu = rq->cpu;
}

/*
 * Since when a thread waits that was marked while it did: its last run was accounted when it left
 * the CPU, in the run queue's own time, which lags behind by what was stolen.
 */
static __always_inline u64 blocked_since(struct task_struct *task)
{
	struct rq *rq = task->se.cfs_rq->rq;

	return settings.use_rq_clock ? task->se.exec_start + (rq->clock - rq->clock_task) : 0;
}

/*
 * Of a thread that waits: its stack stays where it is meanwhile, so these are enough for the daemon
 * to read it. Kernel threads have none.
 */
static __always_inline void note_registers(struct thread_slot *slot, struct task_struct *task)
{
	struct stack_buffer *buffer = stack_of(slot->index);
	u32 beyond = slot->index - STACK_BUFFERS;
	struct standing *without = bpf_map_lookup_elem(&standing, &beyond);

	if (task->flags & PF_KTHREAD)
		return;
	if (buffer)
		bpf_probe_read_kernel(buffer->head.registers, sizeof(buffer->head.registers),
				      (void *)bpf_task_pt_regs(task));
	else if (without)
		bpf_probe_read_kernel(without->registers, sizeof(without->registers),
				      (void *)bpf_task_pt_regs(task));
}

/*
 * It has waited since before the window. Unless it switches just now: the probe then ends the wait
 * that it finds in the slot, or found none there yet. Taken from the waiters once too often, it
 * lacks until nobody waits; once too seldom, it would be one of them for ever.
 */
static __always_inline void seed_futex(struct thread_slot *slot, struct task_struct *task,
				       struct pt_regs *regs)
{
	u32 seq = *(volatile u32 *)&slot->seq, home;

	note_registers(slot, task);
	if (!is_futex(slot->wait_key))
		return;
	futex_note(slot, task, regs);
	home = futex_blocks(slot->index, slot->since_ns, false);
	if (*(volatile u32 *)&slot->seq == seq || !home)
		return;
	lock_move(home, -1, slot->since_ns);
	if (slot->state != THREAD_WAITING)
		slot->futex = slot->lock.row = 0;
}

static __always_inline void seed_state(struct thread_slot *slot, struct task_struct *task)
{
	u32 state = task->__state, seen = THREAD_READY;
	struct pt_regs *regs;

	if (state && !(state & TASK_WAKING)) {
		regs = (struct pt_regs *)bpf_task_pt_regs(task);
		begin_wait(slot, wait_key(task, regs, state, false));
		slot->blocked_ns = blocked_since(task);
		seed_futex(slot, task, regs);
		seen = THREAD_WAITING;
	}
	__sync_val_compare_and_swap(&slot->state, THREAD_UNKNOWN, seen);
}

/* Its last switch was before its slot was known, or is going on: nobody else will give that back.
 */
static __always_inline bool has_ended(struct task_struct *task)
{
	return (*(volatile u32 *)&task->__state & TASK_DEAD) && !is_running(task);
}

/*
 * The task may have switched on another CPU while its slot was being filled, unseen: what the probe
 * has not touched yet is filled again now that it is public.
 */
static __always_inline struct thread_slot *claim(struct task_struct *task, u64 now)
{
	struct thread_slot *slot = slot_claim(task, THREAD_UNKNOWN, 0, now);

	if (!slot)
		return NULL;
	if (has_ended(task)) {
		bpf_task_storage_delete(&targets, task);
		slot_dies(slot);
		return NULL;
	}
	if (!*(volatile u32 *)&slot->seq)
		slot_baseline(slot, task);
	return slot;
}

static __always_inline void mark(struct task_struct *task, u64 now)
{
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);
	u32 set = control.set & (SETS_MAX - 1);
	struct thread_slot *slot;
	struct lock_row *row;

	/* A leader that has ended waits for its threads, and never runs again. */
	if (task->exit_state)
		return;
	slot = mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;
	if (!slot || slot->generation != mark->generation)
		slot = claim(task, now);
	if (!slot)
		return;
	__sync_fetch_and_or(&slot->sets, 1u << set);
	/* The lock that it has been waiting for is of this set, too. */
	row = lock_at(slot->lock.row);
	if (row && row->generation == slot->lock.generation)
		__sync_fetch_and_or(&row->sets, 1u << set);
	__sync_fetch_and_add(&control.marked, 1);
	if (parallel_seed(slot, task, set, now)) {
		if (slot->state == THREAD_UNKNOWN)
			seed_running(slot, task, now);
		__sync_val_compare_and_swap(&slot->state, THREAD_UNKNOWN, THREAD_RUNNING);
	} else if (slot->state == THREAD_UNKNOWN) {
		/* What a thread of another set does is known here, and its wait was counted. */
		seed_state(slot, task);
	}
}

/* For a thread that waits: has it been woken and stands in a run queue by now? */
static __always_inline void look(struct thread_slot *slot, struct task_struct *task)
{
	u32 seq = slot->seq;

	slot_name(slot, task);
	if (slot->state == THREAD_WAITING)
		note_registers(slot, task);
	if (settings.use_sched_info) {
		slot->look_queued_ns = task->sched_info.last_queued;
		slot->look_delay_ns = task->sched_info.run_delay;
	}
	barrier();
	slot->look_seq = seq | 1;
}

SEC("iter/task")
int partrace_observe(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct target_mark *known;
	struct thread_slot *slot;
	u64 now;

	if (!task)
		return 0;
	if (control.mode == OBSERVE_SELF) {
		learn_namespace();
		learn_files(bpf_get_current_task_btf());
		return 0;
	}
	now = clock_anywhere();
	if (settings.use_rq_clock)
		look_at_cpu(task, now);
	if (control.mode == OBSERVE_MARK) {
		if (is_wanted(task))
			mark(task, now);
		return 0;
	}
	known = bpf_task_storage_get(&targets, task, NULL, 0);
	slot = known ? bpf_map_lookup_elem(&threads, &known->slot) : NULL;
	/* A zombie is still found here when its slot has been given back long ago. */
	if (!slot || slot->generation != known->generation || slot->life != SLOT_LIVE)
		return 0;
	if (control.mode == OBSERVE_UNMARK && !slot->sets) {
		bpf_task_storage_delete(&targets, task);
		futex_leave(slot->index, now);
		slot_dies(slot);
	} else {
		look(slot, task);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
