// SPDX-License-Identifier: BSD-2-Clause
/*
 * What Java's parked threads wait for. Each parks on a word of its own for everything, mostly with
 * no names of Java's in its stack: so while one is parked the JVM is asked for what, at each look,
 * and the row is what most of the looks have found.
 */
#include <string.h>

#include "daemon/lockbook_parts.h"

#define PARK "Unsafe_Park"

/* Asked for in one look; the others' turn comes. */
#define BLOCKERS_AT_ONCE 64
/* How much a look counts: all the same, for they come at equal times. */
#define LOOK_NS 1000000

/* How many of the row's frames lead there; 0: they do not. */
static size_t frames_of_park(const struct book_row *row)
{
	for (size_t i = 0; i + 1 < BOOK_FUNCTIONS && i < row->function_count; i++)
		if (row->functions[i] && !strcmp(row->functions[i], PARK))
			return i + 1;
	return 0;
}

static bool is_to_be_asked(struct lockbook *book, uint32_t at)
{
	const struct lock_row *lock = lockbook_row(book, at);
	const struct book_row *row = &book->rows[at];

	return frames_of_park(row) && !row->is_blocker_asked && lockbook_is_looked_at(book, at) &&
	       lock->operation & FUTEX_PRIVATE && lockbook_is_waited_for(book, lock);
}

void lockbook_ask_blockers(struct lockbook *book)
{
	unsigned int asked = 0;

	for (uint32_t i = 0; i < LOCK_ROWS && asked < BLOCKERS_AT_ONCE; i++) {
		uint32_t at = (book->next_blocker + i) % LOCK_ROWS;

		if (probe_lock_keys(book->probe)[at] <= LOCK_BUSY || !is_to_be_asked(book, at))
			continue;
		if (symbol_worker_pending(book->worker) >= BOOK_PLACE_JOBS ||
		    symbol_worker_java_park(
			    book->worker, TICKET(TICKET_BLOCKER, at, book->rows[at].generation),
			    (pid_t)lockbook_row(book, at)->pid, book->rows[at].address) < 0)
			return;
		book->asked++;
		book->rows[at].is_blocker_asked = true;
		if (++asked == BLOCKERS_AT_ONCE)
			book->next_blocker = at + 1;
	}
}

/* Its own frames, for they tell whose word it is, and past them the park that the JVM tells of. */
static void note_park(struct book_row *row, const char *park)
{
	struct report_frame frames[BOOK_FUNCTIONS] = { 0 };
	size_t count = frames_of_park(row);

	for (size_t i = 0; i < count; i++)
		frames[i] = (struct report_frame){ .function = row->functions[i],
						   .module = row->modules[i] };
	frames[count].function = park;
	if (!row->has_blocker)
		row->use_ns = 0;
	row->has_blocker = true;
	lockbook_note_use(row, frames, count + 1, LOOK_NS);
}

/* A condition variable is waited for in two words by turns: what is said of one holds for both. */
static struct book_row *row_beside(struct lockbook *book, uint32_t at)
{
	const uint64_t *keys = probe_lock_keys(book->probe);
	uint64_t beside = book->rows[at].address ^ sizeof(uint32_t);

	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (keys[i] == beside && lockbook_is_looked_at(book, i) &&
		    lockbook_row(book, i)->space == lockbook_row(book, at)->space)
			return &book->rows[i];
	return NULL;
}

/* The thread may have come out of its wait meanwhile, and then waits for nothing. */
void lockbook_blocker_known(struct lockbook *book, const struct symbol_answer *answer)
{
	uint32_t number = TICKET_NUMBER(answer->ticket);
	struct book_row *row = number < LOCK_ROWS ? &book->rows[number] : NULL, *beside;

	if (!row || row->generation != TICKET_GENERATION(answer->ticket))
		return;
	row->is_blocker_asked = false;
	if (!answer->text || !frames_of_park(row))
		return;
	note_park(row, answer->text);
	beside = row_beside(book, number);
	if (beside && frames_of_park(beside))
		note_park(beside, answer->text);
}
