/* SPDX-License-Identifier: BSD-2-Clause */
/* How many targets of a set run at once, without a lock. */
#ifndef PARTRACE_BPF_PARALLEL_H
#define PARTRACE_BPF_PARALLEL_H

#include "bpf/maps.h"

#include <bpf/bpf_core_read.h>

#define MOVE_TRIES 64
#define LOOK_TRIES 64

/* By value: 6.1's verifier forgets the bounds of an index whose address a helper was given. */
static __always_inline struct set_totals *set_of(u32 index)
{
	return bpf_map_lookup_elem(&sets, &index);
}

/* Who wins the swap owns the interval that it ends; differences are signed, so nothing is lost. */
static __always_inline bool set_swap(struct set_totals *set, int delta, u64 now)
{
	u64 old, new, running;
	s64 elapsed;

	for (int i = 0; i < MOVE_TRIES; i++) {
		old = *(volatile u64 *)&set->word;
		running = old >> SET_TIME_BITS;
		if (delta < 0 && !running)
			return false;
		new = (running + delta) << SET_TIME_BITS | (now & SET_TIME_MASK);
		if (__sync_val_compare_and_swap(&set->word, old, new) != old)
			continue;
		elapsed = set_elapsed(now, old);
		if (elapsed < 0)
			__sync_fetch_and_add(&set->late_ns, -elapsed);
		if (running)
			__sync_fetch_and_add(&set->integral, set_share(elapsed, running));
		if (running >= SET_LEVELS)
			running = SET_LEVELS - 1;
		__sync_fetch_and_add(&set->time_at_level_ns[running], elapsed);
		return true;
	}
	return false;
}

/*
 * One target more (delta 1) or less (-1) is running. A global function, like the next: the verifier
 * looks at it once, and not again for each set at each place that calls it.
 */
__weak __noinline int set_move(u32 index, int delta, u64 now)
{
	struct set_totals *set = bpf_map_lookup_elem(&sets, &index);

	if (!set)
		return 0;
	__sync_fetch_and_add(&set->begun, 1);
	if (!set_swap(set, delta, now))
		__sync_fetch_and_add(&set->lost, 1);
	__sync_fetch_and_add(&set->ended, 1);
	return 0;
}

/*
 * The integral of dt / parallelism. Another CPU may be between its swap and its sums: none is when
 * as many moves have ended (asked first) as have begun (asked last).
 */
static __always_inline bool set_look(struct set_totals *set, u64 now, s64 *ret)
{
	u64 ended = *(volatile u64 *)&set->ended;
	u64 word = *(volatile u64 *)&set->word;
	u64 integral = *(volatile u64 *)&set->integral;
	u64 running = word >> SET_TIME_BITS;

	*ret = integral + (running ? set_share(set_elapsed(now, word), running) : 0);
	return *(volatile u64 *)&set->begun == ended;
}

__weak __noinline s64 set_wait_and_look(u32 index, u64 now)
{
	struct set_totals *set = bpf_map_lookup_elem(&sets, &index);
	s64 integral = 0;

	if (!set)
		return 0;
	for (int i = 0; i < LOOK_TRIES; i++)
		if (set_look(set, now, &integral))
			return integral;
	__sync_fetch_and_add(&set->unsettled, 1);
	return integral;
}

static __always_inline s64 set_integral(struct set_totals *set, u32 index, u64 now)
{
	s64 integral;

	return set_look(set, now, &integral) ? integral : set_wait_and_look(index, now);
}

/*
 * One CPU goes from `leaver` to `enterer` (either may be NULL). A set that both belong to does not
 * change. `counted` is exchanged, for the iterator may be seeding the same thread at this moment.
 */
static __always_inline void parallel_switch(struct thread_slot *leaver, struct thread_slot *enterer,
					    u64 now)
{
	u32 leave = leaver ? __sync_lock_test_and_set(&leaver->counted, 0) : 0;
	u32 join = enterer ? enterer->sets : 0;
	u32 enter = enterer ? join & ~__sync_lock_test_and_set(&enterer->counted, join) : 0;
	u32 out = leaver ? leaver->sets : 0;
	u32 all = (leave | enter | out | join) & ((1 << SETS_MAX) - 1);
	struct set_totals *set;
	s64 integral;

	for (u32 i = 0; i < SETS_MAX && all >> i; i++) {
		u32 bit = 1 << i;

		if (!(all & bit))
			continue;
		set = set_of(i);
		if (!set)
			return;
		if ((leave & bit) && !(enter & bit))
			set_move(i, -1, now);
		else if ((enter & bit) && !(leave & bit))
			set_move(i, 1, now);
		integral = set_integral(set, i, now);
		if (leaver && (out & bit))
			leaver->criticality[i] += integral;
		if (enterer && (join & bit))
			enterer->criticality[i] -= integral;
	}
}

/*
 * Counts a thread that may be running while it is marked. Count first, then ask: a switch-out in
 * between finds the flag and takes it back. What remains is a bounded repeat.
 */
static __always_inline bool parallel_seed(struct thread_slot *slot, struct task_struct *task, u32 i,
					  u64 now)
{
	struct set_totals *set = bpf_map_lookup_elem(&sets, &i);
	u32 bit = 1u << (i & 31);

	if (!set)
		return false;
	for (int tries = 0; tries < 4; tries++) {
		if (!(__sync_fetch_and_or(&slot->counted, bit) & bit))
			set_move(i, 1, now);
		if (BPF_CORE_READ(task, se.cfs_rq, rq, curr) == task) {
			slot->criticality[i & (SETS_MAX - 1)] -= set_integral(set, i, now);
			return true;
		}
		if (__sync_fetch_and_and(&slot->counted, ~bit) & bit)
			set_move(i, -1, now);
		if (BPF_CORE_READ(task, se.cfs_rq, rq, curr) != task)
			return false;
	}
	return false;
}

#endif
