// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* Targets are born, change their program and die. */
#include "bpf/clock.h"
#include "bpf/slots.h"

/*
 * A child is a target before its first instruction: the kernel says so before it wakes the child.
 * (task_newtask, not sched_process_fork, which misses io_uring's workers.)
 */
SEC("tp_btf/task_newtask")
int partrace_newtask(u64 *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[0];
	struct task_struct *parent = bpf_get_current_task_btf();
	struct target_mark *mark = bpf_task_storage_get(&targets, parent, NULL, 0);
	struct thread_slot *slot;
	u32 joins;

	if (!mark)
		return 0;
	slot = bpf_map_lookup_elem(&threads, &mark->slot);
	joins = slot ? slot->sets & control.follow_sets : 0;
	if (!joins)
		return 0;
	slot = slot_claim(child, THREAD_NEW, clock_anywhere());
	if (!slot)
		return 0;
	__sync_fetch_and_or(&slot->sets, joins);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int partrace_exec(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct target_mark *mark = bpf_task_storage_get(&targets, task, NULL, 0);
	struct thread_slot *slot = mark ? bpf_map_lookup_elem(&threads, &mark->slot) : NULL;
	struct event event = { .kind = EVENT_EXEC, .pid = task->tgid };

	if (!slot)
		return 0;
	/* A thread that execs takes the leader's TID. */
	slot->tid = task->pid;
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
