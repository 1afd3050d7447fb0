// SPDX-License-Identifier: BSD-2-Clause
/*
 * The memory around the words that threads wait for. A process whose memory is locked would keep
 * the reader for ever, but to have each one asked before (patience.h) costs more than to read it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/units.h"
#include "daemon/lockbook_parts.h"
#include "daemon/symbol/patience.h"

/* A look at all locks, of which a process may have many, takes as long. */
#define BELIEVED_NS (5 * NSEC_PER_MSEC)
/* Of who has no thread that could be in the way, and none that is not watched. */
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

/* NULL: another process has its place in this look. */
static struct book_reading *reading_of(struct lockbook *book, uint32_t pid)
{
	struct book_reading *reading = &book->readings[pid % BOOK_READINGS];

	if (!reading->pid)
		reading->pid = pid;
	return reading->pid == pid ? reading : NULL;
}

void lockbook_begin_reading(struct lockbook *book)
{
	uint32_t used = probe_slots_used(book->probe);

	memset(book->readings, 0, sizeof(book->readings));
	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(book->probe, i);
		struct book_reading *reading =
			slot && slot->life == SLOT_LIVE ? reading_of(book, slot->pid) : NULL;

		if (!reading)
			continue;
		reading->threads++;
		reading->is_doubted |= may_be_in_the_way(slot);
	}
}

/* One that is not watched may be in the way unseen. The kernel counts threads as links. */
static bool has_unseen_threads(const struct book_reading *reading)
{
	struct stat tasks;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/task", reading->pid);
	return !stat(path, &tasks) && tasks.st_nlink > reading->threads + 2u;
}

static bool is_doubted(struct lockbook *book, uint32_t pid)
{
	struct book_reading *reading = reading_of(book, pid);

	if (!reading)
		return true;
	if (!reading->is_counted && !reading->is_doubted)
		reading->is_doubted = has_unseen_threads(reading);
	reading->is_counted = true;
	return reading->is_doubted;
}

ssize_t lockbook_read(struct lockbook *book, pid_t pid, uint64_t address, void *buffer, size_t size)
{
	uint64_t believed_ns = is_doubted(book, (uint32_t)pid) ? BELIEVED_NS : TRUSTED_NS;

	return patience_answers(pid, believed_ns)
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
