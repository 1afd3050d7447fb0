// SPDX-License-Identifier: BSD-2-Clause
/* The rows of a session's threads: those that exited, kept, and those that live, at each report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "daemon/model/figures.h"
#include "daemon/model/parallelism.h"
#include "daemon/model/session_parts.h"
#include "daemon/model/syscall_names.h"

static void thread_window(struct session *session, uint32_t index, const struct thread_slot *slot,
			  uint64_t at_ns, int64_t integral, struct thread_values *ret)
{
	const struct first_look *first = session->first[index];

	thread_values_at(slot, session->set, at_ns, integral, true, ret);
	thread_values_since(first && first->generation == slot->generation ? &first->values : NULL,
			    ret);
}

/* No more than it ran: what it did between the window's end and our look was taken back there. */
static uint64_t criticality_ns(const struct thread_values *values)
{
	uint64_t ns =
		values->criticality > 0 ? (uint64_t)values->criticality >> CRITICALITY_SHIFT : 0;

	return ns < values->figures.running_ns ? ns : values->figures.running_ns;
}

/* A thread may have moved on between the window's end and our look at it. */
static int64_t into_window(const struct session *session, uint64_t ns, uint64_t at_ns)
{
	return (int64_t)((ns < at_ns ? ns : at_ns) - session->opened_ns);
}

static void fill_row(struct session *session, uint32_t index, const struct thread_slot *slot,
		     uint64_t at_ns, const struct thread_values *values, struct thread_row *row)
{
	bool exited = slot->state == THREAD_EXITED;
	uint64_t total_ns = values->figures.ready_ns;

	memcpy(row->name, slot->comm, sizeof(slot->comm));
	row->name[COMM_LEN] = '\0';
	row->index = index;
	row->generation = slot->generation;
	row->row = (struct report_thread){
		.tid = slot->shown_tid,
		.pid = slot->pid,
		.state = thread_state_name(slot->state),
		.started_ns = (int64_t)(slot->born_ns - session->opened_ns),
		.exited_ns =
			exited ? (uint64_t)into_window(session, slot->died_ns, at_ns) : NO_VALUE,
		.since_ns = into_window(session, thread_since_ns(slot), at_ns),
		.born_ready_ns = thread_born_ready_ns(slot),
		.start = session_start_of(session, index, slot->generation),
		.criticality_ns = criticality_ns(values),
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
	row->cause = wait_names[slot->cause];
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

/* A process has the name of its main thread. */
static void name_process(struct process *process, const struct thread_slot *slot)
{
	if (slot->shown_tid == slot->pid)
		snprintf(process->name, sizeof(process->name), "%.*s", COMM_LEN, slot->comm);
}

static void process_exits(struct process *process, const struct thread_slot *slot,
			  const struct thread_values *values)
{
	process->threads++;
	figures_add(&process->exited, &values->figures);
	if (slot->max_rss_pages)
		process->rss_bytes = slot->max_rss_pages * 4096;
	name_process(process, slot);
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
	int r = 0;

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

		fill_row(session, index, slot, slot->died_ns, &values, row);
		fill_life(session, index, slot, &values, session->clock.column_ns, row);
		r = bucket_list_add(&session->exited_buckets, values.run_queue, &row->buckets);
	} else if (process) {
		process->folded++;
	}
	forget_thread(session, index);
	return process ? r : -ENOMEM;
}

/* ---- the report ---- */

static void fill_process(struct process *process, size_t at, struct report_process *row)
{
	process->report_row = at;
	*row = (struct report_process){
		.pid = process->pid,
		.threads = process->threads,
		.folded = process->folded,
		.rss_bytes = process->rss_bytes,
		.pss_bytes = process->pss_bytes,
		.tracer_pid = NO_VALUE,
		.figures = process->exited,
	};
}

int session_report_begin(struct session *session, uint64_t now_ns, const struct set_totals *set)
{
	session->now_ns = now_ns;
	set_totals_at(set, now_ns, &session->last_set);
	session->sums = session->exited_sums;
	session->row_count = 0;
	session->row_buckets.count = 0;
	culprits_clear(&session->culprits);
	memset(session->cpus, 0, session->cpu_count * sizeof(*session->cpus));
	session->report_process_count = process_count(session->processes);
	free(session->report_processes);
	session->report_processes =
		calloc(SESSION_PROCESS_ROWS + 1, sizeof(*session->report_processes));
	if (!session->report_processes)
		return -ENOMEM;
	for (size_t i = 0; i < session->report_process_count; i++)
		fill_process(process_at(session->processes, i), i, &session->report_processes[i]);
	return 0;
}

void session_expect_threads(struct session *session, size_t count)
{
	struct thread_row *rows;

	if (count <= session->row_room)
		return;
	rows = reallocarray(session->rows, count, sizeof(*rows));
	if (!rows)
		return;
	memset(&rows[session->row_room], 0, (count - session->row_room) * sizeof(*rows));
	session->rows = rows;
	session->row_room = count;
}

static struct thread_row *next_row(struct session *session)
{
	struct thread_row *rows =
		grow(session->rows, session->row_count, &session->row_room, sizeof(*rows));

	if (!rows)
		return NULL;
	session->rows = rows;
	return &rows[session->row_count++];
}

int session_report_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  const struct standing_stack *stack, bool show)
{
	struct process *process =
		process_get(session->processes, slot->pid, slot->process_ktime_ns);
	struct thread_row *row = next_row(session);
	struct report_process *process_row;
	struct thread_values values;
	int r;

	if (!process || !row || index >= session->slot_count)
		return -ENOMEM;
	if (process_count(session->processes) > session->report_process_count) {
		fill_process(process, session->report_process_count,
			     &session->report_processes[session->report_process_count]);
		session->report_process_count++;
	}
	thread_window(session, index, slot, session->now_ns, (int64_t)session->last_set.integral,
		      &values);
	name_process(process, slot);
	process_row = &session->report_processes[process->report_row];
	process_row->threads++;
	figures_add(&process_row->figures, &values.figures);
	add_sums(&session->sums, &values);
	fill_row(session, index, slot, session->now_ns, &values, row);
	r = bucket_list_add(&session->row_buckets, values.run_queue, &row->buckets);
	if (r < 0)
		return r;
	fill_wait(session, slot, &row->row);
	row->row.frames = (struct report_frame *)stack->frames;
	row->row.frames_count = show ? stack->frames_count : 0;
	row->row.frames_end = show ? standing_stack_end(stack) : NULL;
	fill_life(session, index, slot, &values, session->now_ns - session->clock.since_ns, row);
	session_runs_last(session, slot);
	r = lock_window_report_thread(session->locks, slot);
	return r ? r : lock_window_report_stack(session->locks, slot, stack);
}
