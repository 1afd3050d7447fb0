// SPDX-License-Identifier: BSD-2-Clause
/* The sets of targets that sessions share: which is free, which fits, and what is left in them. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/watcher_parts.h"

bool watcher_set_is_used(const struct watcher *watcher, uint32_t set)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], 1u << set))
			return true;
	return false;
}

/* In turn, so that a set rests as long as possible before it is used again. */
int watcher_free_set(struct watcher *watcher)
{
	for (uint32_t i = 0; i < SETS_MAX; i++) {
		uint32_t set = (watcher->next_set + i) % SETS_MAX;

		if (watcher_set_is_used(watcher, set))
			continue;
		watcher->next_set = (set + 1) % SETS_MAX;
		return set;
	}
	return -ENOSPC;
}

/* Is there a live member that bears this number? */
static bool has_member(struct watcher *watcher, uint32_t set, pid_t id, bool is_thread)
{
	uint32_t used = probe_slots_used(watcher->probe);

	for (uint32_t at = 0; at < used; at++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, at);

		if (slot && slot->life == SLOT_LIVE && (slot->sets >> set & 1) &&
		    (pid_t)(is_thread ? slot->shown_tid : slot->pid) == id)
			return true;
	}
	return false;
}

/*
 * Is nobody missing? What was named may have ended since, and its number be another's by now; and
 * who is not followed makes threads that are no members.
 */
static bool has_all(struct watcher *watcher, uint32_t set, const struct target_request *request)
{
	bool all = request->follow || !request->pids_count;

	for (size_t i = 0; all && i < request->pids_count; i++)
		all = has_member(watcher, set, request->pids[i], false);
	for (size_t i = 0; all && i < request->tids_count; i++)
		all = has_member(watcher, set, request->tids[i], true);
	return all;
}

/*
 * A set that has just the targets that are asked for: named alike, all of them, and nobody else has
 * come in since (a child that was followed would be no target of a session that begins now).
 */
int watcher_shared_set(struct watcher *watcher, const struct target_request *request,
		       const char *key)
{
	uint32_t used = probe_slots_used(watcher->probe);

	for (size_t i = 0; key && i < SESSIONS_MAX; i++) {
		const struct watched *other = &watcher->sessions[i];
		uint32_t set, members = 0;
		bool same = true;

		if (!other->session || !other->key || strcmp(other->key, key))
			continue;
		set = session_set(other->session);
		for (uint32_t at = 0; same && at < used; at++) {
			const struct thread_slot *slot = probe_slot(watcher->probe, at);

			if (!slot || slot->life != SLOT_LIVE || !(slot->sets >> set & 1))
				continue;
			members++;
			same = targets_name(request, (pid_t)slot->pid, (pid_t)slot->shown_tid);
		}
		if (same && members && has_all(watcher, set, request))
			return set;
	}
	return -ENOENT;
}

/* Nobody is a member of the set now, so the probes leave its sums alone. */
static void clear_culprits(struct culprit_table *table, uint32_t set)
{
	table->idle_ns[set] = table->own_ns[set] = table->others_ns[set] = 0;
	table->earlier_ns[set] = 0;
	for (uint32_t i = 0; i < CULPRIT_ROWS; i++) {
		struct culprit *row = &table->rows[i];

		row->ahead_ns[set] = row->taken_ns[set] = 0;
		row->ahead[set] = row->taken[set] = 0;
		row->sets &= ~(1u << set);
	}
}

void watcher_clear_set(struct watcher *watcher, uint32_t set)
{
	struct set_totals *totals = probe_set(watcher->probe, set);
	uint32_t used = probe_slots_used(watcher->probe);

	memset(totals, 0, sizeof(*totals));
	totals->word = probe_now(watcher->probe) & SET_TIME_MASK;
	for (uint32_t cpu = 0; cpu < probe_cpus(watcher->probe); cpu++)
		clear_culprits(probe_culprits(watcher->probe, cpu), set);
	/* A switch that was under way when the last session ended may have left these behind. */
	for (uint32_t i = 0; i < used; i++) {
		struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (!slot)
			continue;
		__atomic_fetch_and(&slot->counted, ~(1u << set), __ATOMIC_SEQ_CST);
		slot->criticality[set] = 0;
	}
}

/* Rows that only sets without a session have figures in, and that are no other row's home. */
void watcher_forget_locks(struct watcher *watcher)
{
	const struct lock_row *locks;
	const struct lock_edge *edges;
	bool kept[LOCK_ROWS] = { false };
	uint32_t used = 0;

	for (uint32_t set = 0; set < SETS_MAX; set++)
		used |= (uint32_t)watcher_set_is_used(watcher, set) << set;
	locks = probe_locks(watcher->probe);
	edges = probe_edges(watcher->probe);
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (probe_lock_keys(watcher->probe)[i] && (locks[i].sets & used))
			kept[i] = kept[locks[i].home ? locks[i].home - 1 : i] = true;
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (!kept[i])
			probe_lock_free(watcher->probe, i);
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (probe_edge_keys(watcher->probe)[i] && !(edges[i].sets & used))
			probe_edge_free(watcher->probe, i);
}
