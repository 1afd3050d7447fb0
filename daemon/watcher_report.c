// SPDX-License-Identifier: BSD-2-Clause
/* A session's report: looks at all that the probes share, in an order that loses nothing. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/host.h"
#include "daemon/hurry.h"
#include "daemon/probe/copy.h"
#include "daemon/stuck.h"
#include "daemon/watcher_parts.h"

struct lock_tables watcher_lock_tables(const struct watcher *watcher, uint32_t set)
{
	return (struct lock_tables){ .row_keys = probe_lock_keys(watcher->probe),
				     .edge_keys = probe_edge_keys(watcher->probe),
				     .rows = probe_locks(watcher->probe),
				     .edges = probe_edges(watcher->probe),
				     .losses = probe_lock_losses(watcher->probe, set) };
}

static const char *sample_note(int error)
{
	switch (error) {
	case 0:
		return NULL;
	case -EOPNOTSUPP:
		return "code was not sampled: this kernel does not load the program for it";
	case -EACCES:
	case -EPERM:
		return "code was not sampled: the kernel refuses perf_event_open (it needs "
		       "CAP_PERFMON, or a lower kernel.perf_event_paranoid)";
	case -ENOENT:
		return "code was not sampled: this kernel has no perf events of the kind cpu-clock";
	default:
		return "code was not sampled: perf_event_open failed";
	}
}

static struct session_health health_since(struct watcher *watcher, const struct watched *watched)
{
	struct probe_losses now = probe_losses(watcher->probe), then = watched->losses;
	struct session_health health = {
		.lost_records = now.records - then.records,
		.untracked_threads = now.untracked - then.untracked,
		.recursion_misses = now.recursion_misses - then.recursion_misses,
		.lost_stacks = now.stacks - then.stacks + lockbook_lost(watcher->lockbook) -
			       watched->lost_names,
		.lost_samples = now.samples - then.samples +
				lockbook_lost_samples(watcher->lockbook) - watched->lost_samples,
		.sample_period_ns = probe_sample_period_ns(watcher->probe),
		.sample_note = sample_note(watcher->sample_error),
		.lost_edges = now.edges - then.edges,
		.lost_locks = now.locks - then.locks,
		.unnamed = lockbook_unnamed(watcher->lockbook) - watched->unnamed,
		.unopened = lockbook_unopened(watcher->lockbook) - watched->unopened,
		.late_homes = lockbook_late_homes(watcher->lockbook) - watched->late_homes,
		.lost_joins = watcher->lost_joins - watched->lost_joins,
		.deep_joins = now.deep - then.deep,
		.lost_quotas = watched->quotas.more_count,
	};

	cost_since(&watched->cost, &watcher->cost.totals, watcher->host.cpus, &health);
	return health;
}

const struct thread_slot *watcher_member(const struct watcher *watcher, uint32_t index,
					 uint32_t set)
{
	const struct thread_slot *slot = probe_slot(watcher->probe, index);

	/* Who has died since the last look for such is shown: it is no exit yet. */
	return slot && slot->life != SLOT_FREE && (slot->sets >> set & 1) ? slot : NULL;
}

static int show_thread(struct watcher *watcher, const struct watched *watched,
		       const struct thread_slot *slot)
{
	struct standing_stack stack = lockbook_thread_stack(watcher->lockbook, slot);

	return session_report_thread(watched->session, slot->index, slot, &stack, watched->stacks);
}

static int show_threads(struct watcher *watcher, const struct watched *watched)
{
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(watched->session);
	const struct frozen *frozen = watched->frozen;
	struct thread_slot slot;
	int r = 0;

	for (uint32_t i = 0; frozen && !r && i < frozen->slots_count; i++)
		r = show_thread(watcher, watched, &frozen->slots[i]);
	for (uint32_t i = 0; !frozen && !r && i < used; i++) {
		const struct thread_slot *shared = watcher_member(watcher, i, set);

		if (!shared)
			continue;
		slot_copy(shared, &slot);
		r = show_thread(watcher, watched, &slot);
	}
	return r;
}

static void show_cpus(struct watcher *watcher, const struct watched *watched)
{
	const struct frozen *frozen = watched->frozen;

	for (uint32_t cpu = 0; cpu < probe_cpus(watcher->probe); cpu++)
		if (host_cpu_online(cpu))
			session_report_cpu(watched->session, cpu,
					   frozen ? &frozen->cpus[cpu]
						  : probe_cpu(watcher->probe, cpu),
					   frozen ? &frozen->culprits[cpu]
						  : probe_culprits(watcher->probe, cpu));
}

static void quotas_fill(struct watcher *watcher, const struct watched *watched,
			struct report *report)
{
	for (size_t i = 0; i < watched->quotas.count; i++) {
		const struct quota *quota = &watched->quotas.rows[i];

		watcher->report_quotas[i] = (struct report_quota){
			.cgroup = quota->cgroup,
			.cpus = quota->cpus,
			.watched_ns = quota->watched_ns < report->window.duration_ns
					      ? quota->watched_ns
					      : report->window.duration_ns,
			.throttled_ns = quota->taken.throttled_ns,
			.periods = quota->taken.periods,
			.throttled_periods = quota->taken.throttled_periods,
		};
	}
	report->quotas = watcher->report_quotas;
	report->quotas_count = watched->quotas.count;
}

/* Without being asked for all, only so many: who waits for a lock or has one, and for long enough
 * to matter.
 */
#define OPEN_STACKS_MAX 256
#define OPEN_STACK_NS   1000000ull

static bool is_one_of(const uint32_t *tids, size_t count, uint32_t tid)
{
	for (size_t i = 0; i < count; i++)
		if (tids[i] == tid)
			return true;
	return false;
}

struct owners {
	uint32_t tids[OPEN_STACKS_MAX];
	size_t count;
};

static bool wants_stack(const struct watched *watched, const struct thread_slot *slot,
			const struct owners *owners, uint64_t now_ns)
{
	if (!slot || slot->life != SLOT_LIVE || !(slot->sets >> session_set(watched->session) & 1))
		return false;
	return watched->stacks ||
	       (watched->asked.threads < OPEN_STACKS_MAX &&
		now_ns - slot->since_ns >= OPEN_STACK_NS &&
		(slot->futex || is_one_of(owners->tids, owners->count, slot->shown_tid)));
}

/*
 * Where threads of the session wait now: asked for, to be named by the report. As many as there is
 * room for, and the others when names have come: true, all of them have been.
 */
static bool ask_threads(struct watcher *watcher, struct watched *watched)
{
	uint32_t used = probe_slots_used(watcher->probe);
	uint64_t now_ns = probe_now(watcher->probe);
	struct owners owners;

	if (watched->asked.next_slot >= used)
		return true;
	/* Where all are asked for, who has a lock makes no difference. */
	owners.count = watched->stacks
			       ? 0
			       : lockbook_owners(watcher->lockbook, owners.tids, OPEN_STACKS_MAX);
	for (; watched->asked.next_slot < used; watched->asked.next_slot++) {
		uint32_t at = watched->asked.next_slot;

		if (!wants_stack(watched, probe_slot(watcher->probe, at), &owners, now_ns))
			continue;
		if (!lockbook_ask_thread(watcher->lockbook, at))
			return false;
		watched->asked.threads++;
	}
	return true;
}

/* Stacks first: the name of a lock can be had later, and where a thread waits now cannot. */
static void ask_on(struct watcher *watcher, struct watched *watched)
{
	watched->asked.is_all =
		ask_threads(watcher, watched) && lockbook_ask_places(watcher->lockbook);
	watched->asked.names = lockbook_asked(watcher->lockbook);
}

void watcher_session_ask_names(struct watcher *watcher, const char *id)
{
	struct watched *watched = watcher_find(watcher, id);

	if (!watched)
		return;
	watcher_catch_up(watcher);
	lockbook_look(watcher->lockbook);
	deadlocks_find(watcher->deadlocks, probe_now(watcher->probe));
	probe_look(watcher->probe);
	watched->asked.next_slot = watched->asked.threads = 0;
	ask_on(watcher, watched);
	session_expect_threads(watched->session,
			       watcher_count_members(watcher, session_set(watched->session)));
}

bool watcher_session_has_names(struct watcher *watcher, const char *id)
{
	struct watched *watched = watcher_find(watcher, id);

	watcher_take_names(watcher);
	if (!watched)
		return true;
	if (!watched->asked.is_all)
		ask_on(watcher, watched);
	return lockbook_answered(watcher->lockbook) >= watched->asked.names;
}

void watcher_session_give_up(struct watcher *watcher, const char *id)
{
	struct watched *watched = watcher_find(watcher, id);

	if (watched)
		watched->asked.is_given_up = true;
}

void watcher_look(struct watcher *watcher, struct watched *watched, struct looks *ret)
{
	uint32_t set = session_set(watched->session);

	watcher_catch_up(watcher);
	watcher_note_processes(watcher, set);
	watcher_note_quotas(watcher, watched);
	lockbook_look(watcher->lockbook);
	watcher_take_names(watcher);
	*ret = (struct looks){ .tables = watcher_lock_tables(watcher, set),
			       .health = health_since(watcher, watched) };
	/* From here on quickly: what threads do after `now` is guessed back from where they are. */
	ret->hurried = hurry_begin();
	probe_look(watcher->probe);
	ret->now_ns = probe_now(watcher->probe);
	set_copy(probe_set(watcher->probe, set), &ret->totals);
}

static int make_report(struct watcher *watcher, struct watched *watched, const struct looks *looks,
		       struct report **ret)
{
	struct session *session = watched->session;
	int r = session_report_begin(session, looks->now_ns, &looks->totals);

	if (!r)
		r = lock_window_report_begin(session_locks(session), &looks->tables, lockbook_fact,
					     watcher->lockbook, looks->now_ns);
	if (!r) {
		show_cpus(watcher, watched);
		r = show_threads(watcher, watched);
	}
	/* All that moves on has been looked at: to write it down is no hurry. */
	hurry_end(looks->hurried);
	if (r < 0)
		return r;
	*ret = session_report_end(session, &watcher->host, &looks->health);
	return *ret ? 0 : -ENOMEM;
}

int watcher_session_report(struct watcher *watcher, const char *id, const struct report **ret)
{
	struct watched *watched = watcher_find(watcher, id);
	struct report *report;
	struct looks looks;
	int r;

	if (!watched)
		return -ENOENT;
	watched->asked_ns = monotonic_ns();
	if (watched->frozen) {
		watcher_take_names(watcher);
		/* Names that have come since may tell other kinds of locks. */
		lockbook_look(watcher->lockbook);
		looks = watched->frozen->looks;
	} else {
		watcher_look(watcher, watched, &looks);
	}
	watcher_note_late_names(watcher, watched, &looks.health);
	r = make_report(watcher, watched, &looks, &report);
	if (r < 0)
		return r;
	quotas_fill(watcher, watched, report);
	r = deadlocks_fill(watcher->deadlocks, session_set(watched->session),
			   session_opened_ns(watched->session), report);
	if (!r)
		r = stuck_fill(watcher->probe, watcher->lockbook, looks.now_ns, report);
	tracers_fill(&watcher->tracers, report);
	if (!r)
		watcher_add_reasons(watcher, watched, report);
	if (!r)
		r = diagnose(report, &watcher->diagnosis);
	if (r < 0)
		return r;
	*ret = report;
	return 0;
}
