// SPDX-License-Identifier: BSD-2-Clause
/* What was blocked is blamed on somebody or on nobody, each part of it once. */
#include "base/number.h"
#include "base/owned.h"
#include "daemon/model/lock_window_parts.h"

static uint64_t take(uint64_t *from, uint64_t most)
{
	uint64_t part = *from < most ? *from : most;

	*from -= part;
	return part;
}

static uint64_t blamed_on_holders(const struct report_lock *row, size_t holders_count)
{
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < holders_count; i++)
		sum_ns += row->holders[i].blocked_others_ns;
	return sum_ns;
}

/* All alike: whose time it was is not known. */
static void scale_holders(struct report_lock *row, size_t holders_count, uint64_t over_ns)
{
	uint64_t all_ns = blamed_on_holders(row, holders_count), left_ns = over_ns;

	for (size_t i = 0; all_ns && i < holders_count; i++) {
		uint64_t *blamed_ns = &row->holders[i].blocked_others_ns;
		double part_ns = (double)over_ns * (double)*blamed_ns / (double)all_ns;

		left_ns -=
			take(blamed_ns, (uint64_t)part_ns < left_ns ? (uint64_t)part_ns : left_ns);
	}
	for (size_t i = 0; left_ns && i < holders_count; i++)
		left_ns -= take(&row->holders[i].blocked_others_ns, left_ns);
}

/* Holders did something while others were blocked, at each moment one or more of these. */
static void bound_states(struct report_lock *row)
{
	struct report_holder_state *states = &row->holder_state_ns;
	uint64_t *const sums[] = { &states->running, &states->ready, &states->lock, &states->io,
				   &states->other };
	uint64_t all_ns = 0;

	for (size_t i = 0; i < ARRAY_LEN(sums); i++)
		all_ns += *sums[i];
	for (size_t i = 0; all_ns > row->blocked_ns && i < ARRAY_LEN(sums); i++)
		*sums[i] = (uint64_t)((double)*sums[i] * (double)row->blocked_ns / (double)all_ns);
}

/*
 * Too little: from a release until the waiter is in a run queue, for some microseconds, nobody has
 * it; rows of holders made room for others', or who woke is of another session. Too much: an
 * interval between two releases began before the window, which was the worst holder's most likely,
 * for no other's is as long; or ends were seen late. All that was too much is told.
 */
void lock_row_balance(struct report_lock *row, size_t holders_count, uint64_t before_ns)
{
	uint64_t blamed_ns = row->unattributed_ns + blamed_on_holders(row, holders_count);
	uint64_t over_ns = less(blamed_ns, row->blocked_ns);

	row->unattributed_ns += less(row->blocked_ns, blamed_ns);
	over_ns -= take(&row->unattributed_ns, over_ns);
	row->excess_ns = over_ns;
	if (before_ns > over_ns)
		before_ns = over_ns;
	over_ns -= before_ns;
	for (size_t i = 0; before_ns && i < holders_count; i++)
		before_ns -= take(&row->holders[i].blocked_others_ns, before_ns);
	scale_holders(row, holders_count, over_ns);
	bound_states(row);
}
