/* SPDX-License-Identifier: BSD-2-Clause */
/* A task gets a slot; only where that is rare: at birth and in the iterator, never in a switch. */
#ifndef PARTRACE_BPF_SLOTS_H
#define PARTRACE_BPF_SLOTS_H

#include "bpf/identity.h"

static __always_inline void slot_name(struct thread_slot *slot, struct task_struct *task)
{
	bpf_probe_read_kernel_str(slot->comm, sizeof(slot->comm), task->comm);
}

/* The kernel's own counters, that ours are differences to. */
static __always_inline void slot_baseline(struct thread_slot *slot, struct task_struct *task)
{
	slot->voluntary = task->nvcsw;
	slot->involuntary = task->nivcsw;
	slot->migrations = task->se.nr_migrations;
	slot->exec_seen_ns = task->se.sum_exec_runtime;
	if (settings.use_sched_info)
		slot->delay_seen_ns = task->sched_info.run_delay;
}

static __always_inline void slot_fill(struct thread_slot *slot, struct task_struct *task, u32 state,
				      u32 sets, u64 now)
{
	slot->state = state;
	slot->sets = sets;
	slot->since_ns = now;
	slot->counted_from_ns = now;
	/* The kernel's start_time is ktime; a child is born now. */
	slot->born_ns = state == THREAD_NEW ? now : task->start_time - control.clock_offset_ns;
	slot->tid = task->pid;
	slot->pid_namespace = own_namespace(task);
	slot->start_ktime_ns = task->start_time;
	slot->process_ktime_ns = task->group_leader->start_time;
	/* Those that branch come last: the verifier goes through what follows once for each path.
	 */
	slot->own_tid = own_tid(task);
	slot->pid = shown_pid(task);
	slot->shown_tid = shown_tid(task);
	slot_baseline(slot, task);
	slot->registers = (u64)bpf_task_pt_regs(task);
	slot->cause = WAIT_OTHER;
	slot->wait_row = SYSCALL_ROW_ALL;
	slot_name(slot, task);
}

/* A slot that has never been used; an index beyond the last when there is none. */
static __always_inline u32 slot_unused(void)
{
	u32 index = control.slots_used;

	if (index < settings.max_threads)
		index = __sync_fetch_and_add(&control.slots_used, 1);
	return index;
}

/*
 * A free slot, filled for `task` and made known to the switch probe; NULL, counted, if none is
 * left. It has its sets before anybody can see it, or OBSERVE_UNMARK would take it back at once.
 */
static __always_inline struct thread_slot *slot_claim(struct task_struct *task, u32 state, u32 sets,
						      u64 now)
{
	struct target_mark fresh = {}, *mark;
	struct thread_slot *slot;

	if (bpf_map_pop_elem(&free_slots, &fresh.slot))
		fresh.slot = slot_unused();
	slot = bpf_map_lookup_elem(&threads, &fresh.slot);
	if (!slot)
		goto untracked;
	fresh.generation = ++slot->generation;
	slot->index = fresh.slot;
	slot_fill(slot, task, state, sets, now);
	slot->life = SLOT_LIVE;
	mark = bpf_task_storage_get(&targets, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mark && mark->slot == fresh.slot)
		return slot;
	/* No memory, or the other of newtask and iterator was faster. */
	slot->sets = 0;
	slot->life = SLOT_FREE;
	bpf_map_push_elem(&free_slots, &fresh.slot, 0);
	if (mark)
		return bpf_map_lookup_elem(&threads, &mark->slot);
untracked:
	count_loss(&losses.untracked);
	return NULL;
}

#endif
