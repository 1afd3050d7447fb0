// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "api/version.h"
#include "base/owned.h"
#include "daemon/model/figures.h"
#include "daemon/model/parallelism.h"
#include "daemon/model/session_parts.h"

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
	struct wait_move *moves =
		wait_moves_of(session->moves, session->moves_count, thread->tid, &count);

	for (size_t i = 0; i < count; i++) {
		if (moves[i].pid != thread->pid)
			continue;
		wait_move_figures(&thread->figures, &moves[i]);
		wait_move_rows(rows, rows_count, SYSCALL_ROWS, &moves[i]);
	}
}

static void cut_moves(struct session *session, const struct report_thread *thread)
{
	size_t count;
	struct wait_move *moves =
		wait_moves_of(session->moves, session->moves_count, thread->tid, &count);

	wait_moves_cut(moves, count, thread->pid, &thread->figures);
}

/* The same for the sums, which have all of them: of a thread with a row no more than it gives. */
static void move_sums(struct session *session)
{
	struct wait_sums *waits = &session->sums.waits;

	for (size_t i = 0; i < session->exited_count; i++)
		cut_moves(session, &session->exited[i].row);
	for (size_t i = 0; i < session->row_count; i++)
		cut_moves(session, &session->rows[i].row);
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
		bool exited = i < session->exited_count;
		const struct thread_row *row =
			exited ? &session->exited[i] : &session->rows[i - session->exited_count];

		*to = row->row;
		bucket_list_fill(exited ? &session->exited_buckets : &session->row_buckets,
				 &row->buckets, &to->run_queue);
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

static void fill_run_queue(struct session *session)
{
	struct report *report = &session->report;
	uint64_t ready_ns = session->sums.figures.ready_ns;

	run_queue_summary(session->sums.run_queue, ready_ns, session->sums.max_ready_ns,
			  &report->run_queue);
	run_queue_rows(session->sums.run_queue, session->buckets, &report->run_queue);
	culprits_since(&session->first_culprits, &session->culprits);
	culprits_fill(&session->culprits, ready_ns, report->threads, report->threads_count,
		      &report->run_queue);
}

static void fill_sampling(struct report *report, const struct session_health *health)
{
	report->sampling = (struct report_sampling){
		.period_ns = health->sample_period_ns ? health->sample_period_ns : NO_VALUE,
		.lost_samples = health->lost_samples,
		.note = health->sample_note,
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
	session_fill_cpus(session, duration_ns);
	parallelism_between(&session->first_set, &session->last_set, duration_ns, session->levels,
			    &report->parallelism);
	fill_run_queue(session);
	if (lock_window_report_end(session->locks, report) < 0)
		return NULL;
	report->more_locks.lost_people = health->lost_edges;
	fill_sampling(report, health);
	if (code_window_report(session->code, report) < 0)
		return NULL;
	session_fill_completeness(session, health);
	session_fill_probes(session, health);
	return report;
}
