/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread did lately, for the case that others turn out to have waited for it meanwhile. */
#ifndef PARTRACE_BPF_PAST_H
#define PARTRACE_BPF_PAST_H

#include "bpf/lock.h"

/* The sums as they stand; the thread has just got a CPU. */
static __always_inline void past_note(struct thread_slot *slot, struct past_moment *moment, u64 now)
{
	moment->at_ns = now;
	moment->running_ns = slot->running_ns;
	moment->ready_ns = slot->ready_ns;
	moment->lock_ns = slot->waits[WAIT_LOCK].time_ns;
	moment->io_ns = slot->waits[WAIT_IO].time_ns + slot->waits[WAIT_IPC].time_ns;
	moment->condition_ns = slot->waits[WAIT_CONDITION].time_ns;
}

static __always_inline void past_add(struct thread_slot *slot, u64 now, u32 state)
{
	slot->past[slot->past_at & (PAST_ENTRIES - 1)] = now << PAST_STATE_BITS | state;
	slot->past_at++;
}

static __always_inline u32 past_state_of(u32 cause)
{
	if (cause == WAIT_LOCK)
		return HOLDER_LOCK;
	if (cause == WAIT_CONDITION)
		return HOLDER_CONDITION;
	return cause == WAIT_IO || cause == WAIT_IPC ? HOLDER_IO : HOLDER_OTHER;
}

/*
 * The last switch, of which no entry tells: it was before wakes were watched, or before the thread
 * was marked. Its sums are still as they were then. Else what came before would seem to have gone
 * on until now.
 */
static __always_inline void past_catch_up(struct thread_slot *slot, u32 state)
{
	u64 last = slot->past[(slot->past_at - 1) & (PAST_ENTRIES - 1)];

	if (last >> PAST_STATE_BITS == slot->since_ns)
		return;
	past_note(slot, &slot->moments[PAST_MOMENTS - 2], slot->since_ns);
	past_add(slot, slot->since_ns, state);
}

/* Since when entries tell; 0: there are none. */
static __always_inline u64 past_reaches(struct thread_slot *slot)
{
	u32 oldest = slot->past_at < PAST_ENTRIES ? 0 : slot->past_at & (PAST_ENTRIES - 1);

	return slot->past[oldest & (PAST_ENTRIES - 1)] >> PAST_STATE_BITS;
}

/*
 * At a switch-in, once its sums are up to date. The last moment is the end of the last wait that
 * was not for I/O: a thread that takes a lock has often slept or waited for a lock just before.
 */
static __always_inline void past_round(struct thread_slot *slot, u64 now)
{
	u32 level = 0, rounds;

	if (slot->state == THREAD_WAITING && past_state_of(slot->cause) != HOLDER_IO) {
		past_note(slot, &slot->moments[PAST_MOMENTS - 1], now);
		return;
	}
	rounds = slot->past_rounds++;
	for (u32 i = 0; i < PAST_MOMENTS - 2; i++)
		level += (rounds & ((2u << i) - 1)) == 0;
	past_note(slot, &slot->moments[level & (PAST_MOMENTS - 1)], now);
}

/*
 * Arithmetic instead of branches, here and below: the verifier would follow all combinations of
 * which moment comes before and which after. Times are below 2^63.
 */
static __always_inline u64 all_ones_if_less(u64 a, u64 b)
{
	u64 mask = (s64)(a - b) >> 63;

	/* Else clang sees that it is one of two values, and branches after all. */
	barrier_var(mask);
	return mask;
}

static __always_inline u64 all_ones_if_equal(u64 a, u64 b)
{
	u64 x = a ^ b, mask = ((x | -x) >> 63) - 1;

	barrier_var(mask);
	return mask;
}

static __always_inline void moment_add(struct past_moment *to, const struct past_moment *from,
				       u64 mask)
{
	to->running_ns |= from->running_ns & mask;
	to->ready_ns |= from->ready_ns & mask;
	to->lock_ns |= from->lock_ns & mask;
	to->io_ns |= from->io_ns & mask;
	to->condition_ns |= from->condition_ns & mask;
}

/* The last moment up to `from`, and the first one after it, for which `now` will do. */
static __always_inline void past_around(struct thread_slot *slot, u64 from,
					const struct past_moment *now, struct past_moment *before,
					struct past_moment *after)
{
	u64 last = 0, first = now->at_ns;

	for (u32 i = 0; i < PAST_MOMENTS; i++) {
		u64 at = slot->moments[i].at_ns;
		u64 is_after = all_ones_if_less(from, at);
		u64 early = at & ~is_after, late = (at & is_after) | (now->at_ns & ~is_after);

		last += (early - last) & all_ones_if_less(last, early);
		first += (late - first) & all_ones_if_less(late, first);
	}
	/* None is so old: what is longer ago stays unknown. */
	last |= first & all_ones_if_equal(last, 0);
	before->at_ns = last;
	after->at_ns = first;
	moment_add(before, now, all_ones_if_equal(now->at_ns, last));
	moment_add(after, now, all_ones_if_equal(now->at_ns, first));
	for (u32 i = 0; i < PAST_MOMENTS; i++) {
		struct past_moment *moment = &slot->moments[i];

		moment_add(before, moment, all_ones_if_equal(moment->at_ns, last));
		moment_add(after, moment, all_ones_if_equal(moment->at_ns, first));
	}
}

/* Sums and times of up to three days: beyond 4 seconds their plain product would not fit. */
#define PART_BITS 16

static __always_inline u64 part_of(u64 sum, u64 part, u64 whole)
{
	return whole ? sum * ((part << PART_BITS) / whole) >> PART_BITS : 0;
}

/*
 * What the thread, which runs now, did from `from` to `to` by its sums: from the last moment before
 * `from`, of which the part up to the next moment is taken to have been even.
 */
static __always_inline void past_by_sums(struct thread_slot *slot, struct lock_edge *edge, u64 from,
					 u64 to)
{
	struct past_moment now = {}, before = {}, after = {};
	u64 whole, part, running, ready, lock, io, condition, known;

	past_note(slot, &now, to);
	now.running_ns += to > slot->since_ns ? to - slot->since_ns : 0;
	past_around(slot, from, &now, &before, &after);
	whole = after.at_ns - before.at_ns;
	part = whole && from > before.at_ns ? after.at_ns - from : whole;
	running = now.running_ns - after.running_ns +
		  part_of(after.running_ns - before.running_ns, part, whole);
	ready = now.ready_ns - after.ready_ns +
		part_of(after.ready_ns - before.ready_ns, part, whole);
	lock = now.lock_ns - after.lock_ns + part_of(after.lock_ns - before.lock_ns, part, whole);
	io = now.io_ns - after.io_ns + part_of(after.io_ns - before.io_ns, part, whole);
	condition = now.condition_ns - after.condition_ns +
		    part_of(after.condition_ns - before.condition_ns, part, whole);
	known = to - (after.at_ns - part);
	edge->state_ns[HOLDER_RUNNING] += running;
	edge->state_ns[HOLDER_READY] += ready;
	edge->state_ns[HOLDER_LOCK] += lock;
	edge->state_ns[HOLDER_IO] += io;
	edge->state_ns[HOLDER_CONDITION] += condition;
	if (known > running + ready + lock + io + condition)
		edge->state_ns[HOLDER_OTHER] += known - running - ready - lock - io - condition;
}

/*
 * Adds what the thread, which runs now, did from `from` to `to` to the edge: exactly where its last
 * entries reach so far back, else by its sums. What is longer ago than those stays unknown.
 */
__weak __noinline int past_add_to_edge(u32 index, u32 edge_number, u64 from, u64 to)
{
	struct thread_slot *slot = slot_at(index);
	struct lock_edge *edge = edge_at(edge_number);
	u64 oldest;

	if (!slot || !edge || from >= to)
		return 0;
	if (slot->last_lock.row)
		edge->behind = slot->last_lock;
	oldest = past_reaches(slot);
	if (slot->since_ns <= from) {
		edge->state_ns[HOLDER_RUNNING] += to - from;
		return 0;
	}
	if (!oldest || oldest > from) {
		past_by_sums(slot, edge, from, to);
		return 0;
	}
	for (u32 i = 1; i <= PAST_ENTRIES; i++) {
		u64 entry = slot->past[(slot->past_at - i) & (PAST_ENTRIES - 1)];
		u64 since = entry >> PAST_STATE_BITS;
		u32 state = entry & ((1 << PAST_STATE_BITS) - 1);

		if (since < from)
			since = from;
		if (since < to && state < HOLDER_STATES) {
			edge->state_ns[state] += to - since;
			to = since;
		}
		if (to <= from)
			break;
	}
	return 0;
}

#endif
