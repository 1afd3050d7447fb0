// SPDX-License-Identifier: BSD-2-Clause
/* A session's report: looks at all that the probes share, in an order that loses nothing. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/host.h"
#include "daemon/probe/copy.h"
#include "daemon/watcher_parts.h"

struct lock_tables watcher_lock_tables(const struct watcher *watcher, uint32_t set)
{
	return (struct lock_tables){ .row_keys = probe_lock_keys(watcher->probe),
				     .edge_keys = probe_edge_keys(watcher->probe),
				     .rows = probe_locks(watcher->probe),
				     .edges = probe_edges(watcher->probe),
				     .losses = probe_lock_losses(watcher->probe, set) };
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

static int show_threads(struct watcher *watcher, const struct watched *watched)
{
	struct session *session = watched->session;
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(session);
	const struct report_frame *frames;
	struct thread_slot slot;
	size_t count = 0;
	int r = 0;

	for (uint32_t i = 0; !r && i < used; i++) {
		const struct thread_slot *shared = probe_slot(watcher->probe, i);

		/* Who has died since the last look for such is shown here: it is no exit yet. */
		if (!shared || shared->life == SLOT_FREE || !(shared->sets >> set & 1))
			continue;
		slot_copy(shared, &slot);
		frames = lockbook_thread_frames(watcher->lockbook, &slot, &count);
		r = session_report_thread(session, i, &slot, frames, frames ? count : 0,
					  watched->stacks);
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

/* Without being asked for all, only so many: who waits for a lock, and for long enough to matter.
 */
#define OPEN_STACKS_MAX 256
#define OPEN_STACK_NS   1000000ull

/* Where threads of the session wait now: asked for, to be named by the report. */
static void ask_threads(struct watcher *watcher, const struct watched *watched, uint64_t now_ns)
{
	uint32_t used = probe_slots_used(watcher->probe), set = session_set(watched->session);
	uint32_t asked = 0;

	probe_look(watcher->probe);
	for (uint32_t i = 0; i < used; i++) {
		const struct thread_slot *slot = probe_slot(watcher->probe, i);

		if (!slot || slot->life != SLOT_LIVE || !(slot->sets >> set & 1))
			continue;
		if (!watched->stacks && (!slot->futex || asked == OPEN_STACKS_MAX ||
					 now_ns - slot->since_ns < OPEN_STACK_NS))
			continue;
		lockbook_ask_thread(watcher->lockbook, i);
		asked++;
	}
}

uint64_t watcher_session_ask_names(struct watcher *watcher, const char *id)
{
	const struct watched *watched = watcher_find(watcher, id);
	uint64_t now_ns;

	if (!watched)
		return 0;
	watcher_catch_up(watcher);
	lockbook_look(watcher->lockbook);
	now_ns = probe_now(watcher->probe);
	deadlocks_find(watcher->deadlocks, now_ns);
	ask_threads(watcher, watched, now_ns);
	return lockbook_asked(watcher->lockbook);
}

bool watcher_has_names(struct watcher *watcher, uint64_t asked)
{
	watcher_take_names(watcher);
	return lockbook_answered(watcher->lockbook) >= asked;
}

int watcher_session_report(struct watcher *watcher, const char *id, const struct report **ret)
{
	struct watched *watched = watcher_find(watcher, id);
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
	watcher_note_processes(watcher, session_set(watched->session));
	tables = watcher_lock_tables(watcher, session_set(watched->session));
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
		r = show_threads(watcher, watched);
	if (r < 0)
		return r;
	report = session_report_end(watched->session, &watcher->host, &health);
	if (!report)
		return -ENOMEM;
	quotas_fill(watcher, watched, report);
	r = deadlocks_fill(watcher->deadlocks, session_set(watched->session),
			   session_opened_ns(watched->session), report);
	if (!r)
		r = diagnose(report, &watcher->diagnosis);
	if (r < 0)
		return r;
	*ret = report;
	return 0;
}
