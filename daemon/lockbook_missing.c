// SPDX-License-Identifier: BSD-2-Clause
/* What a session's report would have had, if the names had come in time. */
#include "daemon/lockbook_parts.h"

/* Answers come in the order of the questions. */
static bool is_missing(const struct lockbook *book, uint64_t number, uint64_t asked)
{
	return number > book->answered && number <= asked;
}

static bool is_of_set(uint32_t sets, uint32_t set)
{
	return sets >> set & 1;
}

static uint64_t missing_standing(const struct lockbook *book, uint32_t set, uint64_t asked)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < probe_slots_used(book->probe); i++) {
		const struct thread_slot *slot = probe_slot(book->probe, i);
		const struct book_thread *thread = &book->threads[i];

		count += slot && is_of_set(slot->sets, set) && thread->is_pending &&
			 thread->generation == slot->generation &&
			 is_missing(book, thread->asked, asked);
	}
	return count;
}

struct book_names lockbook_missing(const struct lockbook *book, uint32_t set, uint64_t asked)
{
	struct book_names missing = { .stacks = missing_standing(book, set, asked) };

	for (size_t i = 0; i < BOOK_PENDING; i++)
		missing.stacks += book->pending[i].used &&
				  is_of_set(book->pending[i].stack.sets, set) &&
				  is_missing(book, book->pending[i].asked, asked);
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		missing.places += is_missing(book, book->rows[i].asked, asked) &&
				  lockbook_is_looked_at(book, i) &&
				  is_of_set(lockbook_row(book, i)->sets, set);
	return missing;
}

size_t lockbook_unasked_places(const struct lockbook *book, uint32_t set)
{
	size_t count = 0;

	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		count += lockbook_is_looked_at(book, i) && !book->rows[i].asked &&
			 is_of_set(lockbook_row(book, i)->sets, set);
	return count;
}
