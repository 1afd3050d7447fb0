// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/host.h"
#include "daemon/hurry.h"
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

#define COLUMN_NS_PER_THREAD 20000ull

struct watched *watcher_find(struct watcher *watcher, const char *id)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher->sessions[i].session && !watcher->sessions[i].is_over &&
		    !strcmp(watcher->sessions[i].id, id))
			return &watcher->sessions[i];
	return NULL;
}

static struct watched *free_session(struct watcher *watcher)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (!watcher->sessions[i].session)
			return &watcher->sessions[i];
	return NULL;
}

static struct watched *ended_session(struct watcher *watcher)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher->sessions[i].session && watcher->sessions[i].is_over)
			return &watcher->sessions[i];
	return NULL;
}

bool watcher_has_ended_ones(const struct watcher *watcher)
{
	return ended_session((struct watcher *)watcher) != NULL;
}

bool watcher_end_one(struct watcher *watcher)
{
	struct watched *watched = ended_session(watcher);

	if (watched)
		watcher_forget(watcher, watched);
	return watched != NULL;
}

static void format_time(char *text, size_t size)
{
	struct timespec now;
	struct tm parts;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	used = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + used, size - used, ".%06ldZ", now.tv_nsec / 1000);
}

static int first_look(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session), used = probe_slots_used(watcher->probe);
	struct lock_tables tables = watcher_lock_tables(watcher, set);
	struct set_totals totals;
	char started_at[40];
	struct thread_slot slot;
	bool hurried = hurry_begin();
	int r = 0;

	format_time(started_at, sizeof(started_at));
	set_copy(probe_set(watcher->probe, set), &totals);
	session_open(watched->session, probe_now(watcher->probe), started_at, &totals);
	for (uint32_t cpu = 0; cpu < probe_cpus(watcher->probe); cpu++)
		session_open_cpu(watched->session, cpu, probe_cpu(watcher->probe, cpu),
				 probe_culprits(watcher->probe, cpu));
	r = lock_window_open(session_locks(watched->session), &tables,
			     session_opened_ns(watched->session));
	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *shared = probe_slot(watcher->probe, i);

		if (!shared || shared->life == SLOT_FREE || !(shared->sets >> set & 1))
			continue;
		slot_copy(shared, &slot);
		r = session_open_thread(watched->session, i, &slot);
		if (!r)
			r = lock_window_open_thread(session_locks(watched->session), &slot,
						    session_opened_ns(watched->session));
	}
	hurry_end(hurried);
	return r;
}

void watcher_forget(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session);

	watcher_thaw(watched);
	session_free(watched->session);
	free(watched->key);
	if (watched->client >= 0)
		close(watched->client);
	*watched = (struct watched){ .client = -1 };
	watcher_sample_code(watcher);
	if (watcher_set_is_used(watcher, set))
		return;
	targets_forget(watcher->probe, set);
	watcher_forget_locks(watcher);
}

/* A client that ends takes its session with it; where that cannot be seen, a lease bounds it. */
static void bind_to_client(struct watched *watched, const struct session_request *request)
{
	watched->asked_ns = monotonic_ns();
	watched->client = -1;
	if (request->ends_with_client && request->targets.client > 0)
		watched->client = (int)syscall(SYS_pidfd_open, request->targets.client, 0);
}

/* A column costs a look at every thread: with many, looks are taken less often. */
static uint64_t column_width(struct watcher *watcher)
{
	uint64_t width_ns = probe_slots_used(watcher->probe) * COLUMN_NS_PER_THREAD;

	return width_ns > WATCHER_TICK_NS ? width_ns : WATCHER_TICK_NS;
}

static void make_id(char id[SESSION_ID_LEN])
{
	uint64_t random = monotonic_ns();

	if (getrandom(&random, sizeof(random), 0) < 0)
		random ^= (uint64_t)getpid() << 32;
	snprintf(id, SESSION_ID_LEN, "%016lx", random);
}

/* It came to nothing; it may not even have a set yet. */
static void abandon(struct watcher *watcher, struct watched *watched)
{
	if (watched->session) {
		watcher_forget(watcher, watched);
		return;
	}
	free(watched->key);
	if (watched->client >= 0)
		close(watched->client);
	*watched = (struct watched){ .client = -1 };
}

/* The set of targets, found or made; -errno with `why`. */
static int open_set(struct watcher *watcher, struct watched *watched,
		    const struct session_request *request, char *why, size_t why_size)
{
	int set = watcher_shared_set(watcher, &request->targets, watched->key);
	bool shared = set >= 0;

	if (!shared)
		set = watcher_free_set(watcher);
	while (set < 0 && watcher_end_one(watcher))
		set = watcher_free_set(watcher);
	if (set < 0) {
		snprintf(why, why_size,
			 "%d different targets are watched already, and more are not "
			 "possible",
			 SETS_MAX);
		return set;
	}
	watched->session = session_new((uint32_t)set, probe_max_threads(watcher->probe),
				       probe_cpus(watcher->probe), &request->target);
	if (!watched->session)
		return -ENOMEM;
	if (shared)
		return 0;
	watcher_clear_set(watcher, (uint32_t)set);
	return targets_mark(watcher->probe, (uint32_t)set, &request->targets, why, why_size);
}

/* Its targets are marked: the window opens. */
static int begin(struct watcher *watcher, struct watched *watched)
{
	int r;

	watcher_note_processes(watcher, session_set(watched->session));
	watcher_note_quotas(watcher, watched);
	watcher_follow_locks(watcher, QUIET_TICKS_AT_FIRST);
	watcher_sample_code(watcher);
	/* Who was woken meanwhile and has no CPU yet is ready, not waiting. */
	probe_look(watcher->probe);
	r = first_look(watcher, watched);
	lockbook_look(watcher->lockbook);
	deadlocks_look(watcher->deadlocks, probe_now(watcher->probe));
	watcher_look_soon(watcher);
	/* Now, and once a second: at its end, somebody would have to wait for the answers. */
	watcher_ask_starts(watcher);
	session_timeline_start(watched->session, column_width(watcher));
	return r;
}

int watcher_session_open(struct watcher *watcher, const struct session_request *request,
			 char id[SESSION_ID_LEN], char *why, size_t why_size)
{
	struct watched *watched = free_session(watcher);
	int r;

	if (!watched && watcher_end_one(watcher))
		watched = free_session(watcher);
	if (!watched) {
		snprintf(why, why_size, "%u sessions are open already, and more are not possible",
			 SESSIONS_MAX);
		return -ENOSPC;
	}
	watched->losses = probe_losses(watcher->probe);
	watched->cost = watcher->cost.totals;
	watched->lost_joins = watcher->lost_joins;
	watched->lost_names = lockbook_lost(watcher->lockbook);
	watched->unnamed = lockbook_unnamed(watcher->lockbook);
	watched->unopened = lockbook_unopened(watcher->lockbook);
	watched->lost_samples = lockbook_lost_samples(watcher->lockbook);
	watched->late_homes = lockbook_late_homes(watcher->lockbook);
	watched->key = targets_key(&request->targets);
	watched->stacks = request->stacks;
	/* Threads that are watched no more give their slots to those that are marked now. */
	watcher_catch_up(watcher);
	bind_to_client(watched, request);
	r = open_set(watcher, watched, request, why, why_size);
	if (!r)
		r = begin(watcher, watched);
	if (r < 0) {
		abandon(watcher, watched);
		return r;
	}
	make_id(watched->id);
	memcpy(id, watched->id, SESSION_ID_LEN);
	return 0;
}

void watcher_session_asked(struct watcher *watcher, const char *id)
{
	struct watched *watched = watcher_find(watcher, id);

	if (watched)
		watched->asked_ns = monotonic_ns();
}

int watcher_session_close(struct watcher *watcher, const char *id)
{
	struct watched *watched = watcher_find(watcher, id);

	if (!watched)
		return -ENOENT;
	watched->is_over = true;
	return 0;
}

static uint64_t count_live(const struct watcher *watcher, uint32_t set)
{
	uint32_t used = probe_slots_used(watcher->probe);
	uint64_t live = 0;

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		live += slot && slot->life == SLOT_LIVE && (slot->sets >> set & 1);
	}
	return live;
}

bool watcher_session_at(const struct watcher *watcher, size_t index, struct session_summary *ret)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		const struct watched *watched = &watcher->sessions[i];

		if (!watched->session || watched->is_over || index-- > 0)
			continue;
		memcpy(ret->id, watched->id, SESSION_ID_LEN);
		ret->kind = session_kind(watched->session);
		ret->started_at = session_started_at(watched->session);
		ret->live_threads = count_live(watcher, session_set(watched->session));
		ret->duration_ns = probe_now(watcher->probe) - session_opened_ns(watched->session);
		return true;
	}
	return false;
}
