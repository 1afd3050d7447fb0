// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/stuck.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/owned.h"
#include "daemon/deadlocks.h"
#include "daemon/probe/copy.h"
#include "daemon/procfs.h"

/* Each is a file of /proc: so many hung processes at a time are told. */
#define STATUS_READS_MAX 256

#define SIGNAL(number) (1ull << ((number)-1))
/* Those that come by themselves, of timers, children and files; glibc has 32 and 33 for itself. */
#define SIGNALS_THAT_COME                                                                          \
	(SIGNAL(SIGALRM) | SIGNAL(SIGVTALRM) | SIGNAL(SIGPROF) | SIGNAL(SIGIO) | SIGNAL(SIGCHLD) | \
	 SIGNAL(SIGURG) | ~(SIGNAL(34) - 1))

struct seen {
	struct report_process *row;
	uint64_t threads;
	bool may_go_on;
};

static int by_pid(const void *one, const void *other)
{
	const struct seen *a = one, *b = other;

	return a->row->pid < b->row->pid ? -1 : a->row->pid > b->row->pid;
}

static struct seen *seen_of(struct seen *seen, size_t count, uint32_t pid)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (seen[middle].row->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && seen[low].row->pid == pid ? &seen[low] : NULL;
}

/* What another process could wake is none of its own; the kernel wakes who joins by a shared one.
 */
static bool waits_within(struct lockbook *book, const struct thread_slot *slot)
{
	const struct lock_fact *fact =
		slot->lock.row ? lockbook_fact(book, slot->lock.row - 1) : NULL;

	if (slot->futex_operation & FUTEX_PRIVATE_FLAG)
		return true;
	return fact && fact->generation == slot->lock.generation && fact->kind == LOCK_JOIN &&
	       !fact->shared;
}

/* All that waited so long ago already did so together, however long it takes to look at them. */
static bool may_go_on(struct lockbook *book, const struct thread_slot *shared, uint64_t now_ns)
{
	struct thread_slot slot;

	if (shared->state != THREAD_WAITING || !shared->futex)
		return true;
	slot_copy(shared, &slot);
	return slot.state != THREAD_WAITING || !slot.futex || slot.cause == WAIT_STOPPED ||
	       slot.futex_flags & FUTEX_TIMED ||
	       WAIT_KEY_NUMBER(slot.wait_key) == SYS_futex_waitv || !waits_within(book, &slot) ||
	       deadlocks_waits_since(&slot) + DEADLOCK_SETTLED_NS > now_ns;
}

static void look(struct probe *probe, struct lockbook *book, uint64_t now_ns, struct seen *seen,
		 size_t count)
{
	uint32_t used = probe_slots_used(probe);

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(probe, i);
		struct seen *process;

		if (!slot || slot->life != SLOT_LIVE)
			continue;
		process = seen_of(seen, count, slot->pid);
		if (!process)
			continue;
		process->threads++;
		if (!process->may_go_on)
			process->may_go_on = may_go_on(book, slot, now_ns);
	}
}

/* No thread but those that were seen, and no signal to be expected. */
static bool is_all(const struct seen *seen)
{
	struct process_status status;

	return procfs_read_status((pid_t)seen->row->pid, &status) == 0 &&
	       status.threads == seen->threads && !(status.caught_signals & SIGNALS_THAT_COME);
}

int stuck_fill(struct probe *probe, struct lockbook *book, uint64_t now_ns, struct report *report)
{
	size_t count = report->processes_count, reads = 0;
	uint64_t *unchecked = &report->completeness.unchecked_processes;
	_cleanup_free_ struct seen *seen = calloc(count + 1, sizeof(*seen));

	if (!seen)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		seen[i].row = &report->processes[i];
	qsort(seen, count, sizeof(*seen), by_pid);
	look(probe, book, now_ns, seen, count);
	for (size_t i = 0; i < count; i++)
		if (seen[i].threads && !seen[i].may_go_on && reads++ < STATUS_READS_MAX)
			seen[i].row->stuck = is_all(&seen[i]);
	*unchecked = reads > STATUS_READS_MAX ? reads - STATUS_READS_MAX : 0;
	return 0;
}
