// SPDX-License-Identifier: BSD-2-Clause
/* Whom a TID in a target's memory means. */
#include <stdio.h>
#include <unistd.h>

#include "base/pid_namespace.h"
#include "daemon/lockbook_parts.h"

/* Where memory is short, all of them are unknown. */
static void learn(struct lockbook *book)
{
	uint32_t used = probe_slots_used(book->probe);
	int r = 0;

	own_tids_begin(&book->tids);
	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *slot = probe_slot(book->probe, i);
		struct own_tid thread;

		if (!slot || slot->life != SLOT_LIVE || !slot->own_tid || !slot->pid)
			continue;
		thread = (struct own_tid){ slot->pid_namespace, slot->own_tid, slot->pid,
					   slot->shown_tid };
		r = own_tids_add(&book->tids, &thread);
	}
	if (r < 0)
		own_tids_begin(&book->tids);
	own_tids_end(&book->tids);
	book->has_tids = true;
}

/* Could its threads have written into the lock's memory? */
static bool has_memory(struct book_row *row, const struct lock_row *lock, uint32_t pid)
{
	if (pid == lock->pid || pid == row->sharer)
		return true;
	if (!shared_memory_is_of((pid_t)pid, &row->shared))
		return false;
	row->sharer = pid;
	return true;
}

#define SEVERAL UINT32_MAX

/*
 * Of all processes that share the memory, in whichever namespace; 0: nobody who is watched. As long
 * as the memory is not known, those of the waiter's own namespace only.
 */
static uint32_t sharer_meant(struct lockbook *book, struct book_row *row,
			     const struct lock_row *lock, uint32_t tid)
{
	const struct own_tid *threads;
	size_t count = own_tids_numbered(&book->tids, tid, &threads);
	uint64_t namespace = 0;
	uint32_t meant = 0;

	if (!row->is_shared && !own_tids_namespace(&book->tids, lock->pid, &namespace))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (row->is_shared ? !has_memory(row, lock, threads[i].pid)
				   : threads[i].pid_namespace != namespace)
			continue;
		if (meant)
			return SEVERAL;
		meant = threads[i].tid;
	}
	return meant;
}

/* By /proc: also threads that nobody watches, but only where our numbers are the target's own. */
static bool is_thread_of(struct lockbook *book, struct book_row *row, const struct lock_row *lock,
			 bool shared, uint32_t tid)
{
	uint64_t namespace;
	char path[64];

	if (own_tids_namespace(&book->tids, lock->pid, &namespace)
		    ? namespace != probe_pid_namespace(book->probe)
		    : !shares_pid_namespace((pid_t)lock->pid))
		return false;
	if (shared)
		snprintf(path, sizeof(path), "/proc/%u", tid);
	else
		snprintf(path, sizeof(path), "/proc/%u/task/%u", lock->pid, tid);
	if (access(path, F_OK) < 0)
		return false;
	return !shared || !row->is_shared || has_memory(row, lock, tid);
}

uint32_t lockbook_thread_meant(struct lockbook *book, struct book_row *row,
			       const struct lock_row *lock, bool shared, uint32_t tid)
{
	uint32_t meant;

	if (!book->has_tids)
		learn(book);
	meant = shared ? sharer_meant(book, row, lock, tid)
		       : own_tids_find(&book->tids, lock->pid, tid);
	if (meant)
		return meant == SEVERAL ? 0 : meant;
	return is_thread_of(book, row, lock, shared, tid) ? tid : 0;
}
