// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/owned.h"
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
	window->group_index = calloc(GROUP_INDEX, sizeof(*window->group_index));
	window->owned = calloc(LOCK_ROWS, sizeof(*window->owned));
	if (window->first && window->first_edges && window->group_of && window->group_index &&
	    window->owned)
		return window;
	lock_window_free(window);
	return NULL;
}

void lock_window_free(struct lock_window *window)
{
	if (!window)
		return;
	lock_window_forget_groups(window);
	for (size_t i = 0; window->first && i < LOCK_ROWS; i++)
		free(window->first[i]);
	for (size_t i = 0; window->first_edges && i < EDGE_ROWS; i++)
		free(window->first_edges[i]);
	free(window->first);
	free(window->first_edges);
	free(window->first_waits);
	free(window->stacks);
	number_index_release(&window->stack_numbers);
	free(window->groups);
	free(window->moves);
	free(window->group_of);
	free(window->group_index);
	free(window->owned);
	free(window);
}

void *lock_window_append(void **list, size_t *count, size_t *room, size_t size)
{
	void *grown = grow(*list, *count, room, size);

	if (!grown)
		return NULL;
	*list = grown;
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

/* Who waits now has waited since the last release for somebody who has not released it yet. */
uint64_t lock_row_open_ns(const struct lock_row *row, uint64_t now_ns)
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
		first->open_ns = lock_row_open_ns(&rows[i], window->opened_ns);
		first->since_ns = rows[i].since_ns;
		memcpy(first->histogram, rows[i].histogram, sizeof(first->histogram));
	}
	return 0;
}

static int open_edge(struct lock_window *window, uint32_t at, const struct lock_edge *edge)
{
	if (!window->first_edges[at])
		window->first_edges[at] = malloc(sizeof(*edge));
	if (!window->first_edges[at])
		return -ENOMEM;
	*window->first_edges[at] = *edge;
	return 0;
}

/* Of any set: a thread that joins this one later brings what it did before. */
static int open_edges(struct lock_window *window, const struct lock_tables *tables)
{
	const struct lock_edge *edges = tables->edges;
	int r = 0;

	for (uint32_t i = 0; !r && i < EDGE_ROWS; i++)
		if (lock_edge_is_used(tables, i) && edges[i].lock)
			r = open_edge(window, i, &edges[i]);
	return r;
}

int lock_window_open(struct lock_window *window, const struct lock_tables *tables, uint64_t now_ns)
{
	int r;

	window->opened_ns = now_ns;
	r = open_rows(window, tables);
	window->first_losses = *tables->losses;
	return r ? r : open_edges(window, tables);
}

int lock_window_open_thread(struct lock_window *window, const struct thread_slot *slot,
			    uint64_t now_ns)
{
	struct first_wait *list;
	size_t at;

	if (!slot_waits_for_lock(slot))
		return 0;
	list = grow(window->first_waits, window->first_waits_count, &window->first_waits_room,
		    sizeof(*list));
	if (!list)
		return -ENOMEM;
	window->first_waits = list;
	/* Threads come in the order of their slots, but for those that join later. */
	at = lock_window_first_waits_of(window, slot->index + 1);
	memmove(&list[at + 1], &list[at], (window->first_waits_count++ - at) * sizeof(*list));
	list[at] = (struct first_wait){
		.slot = slot->index,
		.generation = slot->generation,
		.lock = slot->lock,
		.since_ns = slot->since_ns,
		.waited_ns = grown(now_ns, slot->since_ns),
		.as_lock = slot->cause == WAIT_LOCK,
	};
	return 0;
}

int lock_window_join_thread(struct lock_window *window, const struct lock_tables *tables,
			    const struct thread_slot *slot, uint64_t now_ns)
{
	const struct lock_edge *edges = tables->edges;
	int r = 0;

	for (uint32_t i = 0; !r && i < EDGE_ROWS; i++)
		if (lock_edge_is_used(tables, i) && edges[i].lock && edges[i].slot == slot->index &&
		    edges[i].slot_generation == slot->generation)
			r = open_edge(window, i, &edges[i]);
	return r ? r : lock_window_open_thread(window, slot, now_ns);
}
