// SPDX-License-Identifier: BSD-2-Clause
/* The window of a final report ends when the report is asked for, also when its names come later:
 * what the probes have counted by then is copied. */
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/hurry.h"
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

/* As aligned as the probes' own; its contents are anything. */
static bool room_of(void *ret, size_t size)
{
	void *room = aligned_alloc(64, (size + 63) / 64 * 64);

	*(void **)ret = room;
	return room != NULL;
}

static bool zeroed_room_of(void *ret, size_t size)
{
	if (!room_of(ret, size))
		return false;
	memset(*(void **)ret, 0, size);
	return true;
}

/* The room is made before the look: what threads do while it is made would have to be guessed. */
static bool make_room(struct watcher *watcher, struct frozen *frozen)
{
	uint32_t cpus = probe_cpus(watcher->probe);
	struct lock_tables *tables = &frozen->looks.tables;

	return room_of(&frozen->cpus, cpus * sizeof(*frozen->cpus)) &&
	       room_of(&frozen->culprits, cpus * sizeof(*frozen->culprits)) &&
	       zeroed_room_of(&tables->row_keys, LOCK_ROWS * sizeof(*tables->row_keys)) &&
	       zeroed_room_of(&tables->edge_keys, EDGE_ROWS * sizeof(*tables->edge_keys)) &&
	       zeroed_room_of(&tables->rows, LOCK_ROWS * sizeof(*tables->rows)) &&
	       zeroed_room_of(&tables->edges, EDGE_ROWS * sizeof(*tables->edges)) &&
	       zeroed_room_of(&tables->losses, sizeof(*tables->losses));
}

static void copy_cpus(struct watcher *watcher, struct frozen *frozen)
{
	for (uint32_t i = 0; i < probe_cpus(watcher->probe); i++) {
		frozen->cpus[i] = *probe_cpu(watcher->probe, i);
		frozen->culprits[i] = *probe_culprits(watcher->probe, i);
	}
}

/* Only rows with a key are mapped; after a look at the keys, those of all of these are. */
static void copy_locks(struct watcher *watcher, uint32_t set, struct frozen *frozen)
{
	struct lock_tables *to = &frozen->looks.tables, from = watcher_lock_tables(watcher, set);
	struct lock_row *rows = (struct lock_row *)to->rows;
	struct lock_edge *edges = (struct lock_edge *)to->edges;

	memcpy((void *)to->row_keys, from.row_keys, LOCK_ROWS * sizeof(*to->row_keys));
	memcpy((void *)to->edge_keys, from.edge_keys, EDGE_ROWS * sizeof(*to->edge_keys));
	if (from.losses)
		memcpy((void *)to->losses, from.losses, sizeof(*to->losses));
	from = watcher_lock_tables(watcher, set);
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (to->row_keys[i])
			rows[i] = from.rows[i];
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (to->edge_keys[i])
			edges[i] = from.edges[i];
}

uint32_t watcher_count_members(struct watcher *watcher, uint32_t set)
{
	uint32_t used = probe_slots_used(watcher->probe), count = 0;

	for (uint32_t i = 0; i < used; i++)
		count += watcher_member(watcher, i, set) != NULL;
	return count;
}

static bool copy_slots(struct watcher *watcher, uint32_t set, struct frozen *frozen)
{
	uint32_t used = probe_slots_used(watcher->probe);
	uint32_t members = watcher_count_members(watcher, set);

	if (!room_of(&frozen->slots, (members + 1) * sizeof(*frozen->slots)))
		return false;
	for (uint32_t i = 0; i < used && frozen->slots_count < members; i++) {
		const struct thread_slot *slot = watcher_member(watcher, i, set);

		if (slot)
			slot_copy(slot, &frozen->slots[frozen->slots_count++]);
	}
	return true;
}

static void frozen_free(struct frozen *frozen)
{
	free(frozen->cpus);
	free(frozen->culprits);
	free(frozen->slots);
	free((void *)frozen->looks.tables.row_keys);
	free((void *)frozen->looks.tables.edge_keys);
	free((void *)frozen->looks.tables.rows);
	free((void *)frozen->looks.tables.edges);
	free((void *)frozen->looks.tables.losses);
	free(frozen);
}

void watcher_thaw(struct watched *watched)
{
	if (watched->frozen)
		frozen_free(watched->frozen);
	watched->frozen = NULL;
}

/* Everything in the order of a report's own look. */
static bool copy_all(struct watcher *watcher, struct watched *watched, struct frozen *frozen)
{
	uint32_t set = session_set(watched->session);
	struct lock_tables room = frozen->looks.tables;
	bool done;

	watcher_look(watcher, watched, &frozen->looks);
	frozen->looks.tables = room;
	copy_cpus(watcher, frozen);
	copy_locks(watcher, set, frozen);
	done = copy_slots(watcher, set, frozen);
	hurry_end(frozen->looks.hurried);
	frozen->looks.hurried = false;
	return done;
}

void watcher_session_freeze(struct watcher *watcher, const char *id)
{
	struct watched *watched = watcher_find(watcher, id);
	struct frozen *frozen;

	if (!watched || watched->frozen)
		return;
	frozen = calloc(1, sizeof(*frozen));
	if (!frozen)
		return;
	if (!make_room(watcher, frozen) || !copy_all(watcher, watched, frozen)) {
		frozen_free(frozen);
		return;
	}
	frozen->asked = watched->asked.names;
	watched->frozen = frozen;
}

bool watcher_takes_names(const struct watcher *watcher, const struct watched *watched)
{
	return !watched->frozen || lockbook_answered(watcher->lockbook) <= watched->frozen->asked;
}
