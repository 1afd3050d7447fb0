// SPDX-License-Identifier: BSD-2-Clause
/* What /proc says of the processes that are watched. */
#include "base/units.h"
#include "daemon/procfs.h"
#include "daemon/watcher_parts.h"

/* Reading the memory of a process makes the kernel walk its pages: only so many at a time. */
#define MEMORY_READS_MAX 256
#define QUOTA_READS_MAX  64

void watcher_note_process(struct watcher *watcher, uint32_t sets, pid_t pid,
			  uint64_t start_ktime_ns, bool with_memory)
{
	struct process_facts facts;

	if (procfs_read(pid, with_memory, &facts) < 0)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], sets))
			session_process(watcher->sessions[i].session, pid, start_ktime_ns,
					facts.name, facts.command, facts.rss_bytes,
					facts.pss_bytes);
}

/* From slot *at on, the next one that is of another process than the one before; NULL: no more. */
static const struct thread_slot *next_process(struct watcher *watcher, uint32_t set, uint32_t *at,
					      uint32_t last)
{
	uint32_t used = probe_slots_used(watcher->probe);

	while (*at < used) {
		const struct thread_slot *slot = probe_slot(watcher->probe, (*at)++);

		if (slot && slot->life == SLOT_LIVE && (slot->sets >> set & 1) && slot->pid != last)
			return slot;
	}
	return NULL;
}

void watcher_note_processes(struct watcher *watcher, uint32_t set)
{
	uint32_t at = 0, last = 0, reads = 0;
	const struct thread_slot *slot;

	while ((slot = next_process(watcher, set, &at, last))) {
		last = slot->pid;
		watcher_note_process(watcher, 1u << set, (pid_t)last, slot->process_ktime_ns,
				     reads++ < MEMORY_READS_MAX);
	}
}

/*
 * Processes move between cgroups, and quotas are set and lifted, while a session runs: they are
 * looked at in turn, so many at a time.
 */
void watcher_note_quotas(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session), last = 0;
	uint64_t now_ns = monotonic_ns();
	const struct thread_slot *slot = NULL;

	for (uint32_t i = 0; i < QUOTA_READS_MAX; i++) {
		slot = next_process(watcher, set, &watched->quotas_at, last);
		if (!slot)
			break;
		last = slot->pid;
		quotas_note(&watched->quotas, (pid_t)last, now_ns);
	}
	quotas_read(&watched->quotas, now_ns);
	if (slot)
		return;
	quotas_forget_unseen(&watched->quotas);
	watched->quotas_at = 0;
}
