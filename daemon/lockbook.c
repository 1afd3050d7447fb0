// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/lockbook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
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
	book->threads = calloc(probe_max_threads(probe), sizeof(*book->threads));
	if (book->stacks && book->threads)
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
	free(book->threads);
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

uint64_t lockbook_unnamed(const struct lockbook *book)
{
	struct symbolizer_stats stats;

	symbol_worker_stats(book->worker, &stats);
	return stats.unnamed;
}

uint64_t lockbook_unopened(const struct lockbook *book)
{
	struct symbolizer_stats stats;

	symbol_worker_stats(book->worker, &stats);
	return stats.unopened;
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

/* The latest look is right; where there are too many, the ones known longest are forgotten. */
static void note_jit_loss(struct lockbook *book, const struct symbol_answer *answer)
{
	struct book_jit_loss *known = NULL;

	for (size_t i = 0; !known && i < LOCKBOOK_JIT_LOSSES; i++)
		if (book->jit_losses[i].pid == answer->pid)
			known = &book->jit_losses[i];
	if (!known && answer->jit_loss.kind == JIT_NOTHING_LOST)
		return;
	if (!known)
		known = &book->jit_losses[book->next_jit_loss++ % LOCKBOOK_JIT_LOSSES];
	*known = (struct book_jit_loss){ answer->pid, answer->jit_loss };
}

size_t lockbook_jit_losses(const struct lockbook *book,
			   struct book_jit_loss ret[LOCKBOOK_JIT_LOSSES])
{
	size_t count = 0;

	for (size_t i = 0; i < LOCKBOOK_JIT_LOSSES; i++)
		if (book->jit_losses[i].loss.kind != JIT_NOTHING_LOST)
			ret[count++] = book->jit_losses[i];
	return count;
}

static void note_answer(struct lockbook *book, const struct symbol_answer *answer)
{
	book->answered++;
	if (answer->kind == ANSWER_STACK)
		note_jit_loss(book, answer);
}

void lockbook_drain(struct lockbook *book, lockbook_stack_fn fn, void *context)
{
	struct symbol_answer answer;

	for (int i = 0; i < DRAIN_MAX && symbol_worker_next(book->worker, &answer); i++) {
		note_answer(book, &answer);
		if (TICKET_KIND(answer.ticket) == TICKET_PLACE)
			place_known(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_THREAD)
			lockbook_thread_named(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_REFUSED)
			lockbook_refused_placed(book, &answer);
		else if (TICKET_KIND(answer.ticket) == TICKET_BLOCKER)
			lockbook_blocker_known(book, &answer);
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

/* False: not now. */
static bool ask_place(struct lockbook *book, uint32_t at)
{
	const struct lock_row *lock = lockbook_row(book, at);
	struct book_row *row = &book->rows[at];

	if (row->asked)
		return true;
	if (symbol_worker_pending(book->worker) >= BOOK_PLACE_JOBS ||
	    symbol_worker_place(book->worker, TICKET(TICKET_PLACE, at, row->generation),
				(pid_t)lock->pid, row->address) < 0)
		return false;
	row->asked = ++book->asked;
	return true;
}

bool lockbook_is_looked_at(const struct lockbook *book, uint32_t at)
{
	uint64_t key = probe_lock_keys(book->probe)[at];

	return key > LOCK_BUSY && key == book->rows[at].address &&
	       book->rows[at].generation == lockbook_row(book, at)->generation;
}

bool lockbook_ask_places(struct lockbook *book)
{
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (lockbook_is_looked_at(book, i) && !ask_place(book, i))
			return false;
	return true;
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
	row->address = address;
	ask_place(book, at);
	/* A process that has ended leaves what was read before. */
	if (lockbook_is_waited_for(book, lock) || !row->has_memory)
		lockbook_read_row(book, lock, row);
}

void lockbook_look(struct lockbook *book)
{
	book->has_tids = false;
	lockbook_begin_reading(book);
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
	lockbook_look_at_edges(book);
	lockbook_ask_blockers(book);
}

void lockbook_begin_owners(struct lockbook *book)
{
	book->owner_looks++;
	book->has_tids = false;
	lockbook_begin_reading(book);
	book->refused_searches = BOOK_REFUSED_SEARCHES;
	book->refused_may_look = true;
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
		lockbook_read_row(book, lockbook_row(book, at), row);
		target_memory_close(&book->memory);
		lockbook_fact(book, at);
		row->owner_look = book->owner_looks;
	}
	*ret_kind = row->fact.kind;
	return row->fact.owner_tid;
}
