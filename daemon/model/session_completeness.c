// SPDX-License-Identifier: BSD-2-Clause
/* What a session lost, in words, and what its probes cost. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/owned.h"
#include "daemon/model/session_parts.h"

/* So many of something that was lost, between what is said before the number and behind it. */
struct loss {
	uint64_t count;
	const char *before, *behind;
};

void session_add_reason(struct session *session, const char *format, ...)
{
	struct report_completeness *completeness = &session->report.completeness;
	size_t at = completeness->reasons_count;
	va_list arguments;

	if (at == REASONS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(session->reason_texts[at], sizeof(session->reason_texts[at]), format, arguments);
	va_end(arguments);
	session->reasons[at] = session->reason_texts[at];
	completeness->reasons_count++;
	completeness->complete = false;
}

static void add_reasons(struct session *session, const struct session_health *health)
{
	const struct report_completeness *completeness = &session->report.completeness;
	const struct loss losses[] = {
		{ health->lost_records, "",
		  "records of exits or execs did not fit into the ring buffer" },
		{ health->untracked_threads, "",
		  "threads found no free slot and were not watched (--max-threads)" },
		{ health->lost_joins, "", "processes that came into the cgroup were not watched" },
		{ health->deep_joins, "",
		  "tasks came into a cgroup more than 64 levels deep and may be missing" },
		{ health->lost_quotas, "CPU quotas of ",
		  "more cgroups bind the target's processes: what these took is not told" },
		{ completeness->missed_switches, "", "switches were missed" },
		{ completeness->clamped, "", "negative time differences were set to 0" },
		{ health->lost_locks, "", "waits for futexes found no room in the table of locks" },
		/* Locks that are told from other waits by who waited for them. */
		{ lock_window_threadless_ns(session->locks) ? health->lost_edges : 0, "rows of ",
		  "waiters and holders of locks had to make room for others': waits for a GIL or "
		  "for a semaphore may be told as waits for a condition" },
		{ health->late_homes, "",
		  "times it was known late that processes waited for the same lock: who held it "
		  "until then may be wrong" },
		{ health->late_stacks, "",
		  "stacks had no names yet when the report was made: where these threads wait is "
		  "not told, and what kind of lock that is may be wrong; ask again" },
		{ health->late_places, "",
		  "locks had no names yet when the report was made: ask again" },
		{ health->unnamed, "",
		  "times a name of code found no room in the daemon's memory: start partraced "
		  "anew" },
		{ health->unopened, "",
		  "times no file could be opened for names of code and locks: raise partraced's "
		  "limit of open files, with `ulimit -n 1024`" },
		{ session->last_set.lost - session->first_set.lost, "",
		  "changes of the parallelism were lost" },
	};

	_Static_assert(ARRAY_LEN(losses) == REASONS_COUNTED, "room for all of them at once");
	for (size_t i = 0; i < ARRAY_LEN(losses); i++)
		if (losses[i].count)
			session_add_reason(session, "%s%lu %s", losses[i].before, losses[i].count,
					   losses[i].behind);
}

void session_fill_completeness(struct session *session, const struct session_health *health)
{
	struct report_completeness *completeness = &session->report.completeness;

	*completeness = (struct report_completeness){
		.lost_records = health->lost_records,
		.untracked_threads = health->untracked_threads,
		.lost_stacks = health->lost_stacks + lock_window_lost_stacks(session->locks),
		.short_stacks = lock_window_short_stacks(session->locks),
		.late_stacks = health->late_stacks,
		.lost_samples = health->lost_samples,
		.clamped = session->sums.clamped,
		.missed_switches = session->sums.missed_switches + health->recursion_misses,
		.reasons = session->reasons,
		.complete = true,
	};
	add_reasons(session, health);
}

void session_fill_probes(struct session *session, const struct session_health *health)
{
	const struct report_figures *figures = &session->report.totals.figures;
	bool measured = health->sampled_ns != 0;

	session->report.probes = (struct report_probes){
		.events = figures->voluntary + figures->involuntary,
		.ns_per_event = measured ? health->ns_per_event : NAN,
		.share_of_cpu = measured ? health->share_of_cpu : NAN,
		.sampled_ns = measured ? health->sampled_ns : NO_VALUE,
	};
}
