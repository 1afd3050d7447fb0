// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who could wake a process from without: who has mapped the memory that it waits in, and the
 * children whose end it waits for. Where all of these are stuck as well, nobody can.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/children.h"
#include "daemon/procfs.h"
#include "daemon/stuck_parts.h"
#include "daemon/symbol/patience.h"

/* The event loop waits: where there are more processes than can be asked, none is stuck so. */
#define SEARCH_MAX_NS 40000000ull

static bool is_late(const struct stuck *stuck)
{
	return patience_spent_ns() > stuck->until_ns;
}

/* ---- memory ---- */

static bool may_go_on(const struct stuck *stuck, uint32_t pid)
{
	const struct stuck_process *process = stuck_find(stuck, pid);

	return !process || !process->threads || process->may_go_on;
}

/*
 * Also where it has too many mappings, or keeps them locked. Whom the daemon may not look into,
 * with its rights, is none of those who share memory with targets: it is of the system, or outside
 * of this container.
 */
static bool may_have(uint32_t pid, const struct shared_memory *memory)
{
	int r = shared_memory_look((pid_t)pid, memory);

	return r == 1 || r == -E2BIG || r == -EBUSY;
}

static bool watched_one_has(const struct stuck *stuck, const struct shared_memory *memory)
{
	for (size_t i = 0; i < stuck->count; i++) {
		uint32_t pid = (uint32_t)stuck->processes[i].row->pid;

		if (may_go_on(stuck, pid) && (is_late(stuck) || may_have(pid, memory)))
			return true;
	}
	return false;
}

/* Who shares memory with its children has mostly made it, and need not be searched for. */
static bool parent_has(const struct stuck *stuck, uint32_t pid, const struct shared_memory *memory)
{
	struct thread_facts facts;

	return procfs_read_thread((pid_t)pid, &facts) < 0 ||
	       (facts.parent && may_go_on(stuck, (uint32_t)facts.parent) &&
		may_have((uint32_t)facts.parent, memory));
}

static bool anybody_has(const struct stuck *stuck, const struct shared_memory *memory)
{
	_cleanup_(closedirp) DIR *folder = opendir("/proc");
	struct dirent *entry;

	if (!folder)
		return true;
	while ((entry = readdir(folder))) {
		int pid = atoi(entry->d_name);

		if (pid <= 0 || !may_go_on(stuck, (uint32_t)pid))
			continue;
		if (may_have((uint32_t)pid, memory) || is_late(stuck))
			return true;
	}
	return false;
}

/* NULL: others may come by it who have not mapped it, or too many were looked at. */
static struct stuck_memory *memory_of(struct stuck *stuck, const struct stuck_wait *wait)
{
	struct stuck_memory *memory;
	struct shared_memory shared;

	if (shared_memory_at((pid_t)wait->pid, wait->futex, &shared) < 0)
		return NULL;
	for (size_t i = 0; i < stuck->memories_count; i++)
		if (shared_memory_is_same(&stuck->memories[i].memory, &shared))
			return &stuck->memories[i];
	if (stuck->memories_count == STUCK_MEMORIES_MAX ||
	    !shared_memory_is_closed((pid_t)wait->pid, wait->futex))
		return NULL;
	memory = &stuck->memories[stuck->memories_count++];
	*memory = (struct stuck_memory){ .memory = shared };
	memory->is_open = watched_one_has(stuck, &shared) ||
			  parent_has(stuck, wait->pid, &shared) || anybody_has(stuck, &shared);
	return memory;
}

static bool may_be_woken(struct stuck *stuck, const struct stuck_wait *wait)
{
	struct stuck_memory *memory = memory_of(stuck, wait);

	if (!memory)
		return true;
	/* Since it was looked at, another one may have been found to go on. */
	memory->is_open = memory->is_open || watched_one_has(stuck, &memory->memory);
	return memory->is_open;
}

/* ---- children ---- */

static bool a_child_may_end(const struct stuck *stuck, const struct stuck_wait *wait)
{
	uint32_t tids[CHILD_THREADS_MAX];
	int count = children_waited_for((pid_t)wait->pid, (pid_t)wait->tid, tids);
	struct thread_facts facts;

	for (int i = 0; i < count; i++)
		if (procfs_read_thread((pid_t)tids[i], &facts) < 0 ||
		    may_go_on(stuck, (uint32_t)facts.process))
			return true;
	return count <= 0;
}

/*
 * Somebody may have woken it, and ended, before it was asked who could. Who is ready is not asleep
 * any more, though the probes do not know yet.
 */
static bool has_moved(const struct stuck_wait *wait)
{
	struct thread_facts facts;

	return procfs_read_thread((pid_t)wait->tid, &facts) < 0 || !facts.is_asleep ||
	       wait->slot->seq != wait->seq;
}

static bool drop_moved(struct stuck *stuck)
{
	bool dropped = false;

	for (size_t i = 0; i < stuck->waits_count; i++)
		if (!may_go_on(stuck, stuck->waits[i].pid) && has_moved(&stuck->waits[i]))
			dropped = stuck_find(stuck, stuck->waits[i].pid)->may_go_on = true;
	return dropped;
}

static void settle(struct stuck *stuck)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < stuck->waits_count; i++) {
			const struct stuck_wait *wait = &stuck->waits[i];

			if (may_go_on(stuck, wait->pid))
				continue;
			if (!is_late(stuck) && !(wait->futex ? may_be_woken(stuck, wait)
							     : a_child_may_end(stuck, wait)))
				continue;
			changed = stuck_find(stuck, wait->pid)->may_go_on = true;
			/* Perhaps found just in time: rather one too many. */
			stuck->unchecked += is_late(stuck);
		}
	}
}

void stuck_settle(struct stuck *stuck)
{
	stuck->until_ns = patience_spent_ns() + SEARCH_MAX_NS;
	do
		settle(stuck);
	while (drop_moved(stuck));
}
