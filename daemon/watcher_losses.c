// SPDX-License-Identifier: BSD-2-Clause
/* What a report lacks that the probes know nothing of: names, and looks that were not taken. */
#include <stdio.h>

#include "daemon/watcher_parts.h"

/* What the report was to wait for, and what had not even found room. */
void watcher_note_late_names(struct watcher *watcher, struct watched *watched,
			     struct session_health *health)
{
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(watched->session);
	struct book_names missing;

	if (!watched->asked.is_given_up)
		return;
	watched->asked.is_given_up = false;
	missing = lockbook_missing(watcher->lockbook, set, watched->asked.names);
	health->late_stacks = missing.stacks;
	health->late_places = missing.places;
	if (watched->asked.is_all)
		return;
	health->late_places += lockbook_unasked_places(watcher->lockbook, set);
	for (uint32_t i = watched->asked.next_slot; watched->stacks && i < used; i++) {
		const struct thread_slot *slot = watcher_member(watcher, i, set);

		health->late_stacks += slot && slot->state == THREAD_WAITING;
	}
}

static void note_unchecked(struct session *session, const struct report *report)
{
	uint64_t unchecked = report->completeness.unchecked_processes;

	if (unchecked)
		session_add_reason(session,
				   "%lu processes whose threads all wait were not looked at, for "
				   "there are too many: they may hang, too",
				   unchecked);
}

static const char *why_lost(enum jit_loss_kind kind)
{
	switch (kind) {
	case JIT_FOREIGN:
		return "belongs to another user";
	case JIT_TOO_LARGE:
		return "is too large";
	case JIT_MALFORMED:
		return "has lines that are no entries";
	case JIT_TOO_MANY:
		return "has too many entries";
	default:
		return "cannot be read";
	}
}

static bool has_process(const struct report *report, pid_t pid)
{
	for (size_t i = 0; i < report->processes_count; i++)
		if (report->processes[i].pid == (uint64_t)pid)
			return true;
	return false;
}

/* One reason for all of them: the first is named. */
static void note_jit_losses(struct watcher *watcher, struct session *session,
			    const struct report *report)
{
	struct book_jit_loss losses[LOCKBOOK_JIT_LOSSES];
	size_t count = lockbook_jit_losses(watcher->lockbook, losses), found = 0;
	char lines[40] = "", more[60] = "";

	for (size_t i = 0; i < count; i++)
		if (has_process(report, losses[i].pid))
			losses[found++] = losses[i];
	if (!found)
		return;
	if (losses[0].loss.lines)
		snprintf(lines, sizeof(lines), " (%u left out)", losses[0].loss.lines);
	if (found > 1)
		snprintf(more, sizeof(more), ", and of %zu more processes", found - 1);
	session_add_reason(session,
			   "names of compiled code are missing: perf-PID.map of process %d "
			   "%s%s%s",
			   losses[0].pid, why_lost(losses[0].loss.kind), lines, more);
}

void watcher_add_reasons(struct watcher *watcher, struct watched *watched,
			 const struct report *report)
{
	note_unchecked(watched->session, report);
	note_jit_losses(watcher, watched->session, report);
}
