// SPDX-License-Identifier: BSD-2-Clause
/* Who waits for each row's lock and who ends waits there, by the probes' table of these. */
#include <stdlib.h>

#include "base/owned.h"
#include "daemon/lockbook_parts.h"
#include "daemon/model/lock_window.h"

static bool is_of_row(const struct lockbook *book, const struct lock_edge *edge)
{
	return edge->lock && edge->lock <= LOCK_ROWS &&
	       book->rows[edge->lock - 1].generation == edge->lock_generation;
}

struct visitor {
	uint32_t home, slot;
	bool waits, wakes;
};

static int by_home_and_slot(const void *one, const void *other)
{
	const struct visitor *a = one, *b = other;

	if (a->home != b->home)
		return a->home < b->home ? -1 : 1;
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* Does anybody both wait for a lock and end others' waits, be it in different processes' rows? */
static void find_wakers(struct lockbook *book, struct visitor *visitors, size_t count)
{
	if (count)
		qsort(visitors, count, sizeof(*visitors), by_home_and_slot);
	for (size_t i = 0; i < count; i++) {
		if (i && !by_home_and_slot(&visitors[i - 1], &visitors[i])) {
			visitors[i].waits |= visitors[i - 1].waits;
			visitors[i].wakes |= visitors[i - 1].wakes;
		}
		book->rows[visitors[i].home].wakers_are_waiters |=
			visitors[i].waits && visitors[i].wakes;
	}
}

/* Whose wakes ended waits, and who has ended: by its own number, which outlives its slot as ours.
 */
static bool has_ended(struct lockbook *book, const struct lock_edge *edge, uint32_t *ret_own_tid)
{
	const struct thread_slot *slot = probe_slot(book->probe, edge->slot);
	bool is_its = slot && slot->generation == edge->slot_generation && slot->own_tid;

	*ret_own_tid = is_its ? slot->own_tid : edge->tid;
	return !is_its || slot->life != SLOT_LIVE;
}

/* A thread's end is what joins wait for. */
static void look_for_ends(struct lockbook *book, struct book_row *row, const struct lock_edge *edge)
{
	const struct lock_row *lock = lockbook_row(book, edge->lock - 1);
	uint32_t tid;

	if (!edge->releases)
		return;
	row->wakers_woke_again |= edge->releases > 1;
	if (!has_ended(book, edge, &tid)) {
		row->wakers_live = true;
		return;
	}
	row->wakers_ended = true;
	row->value_has_ended |= lock->value == tid;
}

uint32_t lockbook_family(const struct lockbook *book, uint32_t row)
{
	return book->rows[row].family ? book->rows[row].family - 1 : lockbook_home(book, row);
}

/* Of one process, and taken by the same function. */
static bool are_a_family(const struct lockbook *book, uint32_t one, uint32_t other)
{
	return book->rows[one].semaphore_user == book->rows[other].semaphore_user &&
	       lockbook_row(book, one)->space == lockbook_row(book, other)->space;
}

/* Whether a semaphore is passed on shows in all words that its waiters wait at, and in none alone.
 */
static void find_families(struct lockbook *book)
{
	uint32_t heads[LOCK_ROWS];
	size_t count = 0, at;

	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		struct book_row *row = &book->rows[i];

		/* Rows that were never used have no memory yet, and need none. */
		if (probe_lock_keys(book->probe)[i] <= LOCK_BUSY)
			continue;
		row->family = 0;
		if (!row->semaphore_user || !lockbook_is_looked_at(book, i))
			continue;
		for (at = 0; at < count && !are_a_family(book, heads[at], i); at++)
			;
		if (at == count)
			heads[count++] = i;
		row->family = heads[at] + 1;
	}
}

void lockbook_look_at_edges(struct lockbook *book)
{
	const struct lock_edge *edges = probe_edges(book->probe);
	_cleanup_free_ struct visitor *visitors = NULL;
	size_t count = 0, used = 0;

	find_families(book);
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		used += probe_edge_keys(book->probe)[i] != 0;
	visitors = calloc(used + 1, sizeof(*visitors));
	for (uint32_t i = 0; visitors && i < EDGE_ROWS && count < used; i++) {
		const struct lock_edge *edge = &edges[i];
		struct book_row *home;

		if (!probe_edge_keys(book->probe)[i] || !is_of_row(book, edge))
			continue;
		visitors[count++] = (struct visitor){ .home = lockbook_family(book, edge->lock - 1),
						      .slot = edge->slot,
						      .waits = edge->waits != 0,
						      .wakes = edge->releases != 0 };
		home = &book->rows[visitors[count - 1].home];
		home->waiters += edge->waits != 0;
		home->releasers_were_owners |= lock_edge_is_owners(edge);
		look_for_ends(book, &book->rows[edge->lock - 1], edge);
	}
	find_wakers(book, visitors, count);
}
