// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/model/figures.h"
#include "daemon/model/parallelism.h"
#include "daemon/model/session_parts.h"
#include "daemon/model/syscall_names.h"
#include "daemon/model/thread.h"

struct session *session_new(uint32_t set, uint32_t slots, uint32_t cpus,
			    const struct report_target *target)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->set = set;
	session->slot_count = slots;
	session->cpu_count = cpus;
	session->first = calloc(slots, sizeof(*session->first));
	session->first_cpus = calloc(cpus, sizeof(*session->first_cpus));
	session->cpus = calloc(cpus, sizeof(*session->cpus));
	session->lives = calloc(slots, sizeof(*session->lives));
	session->exited = calloc(SESSION_EXITED_ROWS, sizeof(*session->exited));
	session->processes = process_table_new(SESSION_PROCESS_ROWS);
	session->locks = lock_window_new(set);
	if (session->first && session->lives && session->first_cpus && session->cpus &&
	    session->exited && session->processes && session->locks &&
	    session_target_copy(&session->target, target) == 0)
		return session;
	session_free(session);
	return NULL;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	for (uint32_t i = 0; session->first && i < session->slot_count; i++)
		free(session->first[i]);
	for (uint32_t i = 0; session->lives && i < session->slot_count; i++)
		free(session->lives[i]);
	free(session->first);
	free(session->lives);
	free(session->first_cpus);
	free(session->cpus);
	free(session->exited);
	process_table_free(session->processes);
	lock_window_free(session->locks);
	session_target_release(&session->target);
	free(session->rows);
	free(session->report_processes);
	free(session->report_pids);
	free(session->report_lives);
	free(session->report_syscalls);
	free(session->report_threads);
	free(session->report_cpus);
	free(session);
}

struct lock_window *session_locks(const struct session *session)
{
	return session->locks;
}

uint32_t session_set(const struct session *session)
{
	return session->set;
}

const char *session_kind(const struct session *session)
{
	return session->target.kind ? session->target.kind : "attach";
}

const char *session_started_at(const struct session *session)
{
	return session->started_at;
}

uint64_t session_opened_ns(const struct session *session)
{
	return session->opened_ns;
}

/* ---- the first look ---- */

void session_open(struct session *session, uint64_t now_ns, const char *started_at,
		  const struct set_totals *set)
{
	session->opened_ns = now_ns;
	snprintf(session->started_at, sizeof(session->started_at), "%s", started_at);
	set_totals_at(set, now_ns, &session->first_set);
}

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

/* A thread that runs at the edge of the window has used its CPU up to there. */
static void add_open_run(struct cpu_look *cpus, uint32_t cpu_count, const struct thread_slot *slot,
			 uint64_t at_ns)
{
	if (slot->state == THREAD_RUNNING && slot->cpu < cpu_count && at_ns > slot->since_ns)
		cpus[slot->cpu].target_ns += at_ns - slot->since_ns;
}

int session_open_thread(struct session *session, uint32_t index, const struct thread_slot *slot)
{
	struct first_look *first;

	if (index >= session->slot_count)
		return -EINVAL;
	first = malloc(sizeof(*first));
	if (!first)
		return -ENOMEM;
	first->generation = slot->generation;
	thread_values_at(slot, session->set, session->opened_ns, session->first_set.integral, false,
			 &first->values);
	free(session->first[index]);
	session->first[index] = first;
	add_open_run(session->first_cpus, session->cpu_count, slot, session->opened_ns);
	return process_get(session->processes, slot->pid, slot->process_ktime_ns) ? 0 : -ENOMEM;
}

int session_process(struct session *session, uint32_t pid, uint64_t start_ktime_ns,
		    const char *name, const char *command, uint64_t rss_bytes, uint64_t pss_bytes)
{
	struct process *process = process_get(session->processes, pid, start_ktime_ns);

	if (!process)
		return -ENOMEM;
	if (name)
		snprintf(process->name, sizeof(process->name), "%s", name);
	if (command) {
		free(process->command);
		process->command = strdup(command);
	}
	if (rss_bytes != NO_VALUE)
		process->rss_bytes = rss_bytes;
	if (pss_bytes != NO_VALUE)
		process->pss_bytes = pss_bytes;
	return 0;
}

/* ---- threads, exited and alive ---- */

static void thread_window(struct session *session, uint32_t index, const struct thread_slot *slot,
			  uint64_t at_ns, int64_t integral, struct thread_values *ret)
{
	const struct first_look *first = session->first[index];

	thread_values_at(slot, session->set, at_ns, integral, true, ret);
	thread_values_since(first && first->generation == slot->generation ? &first->values : NULL,
			    ret);
}

static void fill_row(struct session *session, const struct thread_slot *slot,
		     const struct thread_values *values, struct thread_row *row)
{
	bool exited = slot->state == THREAD_EXITED;
	uint64_t total_ns = values->figures.ready_ns;

	memcpy(row->name, slot->comm, sizeof(slot->comm));
	row->name[COMM_LEN] = '\0';
	row->row = (struct report_thread){
		.tid = slot->shown_tid,
		.pid = slot->pid,
		.state = thread_state_name(slot->state),
		.started_ns = (int64_t)(slot->born_ns - session->opened_ns),
		.exited_ns = exited ? slot->died_ns - session->opened_ns : NO_VALUE,
		.since_ns = (int64_t)(thread_since_ns(slot) - session->opened_ns),
		.born_ready_ns = slot->born_ready_ns ? slot->born_ready_ns : NO_VALUE,
		.criticality_ns =
			values->criticality > 0 ? values->criticality >> CRITICALITY_SHIFT : 0,
		.figures = values->figures,
	};
	run_queue_summary(values->run_queue, total_ns, values->max_ready_ns, &row->row.run_queue);
	row->row.transitions = (struct report_transitions){
		.ready_to_running = row->row.run_queue.count,
		.running_to_ready = values->figures.involuntary,
		.running_to_waiting = values->figures.voluntary,
		.waiting_to_ready = values->waits_ended,
	};
	memcpy(row->syscalls, values->syscalls, sizeof(row->syscalls));
}

/* Where a live thread waits at this moment. */
static void fill_wait(const struct session *session, const struct thread_slot *slot,
		      struct report_thread *row)
{
	uint32_t number = WAIT_KEY_NUMBER(slot->wait_key);

	if (slot->state != THREAD_WAITING)
		return;
	row->syscall = number == WAIT_NO_SYSCALL ? NULL : syscall_name(number, slot->cause);
	row->waits_for = lock_window_waits_for(session->locks, slot);
}

/* The picture so far and the open column, which was `width_ns` wide when the figures were taken. */
static void fill_life(struct session *session, uint32_t index, const struct thread_slot *slot,
		      const struct thread_values *values, uint64_t width_ns, struct thread_row *row)
{
	const struct thread_life *known = session->lives[index];

	row->life = (struct life){ 0 };
	if (known && known->generation == slot->generation)
		row->life = known->life;
	life_add(&row->life, &session->clock, &values->figures, width_ns);
}

static void add_sums(struct session_sums *sums, const struct thread_values *values)
{
	figures_add(&sums->figures, &values->figures);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		sums->run_queue[i] += values->run_queue[i];
	wait_sums_add(&sums->waits, values->syscalls);
	if (values->max_ready_ns > sums->max_ready_ns)
		sums->max_ready_ns = values->max_ready_ns;
	sums->clamped += values->clamped;
	sums->missed_switches += values->missed_switches;
	sums->threads++;
}

static void process_exits(struct process *process, const struct thread_slot *slot,
			  const struct thread_values *values)
{
	process->threads++;
	figures_add(&process->exited, &values->figures);
	if (slot->max_rss_pages)
		process->rss_bytes = slot->max_rss_pages * 4096;
	if (slot->shown_tid == slot->pid)
		snprintf(process->name, sizeof(process->name), "%.*s", COMM_LEN, slot->comm);
}

static void forget_thread(struct session *session, uint32_t index)
{
	free(session->first[index]);
	free(session->lives[index]);
	session->first[index] = NULL;
	session->lives[index] = NULL;
}

int session_exit(struct session *session, uint32_t index, const struct thread_slot *slot)
{
	struct thread_values values;
	struct process *process;

	if (index >= session->slot_count)
		return -EINVAL;
	/* It was marked, and has ended before the window was open. */
	if (slot->died_ns < session->opened_ns) {
		forget_thread(session, index);
		return 0;
	}
	thread_window(session, index, slot, slot->died_ns, 0, &values);
	add_sums(&session->exited_sums, &values);
	process = process_get(session->processes, slot->pid, slot->process_ktime_ns);
	if (process)
		process_exits(process, slot, &values);
	if (process && session->exited_count < SESSION_EXITED_ROWS) {
		struct thread_row *row = &session->exited[session->exited_count++];

		fill_row(session, slot, &values, row);
		fill_life(session, index, slot, &values, session->clock.column_ns, row);
	} else if (process) {
		process->folded++;
	}
	forget_thread(session, index);
	return process ? 0 : -ENOMEM;
}

/* ---- the picture over time ---- */

void session_timeline_start(struct session *session, uint64_t column_ns)
{
	session->clock =
		(struct life_clock){ .column_ns = column_ns, .since_ns = session->opened_ns };
}

bool session_column_due(const struct session *session, uint64_t now_ns, uint64_t slack_ns)
{
	return life_column_due(&session->clock, now_ns, slack_ns);
}

static uint64_t since(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

static void take_first(struct report_figures *figures, const struct report_figures *first)
{
	figures->running_ns = since(figures->running_ns, first->running_ns);
	figures->ready_ns = since(figures->ready_ns, first->ready_ns);
	figures->waiting_ns = since(figures->waiting_ns, first->waiting_ns);
}

int session_column_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  uint64_t now_ns)
{
	struct report_figures figures = { 0 };
	const struct first_look *first;
	struct thread_life *known;

	if (index >= session->slot_count)
		return -EINVAL;
	first = session->first[index];
	known = session->lives[index];
	if (!known || known->generation != slot->generation) {
		free(known);
		known = session->lives[index] = calloc(1, sizeof(*known));
		if (!known)
			return -ENOMEM;
		known->generation = slot->generation;
	}
	thread_times_at(slot, now_ns, &figures);
	if (first && first->generation == slot->generation)
		take_first(&figures, &first->values.figures);
	life_add(&known->life, &session->clock, &figures, now_ns - session->clock.since_ns);
	return 0;
}

void session_column_close(struct session *session, uint64_t now_ns)
{
	if (!life_column_close(&session->clock, now_ns))
		return;
	for (uint32_t i = 0; i < session->slot_count; i++)
		if (session->lives[i])
			life_fold(&session->lives[i]->life);
	for (size_t i = 0; i < session->exited_count; i++)
		life_fold(&session->exited[i].life);
	life_clock_fold(&session->clock);
}

/* ---- the report ---- */

int session_report_begin(struct session *session, uint64_t now_ns, const struct set_totals *set)
{
	session->now_ns = now_ns;
	set_totals_at(set, now_ns, &session->last_set);
	session->sums = session->exited_sums;
	session->row_count = 0;
	session->culprits.count = 0;
	session->culprits.idle_ns = session->culprits.lost_ns = 0;
	memset(session->cpus, 0, session->cpu_count * sizeof(*session->cpus));
	session->report_process_count = process_count(session->processes);
	free(session->report_processes);
	session->report_processes =
		calloc(SESSION_PROCESS_ROWS + 1, sizeof(*session->report_processes));
	if (!session->report_processes)
		return -ENOMEM;
	for (size_t i = 0; i < session->report_process_count; i++)
		session_process_row(process_at(session->processes, i), i,
				    &session->report_processes[i]);
	return 0;
}

void session_report_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
			const struct culprit_table *culprits)
{
	session->cpus[cpu].online = true;
	culprits_add(&session->culprits, culprits, session->set);
	session->cpus[cpu].look = look_at(session, totals, session->now_ns);
}

static struct thread_row *next_row(struct session *session)
{
	size_t room = session->row_room ? session->row_room * 2 : 64;
	struct thread_row *rows;

	if (session->row_count == session->row_room) {
		rows = realloc(session->rows, room * sizeof(*rows));
		if (!rows)
			return NULL;
		session->rows = rows;
		session->row_room = room;
	}
	return &session->rows[session->row_count++];
}

int session_report_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  const struct report_frame *frames, size_t frames_count)
{
	struct process *process =
		process_get(session->processes, slot->pid, slot->process_ktime_ns);
	struct thread_row *row = next_row(session);
	struct report_process *process_row;
	struct thread_values values;

	if (!process || !row || index >= session->slot_count)
		return -ENOMEM;
	if (process_count(session->processes) > session->report_process_count) {
		session_process_row(process, session->report_process_count,
				    &session->report_processes[session->report_process_count]);
		session->report_process_count++;
	}
	thread_window(session, index, slot, session->now_ns, (int64_t)session->last_set.integral,
		      &values);
	if (slot->shown_tid == slot->pid)
		snprintf(process->name, sizeof(process->name), "%.*s", COMM_LEN, slot->comm);
	process_row = &session->report_processes[process->report_row];
	process_row->threads++;
	figures_add(&process_row->figures, &values.figures);
	add_sums(&session->sums, &values);
	fill_row(session, slot, &values, row);
	fill_wait(session, slot, &row->row);
	row->row.frames = (struct report_frame *)frames;
	row->row.frames_count = frames_count;
	fill_life(session, index, slot, &values, session->now_ns - session->clock.since_ns, row);
	if (slot->state == THREAD_RUNNING && slot->cpu < session->cpu_count &&
	    session->now_ns > slot->since_ns)
		session->cpus[slot->cpu].look.target_ns += session->now_ns - slot->since_ns;
	return lock_window_report_thread(session->locks, slot);
}
