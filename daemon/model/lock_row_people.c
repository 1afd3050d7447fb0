// SPDX-License-Identifier: BSD-2-Clause
/* The people of a report's row on a lock: one row for each thread, named, the worst first. */
#include <stdlib.h>

#include "base/owned.h"
#include "daemon/model/lock_stats.h"
#include "daemon/model/lock_window_parts.h"

static int waiter_by_tid(const void *one, const void *other)
{
	const struct report_waiter *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int holder_by_tid(const void *one, const void *other)
{
	const struct report_holder *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

void lock_row_merge_people(struct report_lock *row)
{
	size_t kept = 0;

	if (row->waiters_count)
		qsort(row->waiters, row->waiters_count, sizeof(*row->waiters), waiter_by_tid);
	for (size_t i = 0; i < row->waiters_count; i++) {
		if (kept && row->waiters[kept - 1].tid == row->waiters[i].tid) {
			row->waiters[kept - 1].waits += row->waiters[i].waits;
			row->waiters[kept - 1].wait_ns += row->waiters[i].wait_ns;
		} else {
			row->waiters[kept++] = row->waiters[i];
		}
	}
	row->waiters_count = kept;
	kept = 0;
	if (row->holders_count)
		qsort(row->holders, row->holders_count, sizeof(*row->holders), holder_by_tid);
	for (size_t i = 0; i < row->holders_count; i++) {
		if (kept && row->holders[kept - 1].tid == row->holders[i].tid) {
			row->holders[kept - 1].releases += row->holders[i].releases;
			row->holders[kept - 1].blocked_others_ns +=
				row->holders[i].blocked_others_ns;
		} else {
			row->holders[kept++] = row->holders[i];
		}
	}
	row->holders_count = kept;
}

void lock_row_trim_people(struct report_lock *row)
{
	struct rows_rest waiters = { 0 }, holders = { 0 }, stacks = { 0 };

	row->all_waiters = row->waiters_count;
	row->all_holders = row->holders_count;
	row->waiters_count =
		waiters_rank(row->waiters, row->waiters_count, LOCK_PEOPLE_IN_ROW, &waiters);
	row->holders_count =
		holders_rank(row->holders, row->holders_count, LOCK_PEOPLE_IN_ROW, &holders);
	row->stacks_count =
		stacks_rank(row->stacks, row->stacks_count, LOCK_STACKS_IN_ROW, &stacks);
	row->more_waiters = waiters.rows;
	row->more_waiters_ns = waiters.time_ns;
	row->more_holders = holders.rows;
	row->more_holders_ns = holders.time_ns;
}

/* ---- names ---- */

static int named_by_tid(const void *one, const void *other)
{
	const struct lock_named *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

struct lock_named *lock_names_of(const struct report *report)
{
	struct lock_named *names = calloc(report->threads_count + 1, sizeof(*names));

	if (!names)
		return NULL;
	for (size_t i = 0; i < report->threads_count; i++)
		names[i] = (struct lock_named){ report->threads[i].tid, report->threads[i].name };
	qsort(names, report->threads_count, sizeof(*names), named_by_tid);
	return names;
}

static const char *name_of(const struct lock_named *names, size_t count, uint64_t tid)
{
	struct lock_named key = { .tid = tid };
	const struct lock_named *found = bsearch(&key, names, count, sizeof(*names), named_by_tid);

	return found ? found->name : NULL;
}

void lock_row_name_people(struct report_lock *row, const struct lock_named *names, size_t count)
{
	for (size_t i = 0; i < row->waiters_count; i++)
		row->waiters[i].name = name_of(names, count, row->waiters[i].tid);
	for (size_t i = 0; i < row->holders_count; i++)
		row->holders[i].name = name_of(names, count, row->holders[i].tid);
}
