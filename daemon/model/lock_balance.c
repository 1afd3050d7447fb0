// SPDX-License-Identifier: BSD-2-Clause
/* What was blocked is blamed on somebody or on nobody, each part of it once. */
#include "base/number.h"
#include "daemon/model/lock_window_parts.h"

static uint64_t take(uint64_t *from, uint64_t most)
{
	uint64_t part = *from < most ? *from : most;

	*from -= part;
	return part;
}

/*
 * Too little: from a release until the waiter is in a run queue, for some microseconds, nobody has
 * it; rows of holders made room for others', or who woke is of another session. Too much:
 * an interval between two releases began before the window, or its end was seen late. That was the
 * worst holder's most likely, for no other's is as long.
 */
void lock_row_balance(struct report_lock *row, size_t holders_count)
{
	uint64_t blamed_ns = row->unattributed_ns, over_ns;

	for (size_t i = 0; i < holders_count; i++)
		blamed_ns += row->holders[i].blocked_others_ns;
	row->unattributed_ns += less(row->blocked_ns, blamed_ns);
	over_ns = less(blamed_ns, row->blocked_ns);
	over_ns -= take(&row->unattributed_ns, over_ns);
	for (size_t i = 0; over_ns && i < holders_count; i++)
		over_ns -= take(&row->holders[i].blocked_others_ns, over_ns);
}
