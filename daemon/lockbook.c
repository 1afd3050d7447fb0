// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/lockbook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/lockbook_parts.h"
#include "daemon/model/lock_window.h"

/* In one go; while there are more, lockbook_fd() stays readable. */
#define DRAIN_MAX 128

struct lock_row *lockbook_row(const struct lockbook *book, uint32_t row)
{
	static struct lock_row nothing;
	struct lock_row *found = probe_lock(book->probe, row);

	return found ? found : &nothing;
}

int lockbook_new(struct probe *probe, struct lockbook **ret)
{
	struct lockbook *book = calloc(1, sizeof(*book));
	int r = -ENOMEM;

	if (!book)
		return r;
	book->probe = probe;
	book->stacks = calloc(2 * LOCKBOOK_STACKS_MAX, sizeof(*book->stacks));
	if (book->stacks)
		r = symbol_worker_new(&book->worker);
	if (r < 0) {
		lockbook_free(book);
		return r;
	}
	*ret = book;
	return 0;
}

void lockbook_free(struct lockbook *book)
{
	if (!book)
		return;
	symbol_worker_free(book->worker);
	for (size_t i = 0; book->stacks && i < 2 * LOCKBOOK_STACKS_MAX; i++)
		free(book->stacks[i]);
	free(book->stacks);
	own_tids_release(&book->tids);
	free(book);
}

int lockbook_fd(const struct lockbook *book)
{
	return symbol_worker_fd(book->worker);
}

uint64_t lockbook_asked(const struct lockbook *book)
{
	return book->asked;
}

uint64_t lockbook_answered(const struct lockbook *book)
{
	return book->answered;
}

uint64_t lockbook_lost(const struct lockbook *book)
{
	return book->lost;
}

void lockbook_forget(struct lockbook *book, pid_t pid)
{
	symbol_worker_forget(book->worker, pid);
}

static void place_known(struct lockbook *book, const struct symbol_answer *answer)
{
	uint32_t number = TICKET_NUMBER(answer->ticket);
	struct book_row *row = number < LOCK_ROWS ? &book->rows[number] : NULL;
	const struct symbol_place *place = &answer->place;

	if (!row || row->generation != TICKET_GENERATION(answer->ticket))
		return;
	row->place = *place;
	row->placed = !answer->error;
	row->is_gil = answer->is_gil;
	if (row->placed && place->is_shared && !row->is_shared)
		lockbook_find_home(book, number,
				   &(struct shared_memory){ place->device_major,
							    place->device_minor, place->inode,
							    place->file_offset },
				   true);
}

void lockbook_drain(struct lockbook *book, lockbook_stack_fn fn, void *context)
{
	struct symbol_answer answer;

	for (int i = 0; i < DRAIN_MAX && symbol_worker_next(book->worker, &answer); i++) {
		book->answered++;
		if (TICKET_KIND(answer.ticket) == TICKET_PLACE)
			place_known(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_THREAD)
			lockbook_thread_named(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_REFUSED)
			lockbook_refused_placed(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_SAMPLE)
			lockbook_sample_named(book, &answer);
		else
			lockbook_named(book, TICKET_NUMBER(answer.ticket), answer.frames,
				       answer.frames_count, answer.whole, fn, context);
		symbol_answer_release(&answer);
	}
}

/* ---- looks ---- */

bool lockbook_is_waited_for(const struct lockbook *book, const struct lock_row *lock)
{
	const struct lock_row *home = lock->home ? lockbook_row(book, lock->home - 1) : lock;

	return home->word >> SET_TIME_BITS;
}

static bool read_whole(struct lockbook *book, const struct lock_row *lock, uint64_t address,
		       void *buffer, size_t size)
{
	return target_memory_read(&book->memory, (pid_t)lock->pid, address, buffer, size) ==
	       (ssize_t)size;
}

static void read_memory(struct lockbook *book, const struct lock_row *lock, struct book_row *row)
{
	row->has_memory = read_whole(book, lock, lock->address, row->memory + LOCK_MEMORY_BEFORE,
				     LOCK_MEMORY_AT);
	row->has_before =
		row->has_memory && read_whole(book, lock, lock->address - LOCK_MEMORY_BEFORE,
					      row->memory, LOCK_MEMORY_BEFORE);
}

static void look_at_row(struct lockbook *book, uint32_t at)
{
	const struct lock_row *lock = lockbook_row(book, at);
	struct book_row *row = &book->rows[at];
	uint32_t generation = __atomic_load_n(&lock->generation, __ATOMIC_ACQUIRE);
	uint64_t address = __atomic_load_n(&lock->address, __ATOMIC_ACQUIRE);

	/* Another lock is just taking it: the new one's generation, and the old one's place. */
	if (__atomic_load_n(&probe_lock_keys(book->probe)[at], __ATOMIC_ACQUIRE) != address)
		return;
	if (row->generation != generation)
		*row = (struct book_row){ .generation = generation };
	if (!row->looked)
		lockbook_find_home_soon(book, at);
	if (!row->asked &&
	    symbol_worker_place(book->worker, TICKET(TICKET_PLACE, at, row->generation),
				(pid_t)lock->pid, address) >= 0) {
		row->asked = true;
		book->asked++;
	}
	/* A process that has ended leaves what was read before. */
	if (lockbook_is_waited_for(book, lock) || !row->has_memory)
		read_memory(book, lock, row);
}

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

static void look_at_edges(struct lockbook *book)
{
	const struct lock_edge *edges = probe_edges(book->probe);
	_cleanup_free_ struct visitor *visitors = NULL;
	size_t count = 0, used = 0;

	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		used += probe_edge_keys(book->probe)[i] != 0;
	visitors = calloc(used + 1, sizeof(*visitors));
	for (uint32_t i = 0; visitors && i < EDGE_ROWS && count < used; i++) {
		const struct lock_edge *edge = &edges[i];
		struct book_row *home;

		if (!probe_edge_keys(book->probe)[i] || !is_of_row(book, edge))
			continue;
		visitors[count++] = (struct visitor){ .home = lockbook_home(book, edge->lock - 1),
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

void lockbook_look(struct lockbook *book)
{
	book->has_tids = false;
	lockbook_begin_homes(book);
	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		if (probe_lock_keys(book->probe)[i] <= LOCK_BUSY)
			continue;
		look_at_row(book, i);
		book->rows[i].waiters = 0;
		book->rows[i].wakers_are_waiters = false;
		book->rows[i].releasers_were_owners = false;
		book->rows[i].wakers_live = false;
		book->rows[i].wakers_ended = false;
		book->rows[i].wakers_woke_again = false;
		book->rows[i].value_has_ended = false;
	}
	target_memory_close(&book->memory);
	look_at_edges(book);
}

void lockbook_begin_owners(struct lockbook *book)
{
	book->owner_looks++;
	book->has_tids = false;
}

uint32_t lockbook_owner(struct lockbook *book, struct lock_ref lock, enum lock_kind *ret_kind)
{
	uint32_t at = lock.row - 1;
	struct book_row *row;

	if (at >= LOCK_ROWS || lockbook_row(book, at)->generation != lock.generation)
		return 0;
	row = &book->rows[at];
	if (row->owner_look != book->owner_looks) {
		look_at_row(book, at);
		read_memory(book, lockbook_row(book, at), row);
		target_memory_close(&book->memory);
		lockbook_fact(book, at);
		row->owner_look = book->owner_looks;
	}
	*ret_kind = row->fact.kind;
	return row->fact.owner_tid;
}
