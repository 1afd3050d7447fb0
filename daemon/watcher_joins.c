// SPDX-License-Identifier: BSD-2-Clause
/* Processes that come into a watched cgroup: noted while events are read, marked afterwards. */
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/owned.h"
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

/* A thread that was watched already, by the sets it had. */
struct known {
	uint32_t index;
	uint32_t generation;
	uint32_t sets;
};

void watcher_note_join(struct watcher *watcher, const struct event *event)
{
	if (watcher->joins_count < JOINS_MAX)
		watcher->joins[watcher->joins_count++] = (struct join){ event->slot, event->pid };
	else
		watcher->lost_joins++;
}

static int find_known(struct watcher *watcher, const struct join *join, struct known **ret,
		      size_t *ret_count)
{
	_cleanup_free_ struct known *list = NULL;
	uint32_t used = probe_slots_used(watcher->probe);
	size_t count = 0, room = 0;

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);
		struct known *grown;

		if (!slot || slot->life != SLOT_LIVE || slot->pid != (uint32_t)join->pid)
			continue;
		grown = grow(list, count, &room, sizeof(*list));
		if (!grown)
			return -ENOMEM;
		list = grown;
		list[count++] = (struct known){ i, slot->generation, slot->sets };
	}
	*ret_count = count;
	*ret = TAKE_PTR(list);
	return 0;
}

/* What the thread did before is no part of this session's window. */
static int join_thread(struct watcher *watcher, struct watched *watched, const struct known *known)
{
	struct lock_tables tables = watcher_lock_tables(watcher, session_set(watched->session));
	const struct thread_slot *shared = probe_slot(watcher->probe, known->index);
	uint64_t now_ns = probe_now(watcher->probe);
	struct thread_slot slot;
	struct set_totals set;
	int r;

	set_copy(probe_set(watcher->probe, session_set(watched->session)), &set);
	slot_copy(shared, &slot);
	if (slot.generation != known->generation)
		return 0;
	r = session_join_thread(watched->session, known->index, &slot, now_ns, &set);
	return r ? r
		 : lock_window_join_thread(session_locks(watched->session), &tables, &slot, now_ns);
}

static int join_known(struct watcher *watcher, const struct join *join, const struct known *known)
{
	int r = 0;

	for (size_t i = 0; !r && i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], join->sets & ~known->sets))
			r = join_thread(watcher, &watcher->sessions[i], known);
	return r;
}

static int mark_join(struct watcher *watcher, const struct join *join)
{
	_cleanup_free_ struct known *known = NULL;
	size_t count = 0;
	int r = find_known(watcher, join, &known, &count);

	if (!r)
		r = targets_join(watcher->probe, join->sets, join->pid);
	for (size_t i = 0; !r && i < count; i++)
		r = join_known(watcher, join, &known[i]);
	return r;
}

void watcher_mark_joins(struct watcher *watcher)
{
	for (size_t i = 0; i < watcher->joins_count; i++) {
		const struct join *join = &watcher->joins[i];

		if (mark_join(watcher, join) < 0)
			watcher->lost_joins++;
		else
			watcher_note_process(watcher, join->sets, join->pid, 0, true);
	}
	watcher->joins_count = 0;
}
