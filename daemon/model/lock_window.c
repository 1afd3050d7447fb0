// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/model/lock_stats.h"
#include "daemon/model/lock_window_parts.h"

struct lock_window *lock_window_new(uint32_t set)
{
	struct lock_window *window = calloc(1, sizeof(*window));

	if (!window)
		return NULL;
	window->set = set;
	window->first = calloc(LOCK_ROWS, sizeof(*window->first));
	window->first_edges = calloc(EDGE_ROWS, sizeof(*window->first_edges));
	window->group_of = calloc(LOCK_ROWS, sizeof(*window->group_of));
	if (window->first && window->first_edges && window->group_of)
		return window;
	lock_window_free(window);
	return NULL;
}

static void forget_groups(struct lock_window *window)
{
	for (size_t i = 0; i < window->groups_count; i++) {
		free(window->groups[i].row.holders);
		free(window->groups[i].row.waiters);
		free(window->groups[i].row.stacks);
		free(window->groups[i].buckets);
	}
	window->groups_count = 0;
	free(window->rows);
	window->rows = NULL;
	window->moves_count = 0;
}

void lock_window_free(struct lock_window *window)
{
	if (!window)
		return;
	forget_groups(window);
	for (size_t i = 0; window->first && i < LOCK_ROWS; i++)
		free(window->first[i]);
	for (size_t i = 0; window->first_edges && i < EDGE_ROWS; i++)
		free(window->first_edges[i]);
	free(window->first);
	free(window->first_edges);
	free(window->first_waits);
	free(window->stacks);
	free(window->groups);
	free(window->moves);
	free(window->group_of);
	free(window);
}

void *lock_window_append(void **list, size_t *count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 8;
	void *grown;

	if (*count == *room) {
		grown = realloc(*list, wanted * size);
		if (!grown)
			return NULL;
		*list = grown;
		*room = wanted;
	}
	return memset((char *)*list + (*count)++ * size, 0, size);
}

/* ---- the first look ---- */

bool lock_row_is_used(const struct lock_tables *tables, uint32_t row)
{
	return !tables->row_keys || tables->row_keys[row] > LOCK_BUSY;
}

bool lock_edge_is_used(const struct lock_tables *tables, uint32_t edge)
{
	return !tables->edge_keys || tables->edge_keys[edge];
}

static bool is_row_of(const struct lock_row *row, uint32_t set)
{
	return row->address > LOCK_BUSY && (row->sets >> set & 1);
}

/* Who waits now has waited since the last release for somebody who has not released it yet. */
static uint64_t open_integral(const struct lock_row *row, uint64_t now_ns)
{
	uint64_t waiters = row->word >> SET_TIME_BITS;
	int64_t integral_ns = (int64_t)row->integral_ns;

	if (!waiters)
		return 0;
	integral_ns += set_elapsed(now_ns, row->word) * (int64_t)waiters;
	return integral_ns > 0 ? (uint64_t)integral_ns : 0;
}

/* Of any set: histograms are not kept apart. */
static int open_rows(struct lock_window *window, const struct lock_tables *tables)
{
	const struct lock_row *rows = tables->rows;

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		struct first_lock *first;

		if (!lock_row_is_used(tables, i) || rows[i].address <= LOCK_BUSY)
			continue;
		first = window->first[i] = malloc(sizeof(*first));
		if (!first)
			return -ENOMEM;
		first->generation = rows[i].generation;
		first->sums = rows[i].sums[window->set];
		first->open_ns = open_integral(&rows[i], window->opened_ns);
		first->since_ns = rows[i].since_ns;
		memcpy(first->histogram, rows[i].histogram, sizeof(first->histogram));
	}
	return 0;
}

/* Of any set: a thread that joins this one later brings what it did before. */
static int open_edges(struct lock_window *window, const struct lock_tables *tables)
{
	const struct lock_edge *edges = tables->edges;

	for (uint32_t i = 0; i < EDGE_ROWS; i++) {
		if (!lock_edge_is_used(tables, i) || !edges[i].lock)
			continue;
		window->first_edges[i] = malloc(sizeof(*edges));
		if (!window->first_edges[i])
			return -ENOMEM;
		*window->first_edges[i] = edges[i];
	}
	return 0;
}

int lock_window_open(struct lock_window *window, const struct lock_tables *tables, uint64_t now_ns)
{
	int r;

	window->opened_ns = now_ns;
	r = open_rows(window, tables);
	window->first_losses = *tables->losses;
	return r ? r : open_edges(window, tables);
}

static bool waits_for_lock(const struct thread_slot *slot)
{
	return slot->state == THREAD_WAITING && slot->futex && slot->lock.row;
}

int lock_window_open_thread(struct lock_window *window, const struct thread_slot *slot,
			    uint64_t now_ns)
{
	struct first_wait *list;

	if (!waits_for_lock(slot))
		return 0;
	list = realloc(window->first_waits, (window->first_waits_count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	window->first_waits = list;
	list[window->first_waits_count++] = (struct first_wait){
		.slot = slot->index,
		.generation = slot->generation,
		.lock = slot->lock,
		.since_ns = slot->since_ns,
		.waited_ns = grown(now_ns, slot->since_ns),
		.as_lock = slot->cause == WAIT_LOCK,
	};
	return 0;
}

/* ---- stacks ---- */

int lock_window_stack(struct lock_window *window, struct lock_ref lock, enum stack_role role,
		      uint64_t waits, uint64_t wait_ns, const struct report_frame *frames,
		      size_t frames_count, bool whole)
{
	struct lock_stack *stack;

	window->short_stacks += !whole;
	for (size_t i = 0; i < window->stacks_count; i++) {
		stack = &window->stacks[i];
		if (stack->frames != frames || stack->lock.row != lock.row ||
		    stack->lock.generation != lock.generation || stack->role != role)
			continue;
		stack->waits += waits;
		stack->wait_ns += wait_ns;
		return 0;
	}
	if (window->stacks_count == LOCK_STACKS_MAX)
		return -ENOSPC;
	stack = lock_window_append((void **)&window->stacks, &window->stacks_count,
				   &window->stacks_room, sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	*stack = (struct lock_stack){ lock, role, waits, wait_ns, frames, frames_count, whole };
	return 0;
}

uint64_t lock_window_short_stacks(const struct lock_window *window)
{
	return window->short_stacks;
}

/* ---- a report: which rows are one lock ---- */

struct lock_group *lock_window_group(const struct lock_window *window, struct lock_ref ref)
{
	uint32_t at = ref.row && ref.row <= LOCK_ROWS ? window->group_of[ref.row - 1] : 0;

	if (!at || window->tables.rows[ref.row - 1].generation != ref.generation)
		return NULL;
	return &window->groups[at - 1];
}

static bool is_same_lock(const struct lock_fact *one, const struct lock_fact *other)
{
	return !memcmp(one->key, other->key, sizeof(one->key));
}

/* Few locks have several words, so looking through those there are is cheap enough for 4,096. */
static struct lock_group *group_for(struct lock_window *window, const struct lock_fact *fact)
{
	struct lock_group *group;

	for (size_t i = 0; i < window->groups_count; i++)
		if (is_same_lock(window->groups[i].fact, fact))
			return &window->groups[i];
	group = lock_window_append((void **)&window->groups, &window->groups_count,
				   &window->groups_room, sizeof(*group));
	if (group)
		group->fact = fact;
	return group;
}

static uint64_t larger(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

static void add_sums(struct lock_group *group, const struct lock_sums *now,
		     const struct lock_sums *then)
{
	struct report_lock *row = &group->row;

	row->waits += grown(now->waits, then->waits);
	row->blocked_ns += grown(now->blocked_ns, then->blocked_ns);
	row->wait_ns += grown(now->blocked_ns + now->ready_ns, then->blocked_ns + then->ready_ns);
	row->timeouts += now->timeouts - then->timeouts;
	row->unattributed_ns += grown(now->unattributed_ns, then->unattributed_ns);
	group->queued += now->queued - then->queued;
}

/* The row's longest wait of all may lie before the window: its buckets of the window tell. */
static uint64_t longest(const struct lock_row *row, const struct first_lock *first)
{
	for (uint32_t i = HISTOGRAM_BUCKETS; i-- > 0;)
		if (row->histogram[i] > first->histogram[i])
			return i == HISTOGRAM_BUCKETS - 1 || row->max_ns < histogram_floor(i + 1)
				       ? row->max_ns
				       : histogram_floor(i + 1) - 1;
	return 0;
}

static int add_row(struct lock_window *window, uint32_t at, const struct lock_fact *fact)
{
	static const struct first_lock nothing;
	const struct lock_row *row = &window->tables.rows[at];
	const struct first_lock *first = window->first[at];
	struct lock_group *group = group_for(window, fact);
	uint64_t before_ns = 0;

	if (!group)
		return -ENOMEM;
	if (!first || first->generation != row->generation)
		first = &nothing;
	window->group_of[at] = (uint32_t)(group - window->groups) + 1;
	add_sums(group, &row->sums[window->set], &first->sums);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		group->histogram[i] += grown(row->histogram[i], first->histogram[i]);
	group->row.max_wait_ns = larger(group->row.max_wait_ns, longest(row, first));
	/* Nobody has released it since the window opened. */
	if (first->since_ns == row->since_ns)
		before_ns = first->open_ns;
	group->open_ns += grown(open_integral(row, window->now_ns), before_ns);
	group->since_ns = larger(group->since_ns, row->since_ns);
	return 0;
}

int lock_window_report_begin(struct lock_window *window, const struct lock_tables *tables,
			     lock_fact_fn fact_of, void *context, uint64_t now_ns)
{
	int r = 0;

	forget_groups(window);
	window->tables = *tables;
	window->now_ns = now_ns;
	memset(window->group_of, 0, LOCK_ROWS * sizeof(*window->group_of));
	for (size_t i = 0; i < window->first_waits_count; i++)
		window->first_waits[i].lasts = false;
	for (uint32_t i = 0; !r && i < LOCK_ROWS; i++)
		if (lock_row_is_used(tables, i) && is_row_of(&tables->rows[i], window->set))
			r = add_row(window, i, fact_of(context, i));
	return r;
}

const char *lock_window_waits_for(const struct lock_window *window, const struct thread_slot *slot)
{
	const struct lock_group *group =
		waits_for_lock(slot) ? lock_window_group(window, slot->lock) : NULL;

	return group ? group->fact->id : NULL;
}
