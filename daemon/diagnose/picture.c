/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/diagnose/picture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/diagnose/thresholds.h"

/* What is less of a life says nothing on how its rest would go on. */
#define KNOWN_REST 0.01

double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static double known(uint64_t value)
{
	return value == NO_VALUE ? 0 : (double)value;
}

static double blocked(const struct report_figures *figures, enum wait_cause cause)
{
	return known(figures->waits[cause].time_ns);
}

/* A poll() of threads that ask again and again is for one answer; epoll is for any event. */
static double polled(const struct report_figures *figures)
{
	const struct report_wait *wait = &figures->waits[WAIT_POLL];
	double sum = 0;

	for (size_t i = 0; i < wait->syscalls_count; i++) {
		const struct report_syscall *call = &wait->syscalls[i];

		if (call->name && (!strcmp(call->name, "poll") || !strcmp(call->name, "ppoll")) &&
		    (double)call->count >= threshold(THRESHOLD_ASKED_AGAIN))
			sum += known(call->time_ns);
	}
	return sum;
}

static struct thread_facts facts_of(const struct report_figures *figures)
{
	const struct report_wait *lock = &figures->waits[WAIT_LOCK];
	double asked = polled(figures);
	struct thread_facts facts = {
		.running = known(figures->running_ns),
		.ready = known(figures->ready_ns),
	};

	facts.life = facts.running + facts.ready + known(figures->waiting_ns);
	facts.lost[CAUSE_LOCK] = known(lock->time_ns) + known(lock->ready_ns);
	facts.lost[CAUSE_IO] = blocked(figures, WAIT_IO) + blocked(figures, WAIT_FAULT) + asked;
	facts.lost[CAUSE_IPC] = blocked(figures, WAIT_IPC);
	facts.lost[CAUSE_READY] = facts.ready;
	facts.workless = blocked(figures, WAIT_CONDITION) + blocked(figures, WAIT_POLL) - asked +
			 blocked(figures, WAIT_SLEEP) + blocked(figures, WAIT_CHILD) +
			 blocked(figures, WAIT_STOPPED);
	return facts;
}

static int by_tid(const void *one, const void *two)
{
	uint64_t a = ((const struct thread_facts *)one)->tid,
		 b = ((const struct thread_facts *)two)->tid;

	return (a > b) - (a < b);
}

static struct thread_facts *find(const struct picture *picture, uint64_t tid)
{
	struct thread_facts key = { .tid = tid };

	return bsearch(&key, picture->threads, picture->threads_count, sizeof(key), by_tid);
}

const struct thread_facts *picture_thread(const struct picture *picture, uint64_t tid)
{
	const struct thread_facts *found = find(picture, tid);

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
	struct thread_facts rest = facts_of(&report->totals.figures);
	size_t count = report->threads_count;

	picture->threads = calloc(count + 1, sizeof(*picture->threads));
	if (!picture->threads)
		return -ENOMEM;
	picture->life = rest.life;
	for (size_t i = 0; i < count; i++) {
		struct thread_facts *facts = &picture->threads[i];

		*facts = facts_of(&report->threads[i].figures);
		facts->row = &report->threads[i];
		facts->tid = report->threads[i].tid;
		subtract(&rest, facts);
	}
	picture->threads[count] = rest;
	picture->threads_count = count + 1;
	qsort(picture->threads, picture->threads_count, sizeof(rest), by_tid);
	return 0;
}

static bool is_gil(const struct report_lock *lock)
{
	return lock->kind && !strcmp(lock->kind, lock_kind_names[LOCK_GIL]);
}

/* Lock wait that is for the GIL is a cause of its own. */
static void part_gil(struct picture *picture)
{
	const struct report *report = picture->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		for (size_t j = 0; is_gil(lock) && j < lock->waiters_count; j++) {
			struct thread_facts *facts = find(picture, lock->waiters[j].tid);
			double moved = (double)lock->waiters[j].wait_ns;

			if (!facts || !facts->row)
				continue;
			moved = fmin(moved, facts->lost[CAUSE_LOCK]);
			facts->lost[CAUSE_GIL] += moved;
			facts->lost[CAUSE_LOCK] -= moved;
		}
	}
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

/* The tightest of those that did throttle. */
static double quota_of(const struct report *report)
{
	double tightest = 0;

	for (size_t i = 0; i < report->quotas_count; i++) {
		const struct report_quota *quota = &report->quotas[i];

		if (share(known(quota->throttled_periods), known(quota->periods)) <
		    threshold(THRESHOLD_THROTTLED))
			continue;
		if (quota->cpus > 0 && (!tightest || quota->cpus < tightest))
			tightest = quota->cpus;
	}
	return tightest;
}

static void fill_cpus(struct picture *picture)
{
	const struct report *report = picture->report;
	double target = 0, idle_where_used = 0;

	for (size_t i = 0; i < report->cpus_count; i++) {
		const struct report_cpu *cpu = &report->cpus[i];

		target += share(known(cpu->target_ns), picture->window);
		picture->others += share(known(cpu->other_ns), picture->window);
		picture->idle_cpus += share(known(cpu->idle_ns), picture->window);
		if (share(known(cpu->target_ns), picture->window) > KNOWN_REST)
			idle_where_used += share(known(cpu->idle_ns), picture->window);
	}
	picture->cpus = report->host.cpus == NO_VALUE ? 0 : (double)report->host.cpus;
	picture->usable = report->cpus_count ? target + picture->idle_cpus : picture->cpus;
	picture->quota = quota_of(report);
	picture->pinned = !picture->quota &&
			  share(picture->lost[CAUSE_READY], picture->window) >=
				  threshold(THRESHOLD_PINNED_IDLE) &&
			  picture->idle_cpus - idle_where_used >= threshold(THRESHOLD_PINNED_IDLE);
	if (picture->pinned)
		picture->usable = target + idle_where_used;
	if (picture->quota)
		picture->usable = fmin(picture->usable, picture->quota);
}

static double loss_of(const struct report *report)
{
	const struct report_completeness *complete = &report->completeness;
	double lost = known(complete->missed_switches) + known(complete->lost_records);
	double threads = known(complete->untracked_threads);

	if (complete->complete)
		return 0;
	return fmax(share(lost, lost + known(report->probes.events)),
		    share(threads, threads + known(report->totals.threads)));
}

int picture_of(const struct report *report, struct picture *ret)
{
	struct picture picture = { .report = report, .window = known(report->window.duration_ns) };
	int r = fill_threads(&picture);

	if (r < 0)
		return r;
	part_gil(&picture);
	sum_threads(&picture);
	fill_cpus(&picture);
	picture.parallelism = share(known(report->totals.figures.running_ns), picture.window);
	picture.usable = fmax(picture.usable, picture.parallelism);
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

/* A thread's running time if `lost` of its life went on as the rest of it does. */
static double would_run(const struct thread_facts *facts, double lost)
{
	double rest = facts->life - fmin(lost, facts->life);

	if (rest < KNOWN_REST * facts->life)
		return facts->life;
	return fmin(facts->running * facts->life / rest, facts->life);
}

double picture_unbounded(const struct picture *picture, enum cause cause)
{
	double sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++)
		sum += would_run(&picture->threads[i], picture->threads[i].lost[cause]);
	return share(sum, picture->window);
}

double picture_reach(const struct picture *picture, enum cause cause)
{
	double reach = picture_unbounded(picture, cause);

	return cause == CAUSE_READY ? reach : fmin(reach, picture->usable);
}

double picture_reach_without(const struct picture *picture, const struct report_lock *lock)
{
	double sum = picture->parallelism * picture->window;

	for (size_t i = 0; i < lock->waiters_count; i++) {
		const struct thread_facts *facts = picture_thread(picture, lock->waiters[i].tid);

		if (facts)
			sum += would_run(facts, (double)lock->waiters[i].wait_ns) - facts->running;
	}
	return fmin(share(sum, picture->window), picture->usable);
}
