/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/diagnose/picture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/diagnose/picture_parts.h"
#include "daemon/diagnose/thresholds.h"

double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static double blocked(const struct report_figures *figures, enum wait_cause cause)
{
	return picture_known(figures->waits[cause].time_ns);
}

static bool is_poll(const struct report_syscall *call)
{
	return call->name && (!strcmp(call->name, "poll") || !strcmp(call->name, "ppoll")) &&
	       (double)call->count >= threshold(THRESHOLD_ASKED_AGAIN);
}

/*
 * The part of the polls' time that is for answers from outside; 0 where they do not ask often
 * enough, all together, that it is a pattern. While threads of the target run, the answer may be
 * theirs: a pool's manager polls for its workers.
 */
static double part_for_answers(const struct report *report)
{
	const struct report_parallelism *parallelism = &report->parallelism;
	double polls = 0;

	for (size_t i = 0; i < report->threads_count; i++) {
		const struct report_wait *wait = &report->threads[i].figures.waits[WAIT_POLL];

		for (size_t j = 0; j < wait->syscalls_count; j++)
			if (is_poll(&wait->syscalls[j]))
				polls += (double)wait->syscalls[j].count;
	}
	if (polls < threshold(THRESHOLD_ANSWERS))
		return 0;
	return parallelism->levels ? share(picture_known(parallelism->time_at_level_ns[0]),
					   (double)report->window.duration_ns)
				   : 1;
}

/* A poll() of threads that ask again and again is for one answer; epoll is for any event. */
static double polled(const struct report_figures *figures)
{
	const struct report_wait *wait = &figures->waits[WAIT_POLL];
	double sum = 0;

	for (size_t i = 0; i < wait->syscalls_count; i++) {
		const struct report_syscall *call = &wait->syscalls[i];

		if (is_poll(call))
			sum += picture_known(call->time_ns);
	}
	return sum;
}

/* `answers`: see part_for_answers(). */
static struct thread_facts facts_of(const struct report_figures *figures, double answers)
{
	const struct report_wait *lock = &figures->waits[WAIT_LOCK];
	double asked = answers * polled(figures);
	struct thread_facts facts = {
		.running = picture_known(figures->running_ns),
		.ready = picture_known(figures->ready_ns),
	};

	facts.life = facts.running + facts.ready + picture_known(figures->waiting_ns);
	facts.lost[CAUSE_LOCK] = picture_known(lock->time_ns) + picture_known(lock->ready_ns);
	facts.lost[CAUSE_IO] = blocked(figures, WAIT_IO) + blocked(figures, WAIT_FAULT) + asked;
	facts.lost[CAUSE_IPC] = blocked(figures, WAIT_IPC);
	facts.lost[CAUSE_IO] -= picture_unasked(&figures->waits[WAIT_IO]);
	facts.lost[CAUSE_IPC] -= picture_unasked(&figures->waits[WAIT_IPC]);
	facts.lost[CAUSE_READY] = facts.ready;
	facts.workless = blocked(figures, WAIT_CONDITION) + blocked(figures, WAIT_POLL) - asked +
			 blocked(figures, WAIT_SLEEP) + blocked(figures, WAIT_CHILD) +
			 blocked(figures, WAIT_STOPPED) +
			 picture_unasked(&figures->waits[WAIT_IO]) +
			 picture_unasked(&figures->waits[WAIT_IPC]);
	return facts;
}

static int by_tid(const void *one, const void *two)
{
	uint64_t a = ((const struct thread_facts *)one)->tid,
		 b = ((const struct thread_facts *)two)->tid;

	return (a > b) - (a < b);
}

struct thread_facts *picture_thread_mutable(const struct picture *picture, uint64_t tid)
{
	struct thread_facts key = { .tid = tid };

	return bsearch(&key, picture->threads, picture->threads_count, sizeof(key), by_tid);
}

const struct thread_facts *picture_thread(const struct picture *picture, uint64_t tid)
{
	const struct thread_facts *found = picture_thread_mutable(picture, tid);

	return found && found->row ? found : NULL;
}

static void subtract(struct thread_facts *rest, const struct thread_facts *part)
{
	rest->life = fmax(rest->life - part->life, 0);
	rest->running = fmax(rest->running - part->running, 0);
	rest->ready = fmax(rest->ready - part->ready, 0);
	rest->workless = fmax(rest->workless - part->workless, 0);
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		rest->lost[cause] = fmax(rest->lost[cause] - part->lost[cause], 0);
}

/* Rows, and what the totals have beyond them. */
static int fill_threads(struct picture *picture)
{
	const struct report *report = picture->report;
	double answers = part_for_answers(report);
	struct thread_facts rest = facts_of(&report->totals.figures, answers);
	size_t count = report->threads_count;

	picture->threads = calloc(count + 1, sizeof(*picture->threads));
	if (!picture->threads)
		return -ENOMEM;
	picture->life = rest.life;
	for (size_t i = 0; i < count; i++) {
		struct thread_facts *facts = &picture->threads[i];

		*facts = facts_of(&report->threads[i].figures, answers);
		facts->row = &report->threads[i];
		facts->tid = report->threads[i].tid;
		subtract(&rest, facts);
	}
	picture->threads[count] = rest;
	picture->threads_count = count + 1;
	qsort(picture->threads, picture->threads_count, sizeof(rest), by_tid);
	return 0;
}

bool picture_is_gil(const struct report_lock *lock)
{
	return lock->kind && !strcmp(lock->kind, lock_kind_names[LOCK_GIL]);
}

/* Lock wait that is for the GIL is a cause of its own. */
static void part_gil(struct picture *picture)
{
	const struct report *report = picture->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		for (size_t j = 0; picture_is_gil(lock) && j < picture_waiters(lock); j++) {
			struct thread_facts *facts =
				picture_thread_mutable(picture, lock->waiters[j].tid);
			double moved = (double)lock->waiters[j].wait_ns;

			if (!facts || !facts->row)
				continue;
			moved = fmin(moved, facts->lost[CAUSE_LOCK]);
			facts->lost[CAUSE_GIL] += moved;
			facts->lost[CAUSE_LOCK] -= moved;
		}
	}
}

static void queues_for_work(struct picture *picture, struct thread_facts *facts, double time)
{
	time = fmin(time, facts->lost[CAUSE_LOCK]);
	facts->lost[CAUSE_LOCK] -= time;
	facts->workless += time;
	picture->queued += time;
}

/* Threads of one kind mostly have one name, and stand together: each is asked for once. */
static void part_file_queues(struct picture *picture)
{
	const char *name = NULL;
	double part = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		struct thread_facts *facts = &picture->threads[i];
		double wait = picture_file_lock_wait(facts);

		if (wait <= 0 || !facts->row->name)
			continue;
		if (!name || strcmp(name, facts->row->name) != 0)
			part = picture_file_queue_share(picture, facts->row->name);
		name = facts->row->name;
		queues_for_work(picture, facts, part * wait);
		picture->file_locks += (1 - part) * wait;
	}
}

/* Lock wait that is a queue for work is no contention. */
static void part_queues(struct picture *picture)
{
	const struct report *report = picture->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		double part = lock->contended && !picture_is_gil(lock)
				      ? picture_queue_share(picture, lock)
				      : 0;

		for (size_t j = 0; part > 0 && j < picture_waiters(lock); j++) {
			struct thread_facts *facts =
				picture_thread_mutable(picture, lock->waiters[j].tid);
			double moved = part * (double)lock->waiters[j].wait_ns;

			if (!facts || !facts->row)
				continue;
			queues_for_work(picture, facts, moved);
		}
	}
	part_file_queues(picture);
}

static void sum_threads(struct picture *picture)
{
	double workless = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		struct thread_facts *facts = &picture->threads[i];
		double resting = facts->workless + facts->lost[CAUSE_IPC];

		/* At the end of a pipe that brings next to nothing. */
		facts->idle = resting >= threshold(THRESHOLD_IDLE_THREAD) * facts->life;
		workless += facts->idle ? resting : facts->workless;
		picture->active_life += facts->idle ? 0 : facts->life;
		for (int cause = 0; cause < CAUSE_COUNT; cause++)
			picture->lost[cause] += facts->idle ? 0 : facts->lost[cause];
	}
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		picture->lost_share[cause] =
			fmin(share(picture->lost[cause], picture->active_life), 1);
	picture->workless_share = share(workless, picture->life);
	picture->active = share(picture->active_life, picture->window);
}

static double loss_of(const struct report *report)
{
	const struct report_completeness *complete = &report->completeness;
	double lost =
		picture_known(complete->missed_switches) + picture_known(complete->lost_records);
	double threads = picture_known(complete->untracked_threads);

	if (complete->complete)
		return 0;
	return fmax(share(lost, lost + picture_known(report->probes.events)),
		    share(threads, threads + picture_known(report->totals.threads)));
}

int picture_of(const struct report *report, struct picture *ret)
{
	struct picture picture = { .report = report,
				   .window = picture_known(report->window.duration_ns) };
	int r = fill_threads(&picture);

	if (r < 0)
		return r;
	part_gil(&picture);
	picture_fill_given(&picture);
	part_queues(&picture);
	sum_threads(&picture);
	picture_fill_behind(&picture);
	picture_fill_cpus(&picture);
	picture.parallelism =
		share(picture_known(report->totals.figures.running_ns), picture.window);
	picture.usable = fmax(picture.usable, picture.parallelism);
	picture.attainable = picture_attainable(&picture);
	picture.loss = loss_of(report);
	*ret = picture;
	return 0;
}

void picture_release(struct picture *picture)
{
	free(picture->threads);
	picture->threads = NULL;
	picture->threads_count = 0;
}
