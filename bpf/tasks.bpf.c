// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* Targets are born, change their program and die. */
#include "bpf/clock.h"
#include "bpf/slots.h"

static __always_inline void announce_join(struct task_struct *task, u32 sets)
{
	struct event event = { .kind = EVENT_JOIN, .slot = sets, .pid = shown_pid(task) };

	if (event.pid && bpf_ringbuf_output(&events, &event, sizeof(event), 0))
		count_loss(&losses.records);
}

/* The sets that a new task joins: its parent's, where children are followed, and the open ones. */
static __always_inline u32 sets_of_child(struct task_struct *parent)
{
	struct target_mark *mark = bpf_task_storage_get(&targets, parent, NULL, 0);
	struct thread_slot *slot = mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;

	return control.all_sets | (slot ? slot->sets & control.follow_sets : 0);
}

/*
 * A child is a target before its first instruction: the kernel says so before it wakes the child.
 * (task_newtask, not sched_process_fork, which misses io_uring's workers.)
 */
SEC("tp_btf/task_newtask")
int partrace_newtask(u64 *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[0];
	u32 joins = sets_of_child(bpf_get_current_task_btf()), others = 0, gone;
	struct thread_slot *slot;

	/* A child can be born right into a cgroup that its parent is not in. */
	if (control.cgroup_sets)
		others = sets_of_cgroup(BPF_CORE_READ(child, cgroups, dfl_cgrp)) & ~joins;
	if (others)
		announce_join(child, others);
	if (!joins)
		return 0;
	slot = slot_claim(child, THREAD_NEW, joins, clock_anywhere());
	if (!slot)
		return 0;
	__sync_fetch_and_or(&slot->sets, joins);
	/* Of a session that has ended meanwhile, nobody would take it out again. */
	gone = joins & ~(control.all_sets | control.follow_sets);
	if (gone)
		__sync_fetch_and_and(&slot->sets, ~gone);
	return 0;
}

/* A process moves into a watched cgroup, of whichever hierarchy; the daemon marks its threads. */
SEC("tp_btf/cgroup_attach_task")
int partrace_cgroup(u64 *ctx)
{
	struct cgroup *cgroup = (struct cgroup *)ctx[0];
	struct task_struct *task = (struct task_struct *)ctx[2];
	u32 joins = sets_of_cgroup(cgroup);

	if (joins)
		announce_join(task, joins);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int partrace_exec(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);
	struct thread_slot *slot = mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;
	struct event event = { .kind = EVENT_EXEC, .pid = shown_pid(task) };

	if (!slot)
		return 0;
	/* A thread that execs takes the leader's TID. */
	slot->tid = task->pid;
	slot->shown_tid = slot->pid;
	slot->own_tid = own_tid(task);
	slot->execs++;
	slot_name(slot, task);
	event.slot = mark->slot;
	event.generation = mark->generation;
	if (bpf_ringbuf_output(&events, &event, sizeof(event), 0))
		count_loss(&losses.records);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int partrace_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);
	struct thread_slot *slot = mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;

	if (!slot)
		return 0;
	slot_name(slot, task);
	if (task->signal->live.counter == 0)
		slot->max_rss_pages = task->signal->maxrss;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
