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

/* ---- the rows ---- */

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

int lock_group_fill_row(struct lock_group *group)
{
	struct report_lock *row = &group->row;

	group->buckets = calloc(HISTOGRAM_BUCKETS, sizeof(*group->buckets));
	if (!group->buckets)
		return -ENOMEM;
	fill_identity(row, group->fact);
	row->members = 1;
	row->histogram = group->buckets;
	row->histogram_count = lock_histogram_rows(group->histogram, group->buckets);
	row->holder_waits_for = group->behind;
	if (lock_group_add_holder_stack(group) < 0)
		return -ENOMEM;
	lock_row_merge_people(row);
	row->fairness = fairness_of_waiters(row->waiters, row->waiters_count);
	row->convoy = row->waits ? convoy_of(group->queued, row->waits) : NAN;
	row->stackless_ns = lock_row_stackless_ns(row);
	return 0;
}

/* Its figures are whole, and nobody is left out yet. */
static int fill_row(struct lock_group *group)
{
	struct report_lock *row = &group->row;
	struct rows_rest none = { 0 };
	uint64_t named_ns = 0;
	int r = lock_group_fill_row(group);

	if (r < 0)
		return r;
	row->unattributed_ns += group->open_ns;
	for (size_t i = 0; i < row->waiters_count; i++)
		named_ns += row->waiters[i].wait_ns;
	group->threadless_ns = group->is_moved ? less(row->wait_ns, named_ns) : 0;
	holders_rank(row->holders, row->holders_count, row->holders_count, &none);
	lock_row_balance(row, row->holders_count, group->before_ns);
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
	_cleanup_free_ struct lock_named *names = NULL;
	size_t count = 0;
	int r;

	/* Nobody has shown the tables: there are none. */
	if (!window->tables.rows)
		return 0;
	names = lock_names_of(report);
	r = lock_window_add_stacks(window);
	window->rows = calloc(window->groups_count + 1, sizeof(*window->rows));
	if (!window->rows || !names)
		return -ENOMEM;
	if (!r)
		r = lock_window_find_crowds(window);
	for (size_t i = 0; !r && i < window->groups_count; i++) {
		struct lock_group *group = &window->groups[i];

		if (!group->row.waits)
			continue;
		r = fill_row(group);
		if (!r)
			r = lock_window_add_to_crowd(window, group);
		lock_row_trim_people(&group->row);
		lock_row_name_people(&group->row, names, report->threads_count);
		window->rows[count++] = group->row;
	}
	if (!r)
		r = lock_window_report_crowds(window, names, report);
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
