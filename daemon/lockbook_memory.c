// SPDX-License-Identifier: BSD-2-Clause
/*
 * The memory around the words that threads wait for. A process whose memory is locked would keep
 * the reader for ever, but to have each one asked before (patience.h) costs more than to read it.
 */
#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "daemon/lockbook_parts.h"
#include "daemon/symbol/patience.h"

/* A look at all locks, of which a process may have many, takes as long. */
#define BELIEVED_NS (5 * NSEC_PER_MSEC)
/* Of who has no thread that could be in the way. */
#define TRUSTED_NS (10 * NSEC_PER_SEC)

/*
 * Who waits for the lock of its process's mappings, and all who ask after it wait for that one,
 * does so in a page fault or in a call that is for no other cause.
 */
static bool may_be_in_the_way(const struct thread_slot *slot)
{
	return slot->life == SLOT_LIVE && slot->state == THREAD_WAITING &&
	       (slot->cause == WAIT_FAULT || slot->cause == WAIT_OTHER || slot->cause == WAIT_IO);
}

/* A bit may stand for several processes: one too many is only asked in vain. */
static uint64_t bit_of(uint32_t pid)
{
	return 1ull << pid % 64;
}

static size_t word_of(uint32_t pid)
{
	return pid / 64 % BOOK_DOUBT_WORDS;
}

void lockbook_begin_reading(struct lockbook *book)
{
	uint32_t used = probe_slots_used(book->probe);

	memset(book->doubts, 0, sizeof(book->doubts));
	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(book->probe, i);

		if (slot && may_be_in_the_way(slot))
			book->doubts[word_of(slot->pid)] |= bit_of(slot->pid);
	}
}

ssize_t lockbook_read(struct lockbook *book, pid_t pid, uint64_t address, void *buffer, size_t size)
{
	bool doubt = book->doubts[word_of((uint32_t)pid)] & bit_of((uint32_t)pid);

	return patience_answers(pid, doubt ? BELIEVED_NS : TRUSTED_NS)
		       ? target_memory_read(&book->memory, pid, address, buffer, size)
		       : -EBUSY;
}

static bool read_whole(struct lockbook *book, const struct lock_row *lock, uint64_t address,
		       void *buffer, size_t size)
{
	return lockbook_read(book, (pid_t)lock->pid, address, buffer, size) == (ssize_t)size;
}

void lockbook_read_row(struct lockbook *book, const struct lock_row *lock, struct book_row *row)
{
	row->has_memory = read_whole(book, lock, lock->address, row->memory + LOCK_MEMORY_BEFORE,
				     LOCK_MEMORY_AT);
	row->has_before =
		row->has_memory && read_whole(book, lock, lock->address - LOCK_MEMORY_BEFORE,
					      row->memory, LOCK_MEMORY_BEFORE);
}
