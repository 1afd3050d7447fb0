// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a word is waited for, by the innermost frames of those who wait. A word that one thread
 * sleeps on serves it for everything: its turn at a global lock, a mutex, a queue without work. The
 * row is what it was waited for most, by time, and not what the last stack happened to be.
 */
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/lockbook_parts.h"
#include "daemon/model/lock_clues.h"
#include "daemon/model/lock_kind.h"

static void note(struct book_row *row, const struct lock_clues *clues)
{
	memmove(row->functions, clues->functions, clues->function_count * sizeof(char *));
	memmove(row->modules, clues->modules, clues->function_count * sizeof(char *));
	row->function_count = clues->function_count;
	row->semaphore_user = clues_semaphore_user(clues);
}

/* As far as the functions tell. */
static bool is_same_use(const struct lock_clues *one, const struct lock_clues *other)
{
	struct lock_guess first = lock_kind_of(one), second = lock_kind_of(other);

	return first.kind == second.kind && first.contended == second.contended;
}

void lockbook_note_use(struct book_row *row, const struct report_frame *frames, size_t count,
		       uint64_t wait_ns)
{
	const char *functions[BOOK_FUNCTIONS], *modules[BOOK_FUNCTIONS];
	struct lock_clues now = { .operation = FUTEX_WAIT_BITSET,
				  .functions = functions,
				  .modules = modules,
				  .function_count =
					  count < BOOK_FUNCTIONS ? count : BOOK_FUNCTIONS };
	struct lock_clues before = { .operation = FUTEX_WAIT_BITSET,
				     .functions = row->functions,
				     .modules = row->modules,
				     .function_count = row->function_count };

	for (size_t i = 0; i < now.function_count; i++) {
		functions[i] = frames[i].function;
		modules[i] = frames[i].module ? frames[i].module : frames[i].file;
	}
	/* The vote of a majority: what others had against it is taken from its own. */
	if (row->function_count && row->waiters <= 1 && !is_same_use(&now, &before)) {
		if (wait_ns <= row->use_ns) {
			row->use_ns -= wait_ns;
			return;
		}
		row->use_ns = wait_ns - row->use_ns;
	} else {
		row->use_ns += wait_ns;
	}
	note(row, &now);
}
