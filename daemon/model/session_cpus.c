// SPDX-License-Identifier: BSD-2-Clause
/* What a session sees of the CPUs: a look when it opens, one for each report. */
#include "base/number.h"
#include "daemon/model/session_parts.h"

/* What is going on now belongs to the time before the window as far as it has come. */
static uint64_t idle_at(const struct cpu_totals *totals, uint64_t at_ns)
{
	uint64_t idle_ns = totals->idle_ns;

	if (totals->idle_since_ns && at_ns > totals->idle_since_ns)
		idle_ns += at_ns - totals->idle_since_ns;
	return idle_ns;
}

static struct cpu_look look_at(const struct session *session, const struct cpu_totals *totals,
			       uint64_t at_ns)
{
	return (struct cpu_look){ .idle_ns = idle_at(totals, at_ns),
				  .stolen_ns = totals->stolen_ns,
				  .target_ns = totals->target_ns[session->set] };
}

void session_open_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
		      const struct culprit_table *culprits)
{
	culprits_add(&session->first_culprits, culprits, session->set);
	session->first_cpus[cpu] = look_at(session, totals, session->opened_ns);
}

void session_report_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
			const struct culprit_table *culprits)
{
	session->cpus[cpu].online = true;
	culprits_add(&session->culprits, culprits, session->set);
	session->cpus[cpu].look = look_at(session, totals, session->now_ns);
}

static bool runs_at(const struct session *session, const struct thread_slot *slot, uint64_t at_ns)
{
	return slot->state == THREAD_RUNNING && slot->cpu < session->cpu_count &&
	       at_ns > slot->since_ns;
}

void session_runs_first(struct session *session, const struct thread_slot *slot, uint64_t at_ns)
{
	if (runs_at(session, slot, at_ns))
		session->first_cpus[slot->cpu].target_ns += at_ns - slot->since_ns;
}

void session_runs_last(struct session *session, const struct thread_slot *slot)
{
	if (runs_at(session, slot, session->now_ns))
		session->cpus[slot->cpu].look.target_ns += session->now_ns - slot->since_ns;
}

/* other = what is left; its error is the clocks' disagreement, below a microsecond a switch. */
void session_fill_cpus(struct session *session, uint64_t duration_ns)
{
	struct report *report = &session->report;

	for (uint32_t i = 0; i < session->cpu_count; i++) {
		const struct cpu_look *from = &session->first_cpus[i], *to = &session->cpus[i].look;
		struct report_cpu *row;
		uint64_t known_ns;

		if (!session->cpus[i].online)
			continue;
		row = &session->report_cpus[report->cpus_count++];
		*row = (struct report_cpu){ .cpu = i,
					    .target_ns = to->target_ns - from->target_ns,
					    .idle_ns = to->idle_ns - from->idle_ns };
		if (to->stolen_ns > from->stolen_ns)
			row->stolen_ns = to->stolen_ns - from->stolen_ns;
		known_ns = row->target_ns + row->idle_ns;
		row->other_ns = less(duration_ns, known_ns);
	}
	report->cpus = session->report_cpus;
}
