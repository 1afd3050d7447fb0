// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/watcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/host.h"
#include "daemon/model/session.h"
#include "daemon/probe/copy.h"
#include "daemon/probe/probe.h"
#include "daemon/procfs.h"
#include "daemon/watcher_cost.h"

/* Reading the memory of a process makes the kernel walk its pages: only so many at a time. */
#define MEMORY_READS_MAX 256

#define COLUMN_NS_PER_THREAD 20000ull

struct watched {
	char id[SESSION_ID_LEN];
	struct session *session;
	struct probe_losses losses; /* at the start */
	struct cost_totals cost;
};

struct watcher {
	struct probe *probe;
	struct report_host host;
	struct watched sessions[SETS_MAX]; /* one a set */
	uint32_t next_set;
	struct cost_meter cost;
};

/* ---- looking at shared memory ---- */

/* Gives a dead thread's last figures to the sessions that watch it, and its slot back. */
static void collect(struct watcher *watcher, uint32_t index)
{
	struct thread_slot *shared = probe_slot(watcher->probe, index);
	struct thread_slot slot;

	if (!shared || shared->life != SLOT_DEAD)
		return;
	slot_copy(shared, &slot);
	for (uint32_t set = 0; set < SETS_MAX; set++)
		if (watcher->sessions[set].session && (slot.sets >> set & 1))
			session_exit(watcher->sessions[set].session, index, &slot);
	probe_slot_free(watcher->probe, index);
}

static void note_process(struct watcher *watcher, uint32_t sets, pid_t pid, bool with_memory)
{
	struct process_facts facts;

	if (procfs_read(pid, with_memory, &facts) < 0)
		return;
	for (uint32_t set = 0; set < SETS_MAX; set++)
		if (watcher->sessions[set].session && (sets >> set & 1))
			session_process(watcher->sessions[set].session, pid, facts.name,
					facts.command, facts.rss_bytes, facts.pss_bytes);
}

static void on_event(const struct event *event, void *context)
{
	struct watcher *watcher = context;
	struct thread_slot *slot = probe_slot(watcher->probe, event->slot);

	if (!slot || slot->generation != event->generation)
		return;
	if (event->kind == EVENT_EXIT)
		collect(watcher, event->slot);
	else if (event->kind == EVENT_EXEC)
		note_process(watcher, slot->sets, event->pid, false);
}

/* What the ring buffer could not announce is found by looking. */
static void collect_all(struct watcher *watcher)
{
	uint32_t used = probe_slots_used(watcher->probe);

	for (uint32_t i = 0; i < used; i++)
		collect(watcher, i);
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
	if (r < 0) {
		free(watcher);
		return r;
	}
	probe_on_event(watcher->probe, on_event, watcher);
	host_read(&watcher->host);
	*ret = watcher;
	return 0;
}

void watcher_close(struct watcher *watcher)
{
	if (!watcher)
		return;
	for (uint32_t set = 0; set < SETS_MAX; set++)
		session_free(watcher->sessions[set].session);
	probe_close(watcher->probe);
	free(watcher);
}

int watcher_fd(const struct watcher *watcher)
{
	return probe_fd(watcher->probe);
}

void watcher_drain(struct watcher *watcher)
{
	probe_drain(watcher->probe);
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

void watcher_tick(struct watcher *watcher)
{
	uint64_t now_ns;

	probe_drain(watcher->probe);
	collect_all(watcher);
	now_ns = probe_now(watcher->probe);
	for (uint32_t set = 0; set < SETS_MAX; set++) {
		struct session *session = watcher->sessions[set].session;

		if (session && session_column_due(session, now_ns, WATCHER_TICK_NS))
			add_column(watcher, session, now_ns);
	}
	cost_meter_tick(&watcher->cost, watcher->probe, monotonic_ns());
}

const struct report_host *watcher_host(const struct watcher *watcher)
{
	return &watcher->host;
}

/* ---- sessions ---- */

static struct watched *find(struct watcher *watcher, const char *id)
{
	for (uint32_t set = 0; set < SETS_MAX; set++)
		if (watcher->sessions[set].session && !strcmp(watcher->sessions[set].id, id))
			return &watcher->sessions[set];
	return NULL;
}

/* In turn, so that a set rests as long as possible before it is used again. */
static int free_set(struct watcher *watcher)
{
	for (uint32_t i = 0; i < SETS_MAX; i++) {
		uint32_t set = (watcher->next_set + i) % SETS_MAX;

		if (watcher->sessions[set].session)
			continue;
		watcher->next_set = (set + 1) % SETS_MAX;
		return set;
	}
	return -ENOSPC;
}

static int want(struct watcher *watcher, const pid_t *ids, size_t count, uint32_t kind, char *why,
		size_t why_size)
{
	for (size_t i = 0; i < count; i++) {
		int r = procfs_exists(ids[i]) ? probe_want(watcher->probe, ids[i], kind) : -ESRCH;

		if (r == -ESRCH)
			snprintf(why, why_size, "there is no %s %d",
				 kind == WANT_PID ? "process" : "thread", ids[i]);
		else if (r < 0)
			snprintf(why, why_size, "target %d cannot be watched: %s", ids[i],
				 strerror(-r));
		if (r < 0)
			return r;
	}
	return 0;
}

static int mark_targets(struct watcher *watcher, uint32_t set,
			const struct session_request *request, char *why, size_t why_size)
{
	uint64_t marked = 0;
	int r;

	if (!request->pids_count && !request->tids_count) {
		snprintf(why, why_size, "a session needs at least one target: pids or tids");
		return -EINVAL;
	}
	r = want(watcher, request->pids, request->pids_count, WANT_PID, why, why_size);
	if (!r)
		r = want(watcher, request->tids, request->tids_count, WANT_TID, why, why_size);
	if (r < 0) {
		probe_forget(watcher->probe);
		return r;
	}
	r = probe_mark(watcher->probe, set, request->follow, &marked);
	if (r < 0) {
		snprintf(why, why_size, "the targets cannot be marked: %s", strerror(-r));
		return r;
	}
	if (!marked) {
		snprintf(why, why_size, "the targets are gone, or there is no free slot for them");
		return -ESRCH;
	}
	return 0;
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

/* Names, command lines and memory of every process that the set has live threads in. */
static void note_processes(struct watcher *watcher, uint32_t set)
{
	uint32_t used = probe_slots_used(watcher->probe), reads = 0;
	pid_t last = 0;

	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (!slot || slot->life != SLOT_LIVE || !(slot->sets >> set & 1) ||
		    (pid_t)slot->pid == last)
			continue;
		last = slot->pid;
		note_process(watcher, 1u << set, last, reads++ < MEMORY_READS_MAX);
	}
}

static int first_look(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session), used = probe_slots_used(watcher->probe);
	struct set_totals totals;
	char started_at[40];
	struct thread_slot slot;
	int r = 0;

	format_time(started_at, sizeof(started_at));
	set_copy(probe_set(watcher->probe, set), &totals);
	session_open(watched->session, probe_now(watcher->probe), started_at, &totals);
	for (uint32_t cpu = 0; cpu < probe_cpus(watcher->probe); cpu++)
		session_open_cpu(watched->session, cpu, probe_cpu(watcher->probe, cpu));
	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *shared = probe_slot(watcher->probe, i);

		if (!shared || shared->life == SLOT_FREE || !(shared->sets >> set & 1))
			continue;
		slot_copy(shared, &slot);
		r = session_open_thread(watched->session, i, &slot);
	}
	return r;
}

static void clear_set(struct watcher *watcher, uint32_t set)
{
	struct set_totals *totals = probe_set(watcher->probe, set);

	memset(totals, 0, sizeof(*totals));
	totals->word = probe_now(watcher->probe) & SET_TIME_MASK;
}

static void forget(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session);

	session_free(watched->session);
	*watched = (struct watched){ 0 };
	probe_unmark(watcher->probe, set);
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

int watcher_session_open(struct watcher *watcher, const struct session_request *request,
			 char id[SESSION_ID_LEN], char *why, size_t why_size)
{
	struct watched *watched;
	int r, set = free_set(watcher);

	if (set < 0) {
		snprintf(why, why_size, "%d sessions are open already, and more are not possible",
			 SETS_MAX);
		return -ENOSPC;
	}
	watched = &watcher->sessions[set];
	watched->losses = probe_losses(watcher->probe);
	watched->cost = watcher->cost.totals;
	watched->session = session_new(set, probe_max_threads(watcher->probe),
				       probe_cpus(watcher->probe), &request->target);
	if (!watched->session)
		return -ENOMEM;
	clear_set(watcher, set);
	r = mark_targets(watcher, set, request, why, why_size);
	if (!r) {
		note_processes(watcher, set);
		r = first_look(watcher, watched);
		session_timeline_start(watched->session, column_width(watcher));
	}
	if (r < 0) {
		forget(watcher, watched);
		return r;
	}
	make_id(watched->id);
	memcpy(id, watched->id, SESSION_ID_LEN);
	return 0;
}

static struct session_health health_since(struct watcher *watcher, const struct watched *watched)
{
	struct probe_losses now = probe_losses(watcher->probe), then = watched->losses;
	struct session_health health = {
		.lost_records = now.records - then.records,
		.untracked_threads = now.untracked - then.untracked,
		.recursion_misses = now.recursion_misses - then.recursion_misses,
	};

	cost_since(&watched->cost, &watcher->cost.totals, watcher->host.cpus, &health);
	return health;
}

static int live_threads(struct watcher *watcher, struct session *session)
{
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(session);
	struct thread_slot slot;
	int r = 0;

	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *shared = probe_slot(watcher->probe, i);

		if (!shared || shared->life != SLOT_LIVE || !(shared->sets >> set & 1))
			continue;
		slot_copy(shared, &slot);
		r = session_report_thread(session, i, &slot);
	}
	return r;
}

int watcher_session_report(struct watcher *watcher, const char *id, const struct report **ret)
{
	struct watched *watched = find(watcher, id);
	struct session_health health;
	struct set_totals totals;
	uint64_t now_ns;
	int r;

	if (!watched)
		return -ENOENT;
	now_ns = probe_now(watcher->probe);
	probe_look(watcher->probe);
	probe_drain(watcher->probe);
	collect_all(watcher);
	note_processes(watcher, session_set(watched->session));
	health = health_since(watcher, watched);
	set_copy(probe_set(watcher->probe, session_set(watched->session)), &totals);
	r = session_report_begin(watched->session, now_ns, &totals);
	for (uint32_t cpu = 0; !r && cpu < probe_cpus(watcher->probe); cpu++)
		if (host_cpu_online(cpu))
			session_report_cpu(watched->session, cpu, probe_cpu(watcher->probe, cpu));
	if (!r)
		r = live_threads(watcher, watched->session);
	if (r < 0)
		return r;
	*ret = session_report_end(watched->session, &watcher->host, &health);
	return *ret ? 0 : -ENOMEM;
}

int watcher_session_close(struct watcher *watcher, const char *id)
{
	struct watched *watched = find(watcher, id);

	if (!watched)
		return -ENOENT;
	forget(watcher, watched);
	return 0;
}

bool watcher_session_at(const struct watcher *watcher, size_t index, struct session_summary *ret)
{
	for (uint32_t set = 0; set < SETS_MAX; set++) {
		const struct watched *watched = &watcher->sessions[set];

		if (!watched->session || index-- > 0)
			continue;
		memcpy(ret->id, watched->id, SESSION_ID_LEN);
		ret->kind = session_kind(watched->session);
		ret->started_at = session_started_at(watched->session);
		ret->duration_ns = probe_now(watcher->probe) - session_opened_ns(watched->session);
		return true;
	}
	return false;
}
