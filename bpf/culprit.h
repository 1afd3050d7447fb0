/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread gets its CPU after a wait: who had the CPU meanwhile? */
#ifndef PARTRACE_BPF_CULPRIT_H
#define PARTRACE_BPF_CULPRIT_H

#include "bpf/moment.h"
#include "bpf/stint.h"

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
		u64 own = row->ahead_ns[i] & -(u64)(row->sets >> i & 1);

		table->own_ns[i] += own;
		table->others_ns[i] += row->ahead_ns[i] - own;
		row->ahead_ns[i] = row->taken_ns[i] = 0;
		row->ahead[i] = row->taken[i] = 0;
	}
	row->total_ns = 0;
	row->pid = row->shown_tid = row->sets = 0;
	set_name(row->comm, first, second);
	row->tid = tid;
	return found;
}

static __always_inline struct culprit *culprit_row(struct culprit_table *table, u32 cpu, u32 tid,
						   const char *comm)
{
	const u64 *name = (const u64 *)comm;

	return &table->rows[culprit_find(cpu, tid, name[0], name[1]) & (CULPRIT_ROWS - 1)];
}

static __always_inline void count_in_sets(u32 *counts, u32 sets)
{
	for (u32 i = 0; i < SETS_MAX; i++)
		counts[i] += sets >> i & 1;
}

/* The task itself may be gone by now: its name was taken when it took the CPU. */
static __always_inline void blame_taker(struct culprit_table *table, u32 cpu,
					struct thread_slot *slot, u32 sets, u64 ready)
{
	struct culprit *row = culprit_row(table, cpu, slot->taker_tid, slot->taker_comm);

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

/* Threads of these sets were ready for `ns` while the CPU had others to do, or nothing. */
static __always_inline void blame_gap(struct culprit_table *table, u32 sets, u64 ns, u64 idle)
{
	if (idle > ns)
		idle = ns;
	add_to_sets(table->idle_ns, sets, idle);
	add_to_sets(table->others_ns, sets, ns - idle);
}

static __always_inline void blame_blur(struct culprit_table *table, struct stint *stint, u32 sets,
				       u64 ns)
{
	u64 whole = stint->until_ns - stint->from_ns, own = ns;

	if (stint->ran_ns < whole)
		own = ns * stint->ran_ns / whole;
	add_to_sets(table->own_ns, sets & stint->sets, own);
	add_to_sets(table->others_ns, sets & ~(u32)stint->sets, own);
	add_to_sets(table->others_ns, sets, ns - own);
}

static __always_inline void blame_named(struct culprit_table *table, u32 cpu, struct stint *stint,
					u32 sets, u64 ns)
{
	struct culprit *row = culprit_row(table, cpu, stint->tid, stint->comm);

	if (!row->shown_tid) {
		row->pid = stint->pid;
		row->shown_tid = stint->shown_tid;
		row->is_kernel = stint->is_kernel;
	}
	row->sets = stint->sets;
	row->total_ns += ns;
	add_to_sets(row->ahead_ns, sets, ns);
	count_in_sets(row->ahead, sets);
}

/*
 * Threads of these sets were ready from `from` until `until`: charges for it the last stint but
 * `back`, and what came after that. Returns until when there is still nobody charged. Global: the
 * verifier looks once.
 */
__weak __noinline u64 blame_stint(u32 cpu, u32 back, u32 sets, u64 from, u64 until)
{
	struct culprit_table *table = bpf_map_lookup_elem(&culprits, &cpu);
	struct cpu_totals *totals = bpf_map_lookup_elem(&cpus, &cpu);
	struct stint *stint;
	u64 idle, ns;

	if (!table || !totals || until <= from)
		return from;
	stint = &totals->stints[(totals->stint - back) & (STINTS - 1)];
	if (!stint->until_ns) {
		add_to_sets(table->earlier_ns, sets, until - from);
		return from;
	}
	idle = totals->idle_ns;
	if (back)
		idle = totals->stints[(totals->stint - back + 1) & (STINTS - 1)].idle_ns;
	if (stint->until_ns < until) {
		ns = until - (stint->until_ns > from ? stint->until_ns : from);
		blame_gap(table, sets, ns, idle - stint->idle_ns);
		until -= ns;
	}
	if (stint->from_ns >= until || until <= from)
		return until;
	ns = until - (stint->from_ns > from ? stint->from_ns : from);
	if (stint->tid)
		blame_named(table, cpu, stint, sets, ns);
	else
		blame_blur(table, stint, sets, ns);
	return until - ns;
}

/* Beyond the stints: how much of that the CPU had for the target's own is still known. */
__weak __noinline int blame_earlier(u32 cpu, u32 sets, u64 from, u64 until)
{
	struct culprit_table *table = bpf_map_lookup_elem(&culprits, &cpu);
	u64 idle = sum_between(cpu, CPU_SUM_IDLE, from, until), left = until - from;

	if (!table)
		return 0;
	if (idle == NOT_KNOWN) {
		add_to_sets(table->earlier_ns, sets, left);
		return 0;
	}
	idle = idle < left ? idle : left;
	left -= idle;
	add_to_sets(table->idle_ns, sets, idle);
	for (u32 i = 0; i < SETS_MAX && sets >> i; i++) {
		u64 own;

		if (!(sets >> i & 1))
			continue;
		own = sum_between(cpu, i, from, until);
		own = own < left ? own : left;
		table->own_ns[i] += own;
		table->others_ns[i] += left - own;
	}
	return 0;
}

/*
 * The way back is long where many share a CPU and have it for some microseconds each, and each of
 * them would go it: a step is taken when so much time has gone by, and some are kept in stock.
 */
#define STEP_EACH_NS 2000
#define STEPS_KEPT   STINTS

/* Threads of these sets were ready on this CPU from `from` until `now`. */
static __always_inline void blame_stints(struct cpu_totals *totals, u32 cpu, u32 sets, u64 from,
					 u64 now)
{
	u64 paid = totals->walk_ns, until = now;

	if (paid + STEPS_KEPT * STEP_EACH_NS < now)
		paid = now - STEPS_KEPT * STEP_EACH_NS;
	for (u32 back = 0; back < STINTS && until > from; back++) {
		if (back && paid >= now)
			break;
		until = blame_stint(cpu, back, sets, from, until);
		paid += back ? STEP_EACH_NS : 0;
	}
	totals->walk_ns = paid;
	if (until > from)
		blame_earlier(cpu, sets, from, until);
}

/*
 * `slot` gets the CPU after having been ready for so long, the last of it in this CPU's queue,
 * since `queued` if that is known: who had the CPU meanwhile?
 */
static __always_inline void blame(struct thread_slot *slot, struct cpu_totals *totals, u32 cpu,
				  u64 ready, u64 queued, u64 now)
{
	struct culprit_table *table = bpf_map_lookup_elem(&culprits, &cpu);
	u64 from = now - ready;
	u32 sets = slot->sets;

	if (!table)
		return;
	if (queued > from && queued <= now) {
		add_to_sets(table->earlier_ns, sets, queued - from);
		from = queued;
	}
	blame_stints(totals, cpu, sets, from, now);
	if (slot->was_taken)
		blame_taker(table, cpu, slot, sets, ready);
}

#endif
