/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread gets its CPU after a wait: who stood in its way? */
#ifndef PARTRACE_BPF_CULPRIT_H
#define PARTRACE_BPF_CULPRIT_H

#include "bpf/identity.h"

/* Waits below are only summed: asking would cost more than they did. */
#define CULPRIT_MIN_NS 5000

/* A task's name as two words: compared and copied without a helper's call. */
struct name {
	u64 words[2];
};
_Static_assert(sizeof(struct name) == COMM_LEN, "a name is two words");

static __always_inline struct name name_of(struct task_struct *task)
{
	const u64 *words = (const u64 *)&task->comm;

	return (struct name){ { words[0], words[1] } };
}

static __always_inline bool is_named(const char *comm, u64 first, u64 second)
{
	const u64 *words = (const u64 *)comm;

	return words[0] == first && words[1] == second;
}

static __always_inline void set_name(char *comm, u64 first, u64 second)
{
	u64 *words = (u64 *)comm;

	words[0] = first;
	words[1] = second;
}

/*
 * The row of this task, taken from the smallest if need be. A TID that has another name than before
 * is somebody else: used again, or another program. Global: the verifier looks once.
 */
__weak __noinline u32 culprit_find(u32 cpu, u32 tid, u64 first, u64 second)
{
	struct culprit_table *table = bpf_map_lookup_elem(&culprits, &cpu);
	u32 found = tid & (CULPRIT_ROWS - 1);
	u64 smallest_ns = ~0ull;
	struct culprit *row;

	if (!table)
		return 0;
	for (u32 i = 0; i < CULPRIT_PROBES; i++) {
		u32 at = (tid + i) & (CULPRIT_ROWS - 1);

		row = &table->rows[at];
		if (row->tid == tid && is_named(row->comm, first, second))
			return at;
		if (row->total_ns < smallest_ns) {
			smallest_ns = row->total_ns;
			found = at;
		}
	}
	row = &table->rows[found & (CULPRIT_ROWS - 1)];
	for (u32 i = 0; i < SETS_MAX; i++) {
		table->evicted_ns[i] += row->ahead_ns[i];
		row->ahead_ns[i] = row->taken_ns[i] = 0;
		row->ahead[i] = row->taken[i] = 0;
	}
	row->total_ns = 0;
	row->pid = row->shown_tid = 0;
	set_name(row->comm, first, second);
	row->tid = tid;
	return found;
}

static __always_inline void count_in_sets(u32 *counts, u32 sets)
{
	for (u32 i = 0; i < SETS_MAX; i++)
		counts[i] += sets >> i & 1;
}

static __always_inline void blame_ahead(struct culprit_table *table, u32 cpu,
					struct task_struct *task, u32 sets, u64 ready)
{
	struct name name = name_of(task);
	u32 at = culprit_find(cpu, task->pid, name.words[0], name.words[1]);
	struct culprit *row = &table->rows[at & (CULPRIT_ROWS - 1)];

	if (!row->shown_tid) {
		row->pid = shown_pid(task);
		row->shown_tid = shown_tid(task);
		row->is_kernel = !!(task->flags & PF_KTHREAD);
	}
	row->total_ns += ready;
	add_to_sets(row->ahead_ns, sets, ready);
	count_in_sets(row->ahead, sets);
}

/* The task itself may be gone by now: its name was taken when it took the CPU. */
static __always_inline void blame_taker(struct culprit_table *table, u32 cpu,
					struct thread_slot *slot, u32 sets, u64 ready)
{
	const u64 *name = (const u64 *)slot->taker_comm;
	u32 at = culprit_find(cpu, slot->taker_tid, name[0], name[1]);
	struct culprit *row = &table->rows[at & (CULPRIT_ROWS - 1)];

	if (!row->shown_tid) {
		row->pid = slot->taker_pid;
		row->shown_tid = slot->taker_shown_tid;
		row->is_kernel = slot->taker_is_kernel;
	}
	row->total_ns += ready;
	add_to_sets(row->taken_ns, sets, ready);
	count_in_sets(row->taken, sets);
}

/* `slot` was preempted in favour of `next`. */
static __always_inline void remember_taker(struct thread_slot *slot, struct task_struct *next)
{
	struct name name = name_of(next);

	if (slot->taker_tid == (u32)next->pid &&
	    is_named(slot->taker_comm, name.words[0], name.words[1]))
		return;
	slot->taker_tid = next->pid;
	slot->taker_pid = shown_pid(next);
	slot->taker_shown_tid = shown_tid(next);
	slot->taker_is_kernel = !!(next->flags & PF_KTHREAD);
	set_name(slot->taker_comm, name.words[0], name.words[1]);
}

/* `slot` gets the CPU from `prev` after having been ready for so long. */
static __always_inline void blame(struct thread_slot *slot, struct task_struct *prev, u32 cpu,
				  u64 ready)
{
	struct culprit_table *table = bpf_map_lookup_elem(&culprits, &cpu);
	u32 sets = slot->sets;

	if (!table)
		return;
	if (prev->pid)
		blame_ahead(table, cpu, prev, sets, ready);
	else
		add_to_sets(table->idle_ns, sets, ready);
	if (slot->was_taken)
		blame_taker(table, cpu, slot, sets, ready);
}

#endif
