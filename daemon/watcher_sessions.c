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
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

/* Reading the memory of a process makes the kernel walk its pages: only so many at a time. */
#define MEMORY_READS_MAX 256
#define QUOTA_READS_MAX  64

#define COLUMN_NS_PER_THREAD 20000ull

static struct watched *find(struct watcher *watcher, const char *id)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher->sessions[i].session && !strcmp(watcher->sessions[i].id, id))
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

static bool set_is_used(const struct watcher *watcher, uint32_t set)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (watcher_is_in(&watcher->sessions[i], 1u << set))
			return true;
	return false;
}

/* In turn, so that a set rests as long as possible before it is used again. */
static int free_set(struct watcher *watcher)
{
	for (uint32_t i = 0; i < SETS_MAX; i++) {
		uint32_t set = (watcher->next_set + i) % SETS_MAX;

		if (set_is_used(watcher, set))
			continue;
		watcher->next_set = (set + 1) % SETS_MAX;
		return set;
	}
	return -ENOSPC;
}

/*
 * A set that has just the targets that are asked for: named alike, and nobody else has come in
 * since (a child that was followed would be no target of a session that begins now).
 */
static int shared_set(struct watcher *watcher, const struct target_request *request,
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
		if (same && members)
			return set;
	}
	return -ENOENT;
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
		watcher_note_process(watcher, 1u << set, last, slot->process_ktime_ns,
				     reads++ < MEMORY_READS_MAX);
	}
}

/* Of the first processes: what comes later is mostly their children, in the same cgroups. */
static void note_quotas(struct watcher *watcher, struct watched *watched, uint32_t set)
{
	uint32_t used = probe_slots_used(watcher->probe), reads = 0;
	uint32_t last = 0;

	for (uint32_t i = 0; i < used && reads < QUOTA_READS_MAX; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (!slot || slot->life != SLOT_LIVE || !(slot->sets >> set & 1) ||
		    slot->pid == last)
			continue;
		last = slot->pid;
		quotas_note(&watched->quotas, (pid_t)last);
		reads++;
	}
}

static struct lock_tables lock_tables_of(const struct watcher *watcher, uint32_t set)
{
	return (struct lock_tables){ .rows = probe_lock(watcher->probe, 0),
				     .edges = probe_edge(watcher->probe, 0),
				     .losses = probe_lock_losses(watcher->probe, set) };
}

static int first_look(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session), used = probe_slots_used(watcher->probe);
	struct lock_tables tables = lock_tables_of(watcher, set);
	struct set_totals totals;
	char started_at[40];
	struct thread_slot slot;
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
	return r;
}

/* Nobody is a member of the set now, so the probes leave its sums alone. */
static void clear_culprits(struct culprit_table *table, uint32_t set)
{
	table->idle_ns[set] = table->evicted_ns[set] = 0;
	for (uint32_t i = 0; i < CULPRIT_ROWS; i++) {
		struct culprit *row = &table->rows[i];

		row->ahead_ns[set] = row->taken_ns[set] = 0;
		row->ahead[set] = row->taken[set] = 0;
	}
}

static void clear_set(struct watcher *watcher, uint32_t set)
{
	struct set_totals *totals = probe_set(watcher->probe, set);

	memset(totals, 0, sizeof(*totals));
	totals->word = probe_now(watcher->probe) & SET_TIME_MASK;
	for (uint32_t cpu = 0; cpu < probe_cpus(watcher->probe); cpu++)
		clear_culprits(probe_culprits(watcher->probe, cpu), set);
}

/* Rows that only sets without a session have figures in. */
static void forget_locks(struct watcher *watcher)
{
	uint32_t used = 0;

	for (uint32_t set = 0; set < SETS_MAX; set++)
		used |= (uint32_t)set_is_used(watcher, set) << set;
	for (uint32_t i = 0; i < LOCK_ROWS; i++)
		if (!(probe_lock(watcher->probe, i)->sets & used))
			probe_lock_free(watcher->probe, i);
	for (uint32_t i = 0; i < EDGE_ROWS; i++)
		if (!(probe_edge(watcher->probe, i)->sets & used))
			probe_edge_free(watcher->probe, i);
}

void watcher_forget(struct watcher *watcher, struct watched *watched)
{
	uint32_t set = session_set(watched->session);

	session_free(watched->session);
	free(watched->key);
	if (watched->client >= 0)
		close(watched->client);
	*watched = (struct watched){ .client = -1 };
	if (set_is_used(watcher, set))
		return;
	targets_forget(watcher->probe, set);
	forget_locks(watcher);
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
	int set = shared_set(watcher, &request->targets, watched->key);
	bool shared = set >= 0;

	if (!shared)
		set = free_set(watcher);
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
	clear_set(watcher, (uint32_t)set);
	return targets_mark(watcher->probe, (uint32_t)set, &request->targets, why, why_size);
}

int watcher_session_open(struct watcher *watcher, const struct session_request *request,
			 char id[SESSION_ID_LEN], char *why, size_t why_size)
{
	struct watched *watched = free_session(watcher);
	int r;

	if (!watched) {
		snprintf(why, why_size, "%u sessions are open already, and more are not possible",
			 SESSIONS_MAX);
		return -ENOSPC;
	}
	watched->losses = probe_losses(watcher->probe);
	watched->cost = watcher->cost.totals;
	watched->lost_joins = watcher->lost_joins;
	watched->key = targets_key(&request->targets);
	watched->stacks = request->stacks;
	bind_to_client(watched, request);
	r = open_set(watcher, watched, request, why, why_size);
	if (!r) {
		note_processes(watcher, session_set(watched->session));
		note_quotas(watcher, watched, session_set(watched->session));
		watcher_follow_locks(watcher);
		/* Who was woken meanwhile and has no CPU yet is ready, not waiting. */
		probe_look(watcher->probe);
		r = first_look(watcher, watched);
		lockbook_look(watcher->lockbook);
		deadlocks_look(watcher->deadlocks, probe_now(watcher->probe));
		session_timeline_start(watched->session, column_width(watcher));
	}
	if (r < 0) {
		abandon(watcher, watched);
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
		.lost_stacks = now.stacks - then.stacks,
		.lost_locks = now.locks - then.locks,
		.lost_joins = watcher->lost_joins - watched->lost_joins,
		.deep_joins = now.deep - then.deep,
	};

	cost_since(&watched->cost, &watcher->cost.totals, watcher->host.cpus, &health);
	return health;
}

static int live_threads(struct watcher *watcher, const struct watched *watched)
{
	struct session *session = watched->session;
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(session);
	const struct report_frame *frames;
	struct thread_slot slot;
	size_t count = 0;
	int r = 0;

	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *shared = probe_slot(watcher->probe, i);

		if (!shared || shared->life != SLOT_LIVE || !(shared->sets >> set & 1))
			continue;
		slot_copy(shared, &slot);
		frames = watched->stacks ? lockbook_thread_frames(watcher->lockbook, &slot, &count)
					 : NULL;
		r = session_report_thread(session, i, &slot, frames, frames ? count : 0);
	}
	return r;
}

static void quotas_fill(struct watcher *watcher, const struct watched *watched,
			struct report *report)
{
	quotas_since(&watched->quotas, &watcher->quotas);
	for (size_t i = 0; i < watcher->quotas.count; i++) {
		const struct quota *quota = &watcher->quotas.rows[i];

		watcher->report_quotas[i] = (struct report_quota){
			.cgroup = quota->cgroup,
			.cpus = quota->cpus,
			.throttled_ns = quota->throttled_ns,
			.periods = quota->periods,
			.throttled_periods = quota->throttled_periods,
		};
	}
	report->quotas = watcher->report_quotas;
	report->quotas_count = watcher->quotas.count;
}

/* Where every thread of the session waits now: asked for, to be named by the report. */
static void ask_threads(struct watcher *watcher, const struct session *session)
{
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(session);

	probe_look(watcher->probe);
	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (slot && slot->life == SLOT_LIVE && (slot->sets >> set & 1))
			lockbook_ask_thread(watcher->lockbook, i);
	}
}

uint64_t watcher_session_ask_names(struct watcher *watcher, const char *id)
{
	const struct watched *watched = find(watcher, id);

	if (!watched)
		return 0;
	watcher_catch_up(watcher);
	lockbook_look(watcher->lockbook);
	deadlocks_find(watcher->deadlocks, probe_now(watcher->probe));
	if (watched->stacks)
		ask_threads(watcher, watched->session);
	return lockbook_asked(watcher->lockbook);
}

bool watcher_has_names(struct watcher *watcher, uint64_t asked)
{
	watcher_take_names(watcher);
	return lockbook_answered(watcher->lockbook) >= asked;
}

int watcher_session_report(struct watcher *watcher, const char *id, const struct report **ret)
{
	struct watched *watched = find(watcher, id);
	struct session_health health;
	struct lock_tables tables;
	struct set_totals totals;
	struct report *report;
	uint64_t now_ns;
	int r;

	if (!watched)
		return -ENOENT;
	watched->asked_ns = monotonic_ns();
	watcher_catch_up(watcher);
	note_processes(watcher, session_set(watched->session));
	tables = lock_tables_of(watcher, session_set(watched->session));
	lockbook_look(watcher->lockbook);
	watcher_take_names(watcher);
	health = health_since(watcher, watched);
	/* From here on quickly: what threads do after `now` is guessed back from where they are. */
	probe_look(watcher->probe);
	now_ns = probe_now(watcher->probe);
	set_copy(probe_set(watcher->probe, session_set(watched->session)), &totals);
	r = session_report_begin(watched->session, now_ns, &totals);
	if (!r)
		r = lock_window_report_begin(session_locks(watched->session), &tables,
					     lockbook_fact, watcher->lockbook, now_ns);
	for (uint32_t cpu = 0; !r && cpu < probe_cpus(watcher->probe); cpu++)
		if (host_cpu_online(cpu))
			session_report_cpu(watched->session, cpu, probe_cpu(watcher->probe, cpu),
					   probe_culprits(watcher->probe, cpu));
	if (!r)
		r = live_threads(watcher, watched);
	if (r < 0)
		return r;
	report = session_report_end(watched->session, &watcher->host, &health);
	if (!report)
		return -ENOMEM;
	quotas_fill(watcher, watched, report);
	r = deadlocks_fill(watcher->deadlocks, session_set(watched->session),
			   session_opened_ns(watched->session), report);
	if (r < 0)
		return r;
	*ret = report;
	return 0;
}

void watcher_session_asked(struct watcher *watcher, const char *id)
{
	struct watched *watched = find(watcher, id);

	if (watched)
		watched->asked_ns = monotonic_ns();
}

int watcher_session_close(struct watcher *watcher, const char *id)
{
	struct watched *watched = find(watcher, id);

	if (!watched)
		return -ENOENT;
	watcher_forget(watcher, watched);
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

		if (!watched->session || index-- > 0)
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
