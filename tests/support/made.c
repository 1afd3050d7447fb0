// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/made.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"

static struct made made_one;
static char names[MADE_THREADS][16];

uint64_t made_ns(double seconds)
{
	return (uint64_t)llround(seconds * 1e9);
}

struct made *made_report(unsigned int cpus, double seconds)
{
	made_one = (struct made){
		.report = { .host.cpus = cpus,
			    .window.duration_ns = made_ns(seconds),
			    .totals.processes = 1,
			    .completeness.complete = true,
			    .probes.events = 1000 },
	};
	cr_assert_leq(cpus, MADE_CPUS);
	made_one.report.cpus_count = cpus;
	return &made_one;
}

struct report_thread *made_thread(struct made *made, double running, double ready)
{
	size_t index = made->report.threads_count++;
	struct report_thread *thread = &made->threads[index];

	cr_assert_lt(index, MADE_THREADS);
	snprintf(names[index], sizeof(names[index]), "worker-%zu", index);
	*thread = (struct report_thread){
		.tid = 101 + index,
		.pid = 100,
		.name = names[index],
		.started_ns = -1000,
		.exited_ns = NO_VALUE,
		.criticality_ns = made_ns(running / 2),
		.figures = { .running_ns = made_ns(running), .ready_ns = made_ns(ready) },
	};
	return thread;
}

void made_wait(struct report_thread *thread, enum wait_cause cause, uint64_t count, double time,
	       double ready)
{
	struct report_wait *wait = &thread->figures.waits[cause];

	wait->count += count;
	wait->time_ns += made_ns(time);
	wait->ready_ns += made_ns(ready);
	thread->figures.waiting_ns += made_ns(time);
	thread->figures.voluntary += count;
}

struct report_lock *made_lock(struct made *made, const char *name, enum lock_kind kind,
			      bool contended)
{
	size_t index = made->report.locks_count++;
	struct report_lock *lock = &made->locks[index];

	cr_assert_lt(index, MADE_LOCKS);
	*lock = (struct report_lock){
		.id = name,
		.name = name,
		.kind = lock_kind_names[kind],
		.confidence = 0.97,
		.contended = contended,
		.waiters = made->waiters[index],
		.holders = made->holders[index],
	};
	return lock;
}

void made_waiter(struct made *made, struct report_lock *lock, const struct report_thread *thread,
		 uint64_t waits, double wait)
{
	struct report_waiter *waiter = &made->waiters[lock - made->locks][lock->waiters_count++];

	*waiter = (struct report_waiter){
		thread->tid, thread->pid, thread->name, waits, made_ns(wait),
	};
	lock->waits += waits;
	lock->wait_ns += made_ns(wait);
	lock->blocked_ns += made_ns(wait);
	if (lock->max_wait_ns < made_ns(wait) / waits)
		lock->max_wait_ns = made_ns(wait) / waits;
}

void made_holder(struct made *made, struct report_lock *lock, const struct report_thread *thread,
		 double blocked)
{
	struct report_holder *holder = &made->holders[lock - made->locks][lock->holders_count++];

	*holder = (struct report_holder){ .tid = thread->tid,
					  .pid = thread->pid,
					  .name = thread->name,
					  .blocked_others_ns = made_ns(blocked),
					  .releases = 10,
					  .evidence = "owner" };
}

static void add_figures(struct report_figures *sum, const struct report_figures *part)
{
	sum->running_ns += part->running_ns;
	sum->ready_ns += part->ready_ns;
	sum->waiting_ns += part->waiting_ns;
	sum->voluntary += part->voluntary;
	sum->involuntary += part->involuntary;
	sum->yields += part->yields;
	sum->stolen_ns += part->stolen_ns;
	for (int cause = 0; cause < WAIT_COUNT; cause++) {
		sum->waits[cause].count += part->waits[cause].count;
		sum->waits[cause].time_ns += part->waits[cause].time_ns;
		sum->waits[cause].ready_ns += part->waits[cause].ready_ns;
	}
}

static void fill_cpus(struct made *made)
{
	struct report *report = &made->report;
	uint64_t window_ns = report->window.duration_ns;
	size_t count = report->cpus_count;

	for (size_t i = 0; i < count; i++) {
		uint64_t target_ns = report->totals.figures.running_ns / count;
		uint64_t other_ns = (uint64_t)(made->others * (double)window_ns / (double)count);

		cr_assert_leq(target_ns + other_ns, window_ns + window_ns / 100,
			      "more than the CPUs have");
		made->cpus[i] = (struct report_cpu){ .cpu = i,
						     .target_ns = target_ns,
						     .other_ns = other_ns };
		if (target_ns + other_ns < window_ns)
			made->cpus[i].idle_ns = window_ns - target_ns - other_ns;
	}
	report->cpus = made->cpus;
}

/* Unless the test has given them. */
static void fill_levels(struct made *made)
{
	struct report_parallelism *parallelism = &made->report.parallelism;
	double window = (double)made->report.window.duration_ns;
	size_t low;

	parallelism->mean = (double)made->report.totals.figures.running_ns / window;
	low = (size_t)parallelism->mean;
	if (parallelism->levels && !made->levels_are_made)
		return;
	made->levels_are_made = true;
	memset(made->levels, 0, sizeof(made->levels));
	made->levels[low + 1] = (uint64_t)((parallelism->mean - (double)low) * window);
	made->levels[low] = made->report.window.duration_ns - made->levels[low + 1];
	parallelism->time_at_level_ns = made->levels;
	parallelism->levels = low + 2;
}

const struct report *made_whole(struct made *made)
{
	struct report *report = &made->report;

	report->threads = made->threads;
	report->locks = made->locks;
	if (!report->totals.threads)
		report->totals.threads = report->threads_count;
	/* A test may change threads and ask again. */
	if (!made->is_whole)
		made->beyond_threads = report->totals.figures;
	made->is_whole = true;
	report->totals.figures = made->beyond_threads;
	for (size_t i = 0; i < report->threads_count; i++)
		add_figures(&report->totals.figures, &made->threads[i].figures);
	fill_cpus(made);
	fill_levels(made);
	return report;
}
