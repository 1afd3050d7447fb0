// SPDX-License-Identifier: BSD-2-Clause
/*
 * Homes: of the rows that different processes have of one word in shared memory, the one in which
 * all their waiters are counted.
 */
#include "base/units.h"
#include "daemon/lockbook_parts.h"
#include "daemon/symbol/patience.h"

/* Homes that are found in one look; others have to wait for the next, or until their places are
 * known, whichever comes first. */
#define HOMES_MAX 32
/* And not for longer than this: a process may have thousands of mappings to read through. Of
 * running only: on a busy machine the daemon may be off the CPU for longer than that. */
#define HOMES_NS (10 * NSEC_PER_MSEC)

void lockbook_begin_homes(struct lockbook *book)
{
	book->homes_left = HOMES_MAX;
	book->homes_until_ns = patience_spent_ns() + HOMES_NS;
}

uint64_t lockbook_late_homes(const struct lockbook *book)
{
	return book->late_homes;
}

/* Shared locks that were put together late and had been waited for less before change no verdict:
 * the last waits of short-lived processes, mostly. */
#define LATE_MIN_NS NSEC_PER_MSEC

static uint64_t waited_as_lock_ns(const struct lockbook *book, uint32_t number)
{
	const struct lock_edge *edges = probe_edges(book->probe);
	uint64_t sum_ns = 0;

	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe_edge_keys(book->probe)[i] >> 32 == number + 1 &&
		    edges[i].lock_generation == book->rows[number].generation)
			sum_ns += edges[i].lock_blocked_ns;
	return sum_ns;
}

/* Now, and not for a condition or at a gate, which nobody holds. */
static bool is_waited_for_as_lock(const struct lockbook *book, uint32_t number)
{
	for (uint32_t i = 0; i < probe_slots_used(book->probe); i++) {
		const struct thread_slot *slot = probe_slot(book->probe, i);

		if (slot && slot->life == SLOT_LIVE && slot->state == THREAD_WAITING &&
		    slot->cause == WAIT_LOCK && slot->lock.row == number + 1 &&
		    slot->lock.generation == book->rows[number].generation)
			return true;
	}
	return false;
}

/* There is somebody whose holder may be told wrongly. */
static bool matters(const struct lockbook *book, uint32_t number)
{
	return waited_as_lock_ns(book, number) >= LATE_MIN_NS ||
	       is_waited_for_as_lock(book, number);
}

/*
 * Waiters of all processes are counted in the first row that was known of this memory, the home. It
 * is its own home, too: the probes give no row away that has one. They find it themselves, where
 * the kernel has bpf_find_vma and nobody changes the process's memory at that moment.
 */
void lockbook_find_home(struct lockbook *book, uint32_t number, const struct shared_memory *memory,
			bool is_late)
{
	struct book_row *row = &book->rows[number];
	struct lock_row *lock = lockbook_row(book, number);

	row->is_shared = true;
	row->shared = *memory;
	for (uint32_t i = 0; i < LOCK_ROWS; i++) {
		const struct book_row *other = &book->rows[i];

		if (i == number || !other->is_shared ||
		    !shared_memory_is_same(memory, &other->shared) ||
		    lockbook_row(book, i)->generation != other->generation)
			continue;
		if (!lockbook_row(book, i)->home)
			lockbook_row(book, i)->home = i + 1;
		if (lock->home == lockbook_row(book, i)->home)
			return;
		lock->home = lockbook_row(book, i)->home;
		book->late_homes += is_late && (matters(book, number) || matters(book, i));
		return;
	}
}

/*
 * Until the home is known, each process's row has a chain of releases of its own, and one whose
 * holder gave the lock to another process has no end there: who held it then is not told apart
 * later. (Waits are right all the same: the report adds the rows up.) So this is not left to the
 * symbolizer, which may be loading files at that moment.
 */
void lockbook_find_home_soon(struct lockbook *book, uint32_t number)
{
	const struct lock_row *lock = lockbook_row(book, number);
	struct book_row *row = &book->rows[number];
	struct shared_memory memory;

	if (row->is_shared || lock->operation & FUTEX_PRIVATE) {
		row->looked = true;
		return;
	}
	if (!book->homes_left || patience_spent_ns() > book->homes_until_ns) {
		row->is_put_off = true;
		return;
	}
	book->homes_left--;
	row->looked = true;
	if (!shared_memory_at((pid_t)lock->pid, lock->address, &memory))
		lockbook_find_home(book, number, &memory, row->is_put_off);
}

/* The row that stands for the lock, whichever process's word it is. */
uint32_t lockbook_home(const struct lockbook *book, uint32_t row)
{
	uint32_t home = lockbook_row(book, row)->home;

	return home ? home - 1 : row;
}
