// SPDX-License-Identifier: BSD-2-Clause
/* What is done ten times a second while there are sessions. */
#include <poll.h>
#include <string.h>

#include "base/units.h"
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

/* A report compares with a look that is at most this old. */
#define DEADLOCK_TICKS 10
/* The first one of a session: early enough for windows of less than a second. */
#define DEADLOCK_TICKS_AT_FIRST 3

/*
 * Does anybody wait for a lock at this moment? The longest holds are the quiet ones: who ends such
 * a wait must be seen, however long it takes. Idle pools are no reason.
 */
static bool lock_is_waited_for(struct watcher *watcher)
{
	uint32_t used = probe_slots_used(watcher->probe);

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);
		uint32_t row = slot ? slot->lock.row : 0;

		if (!slot || slot->life != SLOT_LIVE || slot->state != THREAD_WAITING ||
		    !slot->futex || !row || row > LOCK_ROWS)
			continue;
		if (slot->cause == WAIT_LOCK ||
		    lockbook_fact(watcher->lockbook, row - 1)->contended)
			return true;
	}
	return false;
}

static void rest_if_quiet(struct watcher *watcher)
{
	if (!probe_watches_wakes(watcher->probe) || --watcher->quiet_ticks)
		return;
	if (lock_is_waited_for(watcher))
		watcher->quiet_ticks = QUIET_TICKS_AT_FIRST;
	else
		probe_watch_wakes(watcher->probe, false);
}

void watcher_look_soon(struct watcher *watcher)
{
	unsigned int left = DEADLOCK_TICKS - watcher->ticks % DEADLOCK_TICKS;

	if (left > DEADLOCK_TICKS_AT_FIRST)
		watcher->ticks += left - DEADLOCK_TICKS_AT_FIRST;
}

/* New locks are looked up while their processes live. */
static void tick_locks(struct watcher *watcher)
{
	if (++watcher->ticks % DEADLOCK_TICKS == 0) {
		deadlocks_look(watcher->deadlocks, probe_now(watcher->probe));
		watcher_ask_starts(watcher);
	} else if (watcher->ticks % DEADLOCK_TICKS == DEADLOCK_TICKS / 2) {
		watcher_ask_starts_again(watcher);
	}
	if (probe_take_futex_seen(watcher->probe)) {
		watcher->quiet_ticks = QUIET_TICKS;
		lockbook_look(watcher->lockbook);
	} else {
		rest_if_quiet(watcher);
	}
}

/* The picture over time gets a column: a look at every live thread. */
static void add_column(struct watcher *watcher, struct session *session, uint64_t now_ns)
{
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(session);
	struct thread_slot slot;

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *shared = probe_slot(watcher->probe, i);

		if (!shared || shared->life != SLOT_LIVE || !(shared->sets >> set & 1))
			continue;
		slot_copy_times(shared, &slot);
		if (session_column_thread(session, i, &slot, now_ns) < 0)
			return;
	}
	session_column_close(session, now_ns);
}

static bool client_is_gone(const struct watched *watched)
{
	struct pollfd ended = { .fd = watched->client, .events = POLLIN };

	if (watched->client >= 0)
		return poll(&ended, 1, 0) > 0;
	return monotonic_ns() - watched->asked_ns > SESSION_LEASE_NS;
}

/* Twice a second: what a quota does it does in periods of 100 ms. */
#define QUOTA_TICKS 5

/*
 * A command's memory is gone with it, so it is looked at before that: after 1, 2, 4, 8… ticks, for
 * the kernel walks all of its pages. Who is not started by us is there at the end.
 */
static bool memory_is_due(struct watched *watched)
{
	uint32_t ticks = ++watched->ticks;

	return !(ticks & (ticks - 1)) && !strcmp(session_kind(watched->session), "exec");
}

void watcher_tick(struct watcher *watcher)
{
	uint64_t now_ns;

	watcher_catch_up(watcher);
	tick_locks(watcher);
	now_ns = probe_now(watcher->probe);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct watched *watched = &watcher->sessions[i];

		if (!watched->session)
			continue;
		watched->is_over = watched->is_over || client_is_gone(watched);
		if (watched->is_over || watched->frozen)
			continue;
		if (memory_is_due(watched))
			watcher_note_processes(watcher, session_set(watched->session));
		if (watcher->ticks % QUOTA_TICKS == 0)
			watcher_note_quotas(watcher, watched);
		if (session_column_due(watched->session, now_ns, WATCHER_TICK_NS))
			add_column(watcher, watched->session, now_ns);
	}
	cost_meter_tick(&watcher->cost, watcher->probe, monotonic_ns());
}
