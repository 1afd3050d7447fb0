/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread comes back from its wait for a futex: who waited for which lock, and for how long. */
#ifndef PARTRACE_BPF_FUTEX_END_H
#define PARTRACE_BPF_FUTEX_END_H

#include "bpf/futex.h"

/* Global, so that what is known of the flags in each of its branches stays inside. */
__weak __noinline int lock_add(u32 number, u32 set, u64 blocked, u64 ready, u32 flags)
{
	struct lock_row *row = lock_at(number);
	struct lock_sums *sums;

	if (!row)
		return 0;
	sums = &row->sums[set & (SETS_MAX - 1)];
	__sync_fetch_and_add(&sums->waits, 1);
	__sync_fetch_and_add(&sums->blocked_ns, blocked);
	__sync_fetch_and_add(&sums->ready_ns, ready);
	if (flags & FUTEX_QUEUED)
		__sync_fetch_and_add(&sums->queued, 1);
	/* What has no time to end at was ended by a signal. */
	if ((flags & (FUTEX_WATCHED | FUTEX_TIMED | FUTEX_ENDED)) == (FUTEX_WATCHED | FUTEX_TIMED))
		__sync_fetch_and_add(&sums->timeouts, 1);
	return 0;
}

static __always_inline void lock_account(struct lock_row *row, struct thread_slot *slot,
					 u64 blocked, u64 ready)
{
	u32 bucket = histogram_bucket(blocked + ready);

	for (u32 set = 0; set < SETS_MAX; set++)
		if (slot->sets >> set & 1)
			lock_add(slot->lock.row, set, blocked, ready, slot->futex_flags);
	/* Nobody will come for what is not watched. */
	if (!control.watch_wakes)
		lock_blame_nobody(slot->lock.row, slot->lock_home, slot->sets);
	/* Else those weigh it who take what was waited. */
	if (slot->lock_home != slot->lock.row)
		row->weight_ns += blocked + ready;
	if (bucket < HISTOGRAM_BUCKETS)
		__sync_fetch_and_add(&row->histogram[bucket], 1);
	if (blocked + ready > row->max_ns)
		row->max_ns = blocked + ready;
}

static __always_inline void edge_account(struct thread_slot *slot, u32 number, u64 blocked,
					 u64 ready, u64 now)
{
	u32 flags = slot->futex_flags;
	struct lock_edge *edge = edge_at(number);
	u64 waits, wait_ns, all_ns;

	if (!edge)
		return;
	edge->sets = slot->sets;
	edge->waits++;
	edge->blocked_ns += blocked;
	edge->ready_ns += ready;
	if (slot->cause == WAIT_LOCK) {
		edge->lock_waits++;
		edge->lock_blocked_ns += blocked;
		edge->lock_ready_ns += ready;
	}
	all_ns = edge->blocked_ns + edge->ready_ns;
	/* Longer than was to be expected, so it has no stack; nor is it to get another wait's. */
	if (!(flags & FUTEX_STACK) && blocked + ready > all_ns >> STACK_SHARE_LOG)
		return;
	waits = ++edge->stackless_waits;
	wait_ns = edge->stackless_ns += blocked + ready;
	if (!(flags & FUTEX_STACK) || !stack_is_due(wait_ns, all_ns, blocked + ready, now))
		return;
	if (!stack_send(slot->index, STACK_WAITER, number, waits, wait_ns))
		return;
	edge->stackless_waits = 0;
	edge->stackless_ns = 0;
}

/* The thread is back on a CPU: it was blocked for so long, then ready for so long. */
__weak __noinline int futex_end(u32 index, u64 blocked, u64 ready, u64 now)
{
	struct thread_slot *slot = slot_at(index);
	struct lock_row *row;
	u32 number;

	if (!slot)
		return 0;
	number = slot->lock.row;
	row = lock_at(number);
	slot->futex = 0;
	if (!row || row->generation != slot->lock.generation)
		return 0;
	/* Woken when it was about to sleep: it has written its slot twice since. */
	if (slot->woken_seq == slot->seq - 2)
		slot->futex_flags |= FUTEX_ENDED;
	if (!(slot->futex_flags & FUTEX_LEFT))
		lock_move(slot->lock_home, -1, now - ready);
	lock_account(row, slot, blocked, ready);
	slot->last_lock.row = number;
	slot->last_lock.generation = slot->lock.generation;
	if (!edge_again(slot, number, slot->lock.generation))
		slot->edge = edge_find(index, number, slot->lock.generation);
	slot->lock.row = 0;
	edge_account(slot, slot->edge, blocked, ready, now);
	return 0;
}

/* It is no target any more, and may wait on unseen. */
__weak __noinline int futex_leave(u32 index, u64 now)
{
	struct thread_slot *slot = slot_at(index);
	struct lock_row *row;

	if (!slot)
		return 0;
	row = lock_at(slot->lock.row);
	if (row && row->generation == slot->lock.generation && !(slot->futex_flags & FUTEX_LEFT))
		lock_move(slot->lock_home, -1, now);
	slot->futex = 0;
	slot->lock.row = 0;
	return 0;
}

#endif
