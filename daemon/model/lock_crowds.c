// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rows that are told together: where each thread sleeps on a word of its own (PostgreSQL's
 * backends, the JVM's and parking_lot's parkers), the table has a row for each of them, and none
 * for what they all wait for. What these rows have in common is the function that takes the lock.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/lock_stats.h"
#include "daemon/model/lock_window_parts.h"

void lock_window_forget_crowds(struct lock_window *window)
{
	for (size_t i = 0; i < window->crowds_count; i++)
		lock_group_forget(&window->crowds[i].group);
	free(window->crowds);
	window->crowds = NULL;
	window->crowds_count = 0;
	window->crowds_room = 0;
	free(window->crowd_rows);
	window->crowd_rows = NULL;
}

/* ---- which there are ---- */

/* A word that others wait for at the same time is no thread's own, whatever waits there. */
static bool is_own_word(const struct lock_group *group)
{
	return group->row.waits && group->fact->contended && group->fact->taken_by &&
	       group->queued * 2 < group->row.waits;
}

/* The same function, in the same process or shared memory. */
static bool belongs(const struct lock_fact *crowd, const struct lock_fact *fact)
{
	return crowd->key[0] == fact->key[0] && crowd->key[1] == fact->key[1] &&
	       crowd->kind == fact->kind && !strcmp(crowd->taken_by, fact->taken_by);
}

/* The last part of a lock's id is where it lies. */
static void name_crowd(struct lock_fact *crowd, const struct lock_fact *fact)
{
	const char *last = strrchr(fact->id, ':');

	snprintf(crowd->id, sizeof(crowd->id), "%.*s%.32s", last ? (int)(last + 1 - fact->id) : 0,
		 fact->id, fact->taken_by);
	snprintf(crowd->name, sizeof(crowd->name), "%s", fact->taken_by);
	crowd->place = (struct report_place){ .module = fact->place.module,
					      .mapping = fact->place.mapping,
					      .line = NO_VALUE };
	crowd->owner_tid = 0;
}

static struct lock_crowd *crowd_for(struct lock_window *window, const struct lock_fact *fact)
{
	struct lock_crowd *crowd;

	for (size_t i = 0; i < window->crowds_count; i++)
		if (belongs(&window->crowds[i].fact, fact))
			return &window->crowds[i];
	crowd = lock_window_append((void **)&window->crowds, &window->crowds_count,
				   &window->crowds_room, sizeof(*crowd));
	if (!crowd)
		return NULL;
	crowd->fact = *fact;
	name_crowd(&crowd->fact, fact);
	return crowd;
}

int lock_window_find_crowds(struct lock_window *window)
{
	for (size_t i = 0; i < window->groups_count; i++) {
		struct lock_group *group = &window->groups[i];
		struct lock_crowd *crowd;

		if (!is_own_word(group))
			continue;
		crowd = crowd_for(window, group->fact);
		if (!crowd)
			return -ENOMEM;
		crowd->members++;
		crowd->fact.confidence = fmin(crowd->fact.confidence, group->fact->confidence);
		group->crowd = (uint32_t)(crowd - window->crowds) + 1;
	}
	return 0;
}

/* ---- their sums ---- */

static int add_people(struct lock_group *to, const struct report_lock *row)
{
	for (size_t i = 0; i < row->waiters_count; i++) {
		struct report_waiter *waiter = lock_group_add_waiter(to);

		if (!waiter)
			return -ENOMEM;
		*waiter = row->waiters[i];
	}
	for (size_t i = 0; i < row->holders_count; i++) {
		struct report_holder *holder = lock_group_add_holder(to);

		if (!holder)
			return -ENOMEM;
		*holder = row->holders[i];
	}
	return 0;
}

static int add_stacks(struct lock_group *to, const struct report_lock *row)
{
	for (size_t i = 0; i < row->stacks_count; i++) {
		const struct report_stack *stack = &row->stacks[i];
		struct report_stack *sum = lock_group_stack(to, stack->role, stack->frames);
		uint64_t waits, wait_ns;

		if (!sum)
			return -ENOMEM;
		waits = sum->waits + stack->waits;
		wait_ns = sum->wait_ns + stack->wait_ns;
		*sum = *stack;
		sum->waits = waits;
		sum->wait_ns = wait_ns;
	}
	return 0;
}

static void add_figures(struct report_lock *to, const struct report_lock *row)
{
	to->waits += row->waits;
	to->wait_ns += row->wait_ns;
	to->blocked_ns += row->blocked_ns;
	to->timeouts += row->timeouts;
	to->waiting_now += row->waiting_now;
	to->unattributed_ns += row->unattributed_ns;
	to->excess_ns += row->excess_ns;
	to->max_wait_ns = larger(to->max_wait_ns, row->max_wait_ns);
	to->holder_state_ns.running += row->holder_state_ns.running;
	to->holder_state_ns.ready += row->holder_state_ns.ready;
	to->holder_state_ns.lock += row->holder_state_ns.lock;
	to->holder_state_ns.io += row->holder_state_ns.io;
	to->holder_state_ns.other += row->holder_state_ns.other;
}

int lock_window_add_to_crowd(struct lock_window *window, struct lock_group *group)
{
	struct lock_crowd *crowd = group->crowd ? &window->crowds[group->crowd - 1] : NULL;
	int r;

	if (!crowd || crowd->members < 2)
		return 0;
	group->row.crowd = crowd->fact.id;
	add_figures(&crowd->group.row, &group->row);
	lock_histogram_add(crowd->group.histogram, group->histogram);
	if (group->behind && group->behind_ns >= crowd->group.behind_ns) {
		crowd->group.behind = group->behind;
		crowd->group.behind_ns = group->behind_ns;
	}
	r = add_people(&crowd->group, &group->row);
	return r ? r : add_stacks(&crowd->group, &group->row);
}

/* ---- their rows ---- */

int lock_window_report_crowds(struct lock_window *window, const struct lock_named *names,
			      struct report *report)
{
	struct report_more_locks none = { 0 };
	size_t count = 0;

	window->crowd_rows = calloc(window->crowds_count + 1, sizeof(*window->crowd_rows));
	if (!window->crowd_rows)
		return -ENOMEM;
	for (size_t i = 0; i < window->crowds_count; i++) {
		struct lock_group *group = &window->crowds[i].group;

		if (window->crowds[i].members < 2)
			continue;
		group->fact = &window->crowds[i].fact;
		if (lock_group_fill_row(group) < 0)
			return -ENOMEM;
		group->row.members = window->crowds[i].members;
		/* Each of its threads is alone at its word: who else waits is not seen there. */
		group->row.convoy = NAN;
		lock_row_trim_people(&group->row);
		lock_row_name_people(&group->row, names, report->threads_count);
		window->crowd_rows[count++] = group->row;
	}
	report->lock_crowds_count =
		locks_rank(window->crowd_rows, count, LOCK_ROWS_IN_REPORT, &none);
	report->lock_crowds = window->crowd_rows;
	return 0;
}
