// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/stuck.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/grow.h"
#include "base/owned.h"
#include "daemon/deadlocks.h"
#include "daemon/probe/copy.h"
#include "daemon/procfs.h"
#include "daemon/stuck_parts.h"

/* Each is a file of /proc: so many hung processes at a time are told. */
#define STATUS_READS_MAX 256

#define SIGNAL(number) (1ull << ((number)-1))
/* Those that come by themselves, of timers, children and files; glibc has 32 and 33 for itself. */
#define SIGNALS_THAT_COME                                                                          \
	(SIGNAL(SIGALRM) | SIGNAL(SIGVTALRM) | SIGNAL(SIGPROF) | SIGNAL(SIGIO) | SIGNAL(SIGCHLD) | \
	 SIGNAL(SIGURG) | ~(SIGNAL(34) - 1))

static int by_pid(const void *one, const void *other)
{
	const struct stuck_process *a = one, *b = other;

	return a->row->pid < b->row->pid ? -1 : a->row->pid > b->row->pid;
}

struct stuck_process *stuck_find(const struct stuck *stuck, uint32_t pid)
{
	size_t low = 0, high = stuck->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (stuck->processes[middle].row->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < stuck->count && stuck->processes[low].row->pid == pid ? &stuck->processes[low]
									   : NULL;
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

/* It waits by itself for ever. All that waited so long ago already did so together, however long it
 * takes to look at them. */
static bool waits_for_ever(const struct thread_slot *slot, uint64_t now_ns)
{
	return slot->state == THREAD_WAITING && slot->cause != WAIT_STOPPED &&
	       (slot->futex ? !(slot->futex_flags & FUTEX_TIMED) &&
				      WAIT_KEY_NUMBER(slot->wait_key) != SYS_futex_waitv
			    : slot->cause == WAIT_CHILD) &&
	       deadlocks_waits_since(slot) + DEADLOCK_SETTLED_NS <= now_ns;
}

static int add_wait(struct stuck *stuck, const struct thread_slot *shared,
		    const struct thread_slot *slot)
{
	struct stuck_wait *waits =
		grow(stuck->waits, stuck->waits_count, &stuck->waits_room, sizeof(*waits));

	if (!waits)
		return -ENOMEM;
	stuck->waits = waits;
	stuck->waits[stuck->waits_count++] =
		(struct stuck_wait){ shared, slot->pid, slot->shown_tid, slot->seq, slot->futex };
	return 0;
}

static int look_at(struct lockbook *book, const struct thread_slot *shared, uint64_t now_ns,
		   struct stuck *stuck, struct stuck_process *process)
{
	struct thread_slot slot;

	process->threads++;
	if (process->may_go_on)
		return 0;
	if (shared->state != THREAD_WAITING) {
		process->may_go_on = true;
		return 0;
	}
	slot_copy_wait(shared, &slot);
	if (!waits_for_ever(&slot, now_ns))
		process->may_go_on = true;
	else if (!slot.futex || !waits_within(book, &slot))
		return add_wait(stuck, shared, &slot);
	return 0;
}

static int look(struct probe *probe, struct lockbook *book, uint64_t now_ns, struct stuck *stuck)
{
	uint32_t used = probe_slots_used(probe);
	int r = 0;

	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *slot = probe_slot(probe, i);
		struct stuck_process *process;

		if (!slot || slot->life != SLOT_LIVE)
			continue;
		process = stuck_find(stuck, slot->pid);
		if (process)
			r = look_at(book, slot, now_ns, stuck, process);
	}
	return r;
}

/* No thread but those that were seen, and no signal to be expected. */
static bool is_all(const struct stuck_process *seen)
{
	struct process_status status;

	return procfs_read_status((pid_t)seen->row->pid, &status) == 0 &&
	       status.threads == seen->threads && !(status.caught_signals & SIGNALS_THAT_COME);
}

int stuck_fill(struct probe *probe, struct lockbook *book, uint64_t now_ns, struct report *report)
{
	size_t count = report->processes_count, reads = 0;
	_cleanup_free_ struct stuck_process *processes = calloc(count + 1, sizeof(*processes));
	struct stuck stuck = { .processes = processes, .count = count };
	int r;

	if (!processes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		processes[i].row = &report->processes[i];
	qsort(processes, count, sizeof(*processes), by_pid);
	r = look(probe, book, now_ns, &stuck);
	for (size_t i = 0; !r && i < count; i++)
		if (processes[i].threads && !processes[i].may_go_on)
			processes[i].may_go_on =
				reads++ >= STATUS_READS_MAX || !is_all(&processes[i]);
	if (reads > STATUS_READS_MAX)
		report->completeness.unchecked_processes = reads - STATUS_READS_MAX;
	if (!r)
		stuck_settle(&stuck);
	report->completeness.unchecked_processes += stuck.unchecked;
	for (size_t i = 0; !r && i < count; i++)
		processes[i].row->stuck = processes[i].threads && !processes[i].may_go_on;
	free(stuck.waits);
	return r;
}
