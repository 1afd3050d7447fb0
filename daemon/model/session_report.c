// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/version.h"
#include "base/owned.h"
#include "daemon/model/figures.h"
#include "daemon/model/parallelism.h"
#include "daemon/model/session_parts.h"

static int copy_text(const char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -1 : 0;
}

int session_target_copy(struct report_target *to, const struct report_target *from)
{
	*to = (struct report_target){ .workers = from->workers };
	if (copy_text(&to->kind, from->kind) || copy_text(&to->what, from->what) ||
	    copy_text(&to->workload, from->workload) || copy_text(&to->mode, from->mode))
		return -1;
	to->command = calloc(from->command_count + 1, sizeof(*to->command));
	if (!to->command)
		return -1;
	for (size_t i = 0; i < from->command_count; i++, to->command_count++)
		if (copy_text(&to->command[i], from->command[i]))
			return -1;
	return 0;
}

void session_target_release(struct report_target *target)
{
	for (size_t i = 0; i < target->command_count; i++)
		free((char *)target->command[i]);
	free(target->command);
	free((char *)target->kind);
	free((char *)target->what);
	free((char *)target->workload);
	free((char *)target->mode);
}

void session_process_row(struct process *process, size_t at, struct report_process *row)
{
	process->report_row = at;
	*row = (struct report_process){
		.pid = process->pid,
		.threads = process->threads,
		.folded = process->folded,
		.rss_bytes = process->rss_bytes,
		.pss_bytes = process->pss_bytes,
		.figures = process->exited,
	};
}

static void fill_processes(struct session *session)
{
	struct report *report = &session->report;

	for (size_t i = 0; i < session->report_process_count; i++) {
		const struct process *process = process_at(session->processes, i);
		struct report_process *row = &session->report_processes[i];

		/* Only now: a look at a thread may have told the name. */
		row->name = process->pid ? process->name : "(others)";
		row->command = process->command ? process->command : row->name;
		if (process->pid)
			session->report_pids[report->target.pids_count++] = process->pid;
	}
	report->target.pids = session->report_pids;
	report->processes = session->report_processes;
	report->processes_count = session->report_process_count;
	report->totals.processes = session->report_process_count;
}

static uint8_t percent_of(uint8_t share)
{
	return (uint8_t)((share * 100 + LIFE_WHOLE / 2) / LIFE_WHOLE);
}

/* The open column counts when anything of it has passed. */
static void fill_timeline(struct session *session)
{
	const struct life_clock *clock = &session->clock;

	session->report.timeline = (struct report_timeline){
		.column_ns = clock->column_ns,
		.columns = clock->columns + (session->now_ns > clock->since_ns),
	};
}

static void fill_life(const struct thread_row *row, size_t columns, struct life *percent,
		      struct report_life *ret)
{
	for (size_t i = 0; i < columns; i++) {
		percent->running[i] = percent_of(row->life.running[i]);
		percent->ready[i] = percent_of(row->life.ready[i]);
		percent->waiting[i] = percent_of(row->life.waiting[i]);
	}
	*ret = (struct report_life){ .running = { percent->running, columns },
				     .ready = { percent->ready, columns },
				     .waiting = { percent->waiting, columns } };
}

/* Waits of a thread whose cause is another than it looked. */
static void move_waits(const struct session *session, struct report_thread *thread,
		       struct wait_sum rows[SYSCALL_ROWS], size_t *rows_count)
{
	size_t count;
	const struct wait_move *moves =
		wait_moves_of(session->moves, session->moves_count, thread->tid, &count);

	for (size_t i = 0; i < count; i++) {
		if (moves[i].pid != thread->pid)
			continue;
		wait_move_figures(&thread->figures, &moves[i]);
		wait_move_rows(rows, rows_count, SYSCALL_ROWS, &moves[i]);
	}
}

/* The same for the sums, which have all of them. */
static void move_sums(struct session *session)
{
	struct wait_sums *waits = &session->sums.waits;

	for (size_t i = 0; i < session->moves_count; i++) {
		const struct wait_move *move = &session->moves[i];

		wait_move_figures(&session->report.totals.figures, move);
		wait_move_rows(waits->rows, &waits->count, WAIT_SUMS_MAX, move);
		for (size_t k = 0; k < session->report_process_count; k++)
			if (session->report_processes[k].pid == move->pid)
				wait_move_figures(&session->report_processes[k].figures, move);
	}
}

static void fill_threads(struct session *session)
{
	struct report_thread *to = session->report_threads;
	size_t columns = session->report.timeline.columns;
	struct report_syscall *room = session->report_syscalls;
	struct wait_sum sums[SYSCALL_ROWS];
	size_t count;

	for (size_t i = 0; i < session->exited_count + session->row_count; i++, to++) {
		const struct thread_row *row = i < session->exited_count
						       ? &session->exited[i]
						       : &session->rows[i - session->exited_count];

		*to = row->row;
		to->name = row->name;
		count = wait_rows_of(row->syscalls, sums);
		move_waits(session, to, sums, &count);
		room = waits_fill(&to->figures, sums, count, room);
		fill_life(row, columns, &session->report_lives[i], &to->life);
	}
	waits_fill(&session->report.totals.figures, session->sums.waits.rows,
		   session->sums.waits.count, room);
	session->report.threads = session->report_threads;
	session->report.threads_count = session->exited_count + session->row_count;
}

/* other = what is left; its error is that of the clocks' agreement, below a microsecond a switch.
 */
static void fill_cpus(struct session *session, uint64_t duration_ns)
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
		row->other_ns = duration_ns > known_ns ? duration_ns - known_ns : 0;
	}
	report->cpus = session->report_cpus;
}

__attribute__((format(printf, 2, 3))) static void add_reason(struct session *session,
							     const char *format, ...)
{
	struct report_completeness *completeness = &session->report.completeness;
	size_t at = completeness->reasons_count;
	va_list args;

	if (at == REASONS_MAX)
		return;
	va_start(args, format);
	vsnprintf(session->reason_texts[at], sizeof(session->reason_texts[at]), format, args);
	va_end(args);
	session->reasons[at] = session->reason_texts[at];
	completeness->reasons_count++;
}

static void fill_completeness(struct session *session, const struct session_health *health)
{
	struct report_completeness *completeness = &session->report.completeness;
	uint64_t lost_moves = session->last_set.lost - session->first_set.lost;

	*completeness = (struct report_completeness){
		.lost_records = health->lost_records,
		.untracked_threads = health->untracked_threads,
		.lost_stacks = health->lost_stacks,
		.clamped = session->sums.clamped,
		.missed_switches = session->sums.missed_switches + health->recursion_misses,
		.reasons = session->reasons,
	};
	if (health->lost_records)
		add_reason(session,
			   "%lu records of exits or execs did not fit into the ring buffer",
			   health->lost_records);
	if (health->untracked_threads)
		add_reason(session,
			   "%lu threads found no free slot and were not watched (--max-threads)",
			   health->untracked_threads);
	if (health->lost_joins)
		add_reason(session, "%lu processes that came into the cgroup were not watched",
			   health->lost_joins);
	if (health->deep_joins)
		add_reason(
			session,
			"%lu tasks came into a cgroup more than 64 levels deep and may be missing",
			health->deep_joins);
	if (completeness->missed_switches)
		add_reason(session, "%lu switches were missed", completeness->missed_switches);
	if (completeness->clamped)
		add_reason(session, "%lu negative time differences were set to 0",
			   completeness->clamped);
	if (health->lost_locks)
		add_reason(session, "%lu waits for futexes found no room in the table of locks",
			   health->lost_locks);
	if (lost_moves)
		add_reason(session, "%lu changes of the parallelism were lost", lost_moves);
	completeness->complete = completeness->reasons_count == 0;
}

static void fill_probes(struct session *session, const struct session_health *health)
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

static bool make_room(struct session *session)
{
	size_t threads = session->exited_count + session->row_count;
	size_t rows = WAIT_ROWS_FOR(SYSCALL_ROWS) * threads + WAIT_ROWS_FOR(WAIT_SUMS_MAX);

	free(session->report_threads);
	free(session->report_pids);
	free(session->report_lives);
	free(session->report_syscalls);
	session->report_syscalls = calloc(rows, sizeof(*session->report_syscalls));
	session->report_lives = calloc(threads + 1, sizeof(*session->report_lives));
	session->report_threads = calloc(threads + 1, sizeof(*session->report_threads));
	session->report_pids = calloc(session->report_process_count + 1, sizeof(uint64_t));
	if (!session->report_cpus)
		session->report_cpus = calloc(session->cpu_count, sizeof(*session->report_cpus));
	return session->report_threads && session->report_pids && session->report_cpus &&
	       session->report_lives && session->report_syscalls;
}

struct report *session_report_end(struct session *session, const struct report_host *host,
				  const struct session_health *health)
{
	struct report *report = &session->report;
	uint64_t duration_ns = session->now_ns - session->opened_ns;

	if (!make_room(session))
		return NULL;
	*report = (struct report){
		.schema = REPORT_SCHEMA,
		.partrace = PARTRACE_VERSION,
		.host = *host,
		.target = session->target,
		.window = { .started_at = session->started_at, .duration_ns = duration_ns },
		.totals = { .threads = session->sums.threads, .figures = session->sums.figures },
	};
	if (lock_window_report_waits(session->locks, &session->moves, &session->moves_count) < 0)
		return NULL;
	fill_processes(session);
	fill_timeline(session);
	move_sums(session);
	fill_threads(session);
	fill_cpus(session, duration_ns);
	parallelism_between(&session->first_set, &session->last_set, duration_ns, session->levels,
			    &report->parallelism);
	run_queue_summary(session->sums.run_queue, session->sums.figures.ready_ns,
			  session->sums.max_ready_ns, &report->run_queue);
	run_queue_rows(session->sums.run_queue, session->buckets, &report->run_queue);
	culprits_since(&session->first_culprits, &session->culprits);
	culprits_fill(&session->culprits, session->sums.figures.ready_ns, report->threads,
		      report->threads_count, &report->run_queue);
	if (lock_window_report_end(session->locks, report) < 0)
		return NULL;
	fill_completeness(session, health);
	fill_probes(session, health);
	return report;
}
