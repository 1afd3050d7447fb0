// SPDX-License-Identifier: BSD-2-Clause
/* The window of a final report ends when the report is asked for, also when its names come later:
 * what the probes have counted by then is copied. */
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/hurry.h"
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

/* Zeroes where there is nothing to copy (yet). */
static bool copy_of(void *ret, const void *from, size_t size)
{
	/* As aligned as the probes' own. */
	void *copy = aligned_alloc(64, (size + 63) / 64 * 64);

	if (copy && from)
		memcpy(copy, from, size);
	else if (copy)
		memset(copy, 0, size);
	*(void **)ret = copy;
	return copy != NULL;
}

static bool copy_cpus(struct watcher *watcher, struct frozen *frozen)
{
	uint32_t count = probe_cpus(watcher->probe);

	if (!copy_of(&frozen->cpus, NULL, count * sizeof(*frozen->cpus)) ||
	    !copy_of(&frozen->culprits, NULL, count * sizeof(*frozen->culprits)))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		frozen->cpus[i] = *probe_cpu(watcher->probe, i);
		frozen->culprits[i] = *probe_culprits(watcher->probe, i);
	}
	return true;
}

/* Only rows with a key are mapped; after a look at the keys, those of all of these are. */
static bool copy_locks(struct watcher *watcher, uint32_t set, struct frozen *frozen)
{
	struct lock_tables *to = &frozen->looks.tables, from = watcher_lock_tables(watcher, set);
	struct lock_row *rows = NULL;
	struct lock_edge *edges = NULL;
	bool done = copy_of(&to->row_keys, from.row_keys, LOCK_ROWS * sizeof(*to->row_keys)) &&
		    copy_of(&to->edge_keys, from.edge_keys, EDGE_ROWS * sizeof(*to->edge_keys)) &&
		    copy_of(&rows, NULL, LOCK_ROWS * sizeof(*rows)) &&
		    copy_of(&edges, NULL, EDGE_ROWS * sizeof(*edges)) &&
		    copy_of(&to->losses, from.losses, sizeof(*to->losses));

	to->rows = rows;
	to->edges = edges;
	if (!done)
		return false;
	from = watcher_lock_tables(watcher, set);
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (to->row_keys[i])
			rows[i] = from.rows[i];
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (to->edge_keys[i])
			edges[i] = from.edges[i];
	return true;
}

static bool copy_slots(struct watcher *watcher, uint32_t set, struct frozen *frozen)
{
	uint32_t used = probe_slots_used(watcher->probe), members = 0;

	for (uint32_t i = 0; i < used; i++)
		members += watcher_member(watcher, i, set) != NULL;
	if (!copy_of(&frozen->slots, NULL, (members + 1) * sizeof(*frozen->slots)))
		return false;
	for (uint32_t i = 0; i < used && frozen->slots_count < members; i++) {
		const struct thread_slot *slot = watcher_member(watcher, i, set);

		if (slot)
			slot_copy(slot, &frozen->slots[frozen->slots_count++]);
	}
	return true;
}

void watcher_thaw(struct watched *watched)
{
	struct frozen *frozen = watched->frozen;

	if (!frozen)
		return;
	free(frozen->cpus);
	free(frozen->culprits);
	free(frozen->slots);
	free((void *)frozen->looks.tables.row_keys);
	free((void *)frozen->looks.tables.edge_keys);
	free((void *)frozen->looks.tables.rows);
	free((void *)frozen->looks.tables.edges);
	free((void *)frozen->looks.tables.losses);
	free(frozen);
	watched->frozen = NULL;
}

void watcher_session_freeze(struct watcher *watcher, const char *id, uint64_t asked)
{
	struct watched *watched = watcher_find(watcher, id);
	struct frozen *frozen;
	struct looks looks;

	if (!watched || watched->frozen)
		return;
	frozen = calloc(1, sizeof(*frozen));
	if (!frozen)
		return;
	watcher_look(watcher, watched, &looks);
	frozen->looks = looks;
	frozen->looks.tables = (struct lock_tables){ 0 };
	frozen->looks.hurried = false;
	frozen->asked = asked;
	watched->frozen = frozen;
	if (!copy_cpus(watcher, frozen) ||
	    !copy_locks(watcher, session_set(watched->session), frozen) ||
	    !copy_slots(watcher, session_set(watched->session), frozen))
		watcher_thaw(watched);
	hurry_end(looks.hurried);
}

bool watcher_takes_names(const struct watcher *watcher, const struct watched *watched)
{
	return !watched->frozen || lockbook_answered(watcher->lockbook) <= watched->frozen->asked;
}
