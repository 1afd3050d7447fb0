// SPDX-License-Identifier: BSD-2-Clause
/* The report's rows on locks, once it is known who waited and who held: merged, named, ranked. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/owned.h"
#include "daemon/model/lock_stats.h"
#include "daemon/model/lock_window_parts.h"

/* ---- one row for each thread ---- */

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

static void merge_people(struct report_lock *row)
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

/* ---- the rows ---- */

struct named {
	uint64_t tid;
	const char *name;
};

static int named_by_tid(const void *one, const void *other)
{
	const struct named *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

/* Names of the report's own threads, for they may have changed since the probes noted them. */
static struct named *names_of(const struct report *report)
{
	struct named *names = calloc(report->threads_count + 1, sizeof(*names));

	if (!names)
		return NULL;
	for (size_t i = 0; i < report->threads_count; i++)
		names[i] = (struct named){ report->threads[i].tid, report->threads[i].name };
	qsort(names, report->threads_count, sizeof(*names), named_by_tid);
	return names;
}

static const char *name_of(const struct named *names, size_t count, uint64_t tid)
{
	struct named key = { .tid = tid };
	const struct named *found = bsearch(&key, names, count, sizeof(*names), named_by_tid);

	return found ? found->name : NULL;
}

static void name_people(struct report_lock *row, const struct named *names, size_t count)
{
	for (size_t i = 0; i < row->waiters_count; i++)
		row->waiters[i].name = name_of(names, count, row->waiters[i].tid);
	for (size_t i = 0; i < row->holders_count; i++)
		row->holders[i].name = name_of(names, count, row->holders[i].tid);
}

static void fill_identity(struct report_lock *row, const struct lock_fact *fact)
{
	row->id = fact->id;
	row->name = fact->name;
	row->kind = lock_kind_names[fact->kind];
	row->confidence = fact->confidence;
	row->contended = fact->contended;
	row->shared = fact->shared;
	row->pid = fact->pid;
	row->place = fact->place;
	row->owner_tid = fact->owner_tid ? fact->owner_tid : NO_VALUE;
}

/* Those that have most of the time stay; of the others how many there are, and their time. */
static void rank_people(struct report_lock *row, uint64_t before_ns)
{
	struct rows_rest waiters = { 0 }, holders = { 0 }, stacks = { 0 };
	size_t holders_count = row->holders_count;

	row->all_waiters = row->waiters_count;
	row->all_holders = holders_count;
	row->waiters_count =
		waiters_rank(row->waiters, row->waiters_count, LOCK_PEOPLE_IN_ROW, &waiters);
	holders_rank(row->holders, holders_count, holders_count, &holders);
	lock_row_balance(row, holders_count, before_ns);
	row->holders_count =
		holders_rank(row->holders, holders_count, LOCK_PEOPLE_IN_ROW, &holders);
	row->stacks_count =
		stacks_rank(row->stacks, row->stacks_count, LOCK_STACKS_IN_ROW, &stacks);
	row->more_waiters = waiters.rows;
	row->more_waiters_ns = waiters.time_ns;
	row->more_holders = holders.rows;
	row->more_holders_ns = holders.time_ns;
}

static int fill_row(struct lock_group *group, const struct named *names, size_t names_count)
{
	struct report_lock *row = &group->row;
	uint64_t named_ns = 0;

	group->buckets = calloc(HISTOGRAM_BUCKETS, sizeof(*group->buckets));
	if (!group->buckets)
		return -ENOMEM;
	fill_identity(row, group->fact);
	row->unattributed_ns += group->open_ns;
	row->histogram = group->buckets;
	row->histogram_count = lock_histogram_rows(group->histogram, group->buckets);
	row->holder_waits_for = group->behind;
	if (lock_group_add_holder_stack(group) < 0)
		return -ENOMEM;
	merge_people(row);
	for (size_t i = 0; i < row->waiters_count; i++)
		named_ns += row->waiters[i].wait_ns;
	group->threadless_ns = group->is_moved ? less(row->wait_ns, named_ns) : 0;
	row->fairness = fairness_of_waiters(row->waiters, row->waiters_count);
	row->convoy = row->waits ? convoy_of(group->queued, row->waits) : NAN;
	row->stackless_ns = lock_row_stackless_ns(row);
	rank_people(row, group->before_ns);
	name_people(row, names, names_count);
	return 0;
}

uint64_t lock_window_threadless_ns(const struct lock_window *window)
{
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < window->groups_count; i++)
		sum_ns += window->groups[i].threadless_ns;
	return sum_ns;
}

static void fill_notes(struct lock_window *window, struct report *report)
{
	report->notes = window->notes;
	report->notes_count = 0;
	for (size_t i = 0; i < window->groups_count && !report->notes_count; i++)
		if (window->groups[i].fact->is_go)
			report->notes[report->notes_count++] =
				"this is a Go program: goroutines that wait for a sync.Mutex, a "
				"channel or each other wait in no futex, so they are not "
				"observable here; the locks shown are those of Go's scheduler";
}

int lock_window_report_end(struct lock_window *window, struct report *report)
{
	_cleanup_free_ struct named *names = NULL;
	size_t count = 0;
	int r;

	/* Nobody has shown the tables: there are none. */
	if (!window->tables.rows)
		return 0;
	names = names_of(report);
	r = lock_window_add_stacks(window);
	window->rows = calloc(window->groups_count + 1, sizeof(*window->rows));
	if (!window->rows || !names)
		return -ENOMEM;
	for (size_t i = 0; !r && i < window->groups_count; i++) {
		if (!window->groups[i].row.waits)
			continue;
		r = fill_row(&window->groups[i], names, report->threads_count);
		window->rows[count++] = window->groups[i].row;
	}
	if (r < 0)
		return r;
	fill_notes(window, report);
	report->locks_count =
		locks_rank(window->rows, count, LOCK_ROWS_IN_REPORT, &report->more_locks);
	report->locks = window->rows;
	report->more_locks.lost_waits =
		grown(window->tables.losses->waits, window->first_losses.waits);
	report->more_locks.lost_ns =
		grown(window->tables.losses->wait_ns, window->first_losses.wait_ns);
	return 0;
}
