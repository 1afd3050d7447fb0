// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/watcher_parts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/host.h"
#include "daemon/probe/copy.h"
#include "daemon/procfs.h"
#include "daemon/targets.h"

/* ---- looking at shared memory ---- */

bool watcher_is_in(const struct watched *watched, uint32_t sets)
{
	return watched->session && (sets >> session_set(watched->session) & 1);
}

/* Gives a dead thread's last figures to the sessions that watch it, and its slot back. */
static void collect(struct watcher *watcher, uint32_t index)
{
	struct thread_slot *shared = probe_slot(watcher->probe, index);
	struct thread_slot slot;

	if (!shared || shared->life != SLOT_DEAD)
		return;
	slot_copy(shared, &slot);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], slot.sets))
			session_exit(watcher->sessions[i].session, index, &slot);
	probe_slot_free(watcher->probe, index);
}

static void note_join(struct watcher *watcher, const struct event *event)
{
	if (watcher->joins_count < JOINS_MAX)
		watcher->joins[watcher->joins_count++] = (struct join){ event->slot, event->pid };
	else
		watcher->lost_joins++;
}

static void on_event(const struct event *event, void *context)
{
	struct watcher *watcher = context;
	struct thread_slot *slot;

	if (event->kind == EVENT_JOIN) {
		note_join(watcher, event);
		return;
	}
	watcher->wakes_wanted |= event->kind == EVENT_LOCK;
	watcher->shared_wanted |= event->kind == EVENT_SHARED_LOCK;
	if (event->kind == EVENT_LOCK || event->kind == EVENT_SHARED_LOCK)
		return;
	slot = probe_slot(watcher->probe, event->slot);
	if (!slot || slot->generation != event->generation)
		return;
	if (event->kind == EVENT_EXIT)
		collect(watcher, event->slot);
	else if (event->kind == EVENT_EXEC) {
		lockbook_forget(watcher->lockbook, (pid_t)event->pid);
		watcher_note_process(watcher, slot->sets, event->pid, slot->process_ktime_ns,
				     false);
	}
}

static void on_stack(const struct stack_head *head, const uint8_t *memory, void *context)
{
	struct watcher *watcher = context;

	lockbook_stack(watcher->lockbook, head, memory);
}

/* What the ring buffer could not announce is found by looking. */
static void collect_all(struct watcher *watcher)
{
	uint32_t used = probe_slots_used(watcher->probe);

	for (uint32_t i = 0; i < used; i++)
		collect(watcher, i);
}

/* Marking runs the iterator, which must not happen in the middle of reading events. */
static void mark_joins(struct watcher *watcher)
{
	for (size_t i = 0; i < watcher->joins_count; i++) {
		const struct join *join = &watcher->joins[i];

		if (targets_join(watcher->probe, join->sets, join->pid) < 0)
			watcher->lost_joins++;
		else
			watcher_note_process(watcher, join->sets, join->pid, 0, true);
	}
	watcher->joins_count = 0;
}

/* ---- locks ---- */

/* Wakes are watched when a session begins, and until there have been no waits for a while. */
#define QUIET_TICKS 20

/* A report compares with a look that is at most this old. */
#define DEADLOCK_TICKS 10

void watcher_follow_locks(struct watcher *watcher)
{
	watcher->wakes_wanted = false;
	watcher->quiet_ticks = 0;
	probe_watch_wakes(watcher->probe, true);
}

static void follow_if_wanted(struct watcher *watcher)
{
	if (watcher->wakes_wanted)
		watcher_follow_locks(watcher);
	if (!watcher->shared_wanted)
		return;
	watcher->shared_wanted = false;
	lockbook_look(watcher->lockbook);
}

/* New locks are looked up while their processes live. */
static void tick_locks(struct watcher *watcher)
{
	uint64_t waits = probe_futex_waits(watcher->probe);

	if (++watcher->ticks % DEADLOCK_TICKS == 0)
		deadlocks_look(watcher->deadlocks, probe_now(watcher->probe));

	if (waits != watcher->futex_waits) {
		watcher->futex_waits = waits;
		watcher->quiet_ticks = 0;
		lockbook_look(watcher->lockbook);
	} else if (probe_watches_wakes(watcher->probe) && ++watcher->quiet_ticks == QUIET_TICKS) {
		probe_watch_wakes(watcher->probe, false);
	}
}

static void give_stack(const struct book_stack *stack, void *context)
{
	struct watcher *watcher = context;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], stack->sets))
			lock_window_stack(session_locks(watcher->sessions[i].session), stack->lock,
					  stack->role, stack->waits, stack->wait_ns, stack->frames,
					  stack->frames_count, stack->whole);
}

void watcher_take_names(struct watcher *watcher)
{
	lockbook_drain(watcher->lockbook, give_stack, watcher);
}

void watcher_catch_up(struct watcher *watcher)
{
	probe_drain(watcher->probe);
	follow_if_wanted(watcher);
	mark_joins(watcher);
	collect_all(watcher);
}

/* ---- the watcher ---- */

int watcher_open(const struct watcher_settings *settings, struct watcher **ret, char *why,
		 size_t why_size)
{
	struct probe_options options = { .max_threads = settings->max_threads };
	struct watcher *watcher = calloc(1, sizeof(*watcher));
	int r;

	if (!watcher)
		return -ENOMEM;
	r = probe_open(&options, &watcher->probe, why, why_size);
	if (!r)
		r = lockbook_new(watcher->probe, &watcher->lockbook);
	if (!r)
		r = deadlocks_new(watcher->probe, watcher->lockbook, &watcher->deadlocks);
	if (r < 0) {
		lockbook_free(watcher->lockbook);
		probe_close(watcher->probe);
		free(watcher);
		return r;
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		watcher->sessions[i].client = -1;
	probe_on_event(watcher->probe, on_event, watcher);
	probe_on_stack(watcher->probe, on_stack);
	host_read(&watcher->host);
	*ret = watcher;
	return 0;
}

void watcher_close(struct watcher *watcher)
{
	if (!watcher)
		return;
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		session_free(watcher->sessions[i].session);
		free(watcher->sessions[i].key);
		if (watcher->sessions[i].client >= 0)
			close(watcher->sessions[i].client);
	}
	deadlocks_free(watcher->deadlocks);
	lockbook_free(watcher->lockbook);
	probe_close(watcher->probe);
	free(watcher);
}

int watcher_fd(const struct watcher *watcher)
{
	return probe_fd(watcher->probe);
}

int watcher_names_fd(const struct watcher *watcher)
{
	return lockbook_fd(watcher->lockbook);
}

void watcher_drain(struct watcher *watcher)
{
	probe_drain(watcher->probe);
	follow_if_wanted(watcher);
	mark_joins(watcher);
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
		slot_copy(shared, &slot);
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
		if (client_is_gone(watched))
			watcher_forget(watcher, watched);
		else if (session_column_due(watched->session, now_ns, WATCHER_TICK_NS))
			add_column(watcher, watched->session, now_ns);
	}
	cost_meter_tick(&watcher->cost, watcher->probe, monotonic_ns());
}

const struct report_host *watcher_host(const struct watcher *watcher)
{
	return &watcher->host;
}
