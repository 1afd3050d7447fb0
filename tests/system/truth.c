// SPDX-License-Identifier: BSD-2-Clause
/* The report against what the kernel told each worker about itself, and against itself. */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/support/command.h"

TestSuite(truth, .timeout = 60);

static void assert_close(double got, double want, double share, double slack_ns, const char *what,
			 const char *run)
{
	double allowed = fmax(fabs(want) * share, slack_ns);

	cr_assert(fabs(got - want) <= allowed, "%s: %s is %.0f, the truth %.0f (allowed %.0f)", run,
		  what, got, want, allowed);
}

static const json_t *thread_of(const json_t *report, json_int_t tid)
{
	const json_t *threads = json_at(report, "threads"), *thread;
	size_t i;

	json_array_foreach (threads, i, thread)
		if (json_integer_value(json_object_get(thread, "tid")) == tid)
			return thread;
	cr_assert_fail("thread %lld is not in the report", tid);
	return NULL;
}

/*
 * The worker looks microseconds before it blocks at the start line and microseconds before its end,
 * where a process still has its memory to take down. A preemption in there is the one thing that it
 * cannot see: then the counts differ by it, and ready by at most what such preemptions take. Where
 * none fell there, everything must agree. (Totals with the ends included are compared in exec.c.)
 * The end of each of the workers wakes two who may preempt: the leader and the daemon.
 */
#ifdef __SANITIZE_ADDRESS__
#define PREEMPTIONS_PER_END 8 /* AddressSanitizer's shadow has to be taken down, too */
#else
#define PREEMPTIONS_PER_END 2
#endif
#define PREEMPTION_NS 30e6

static void check_worker(const json_t *report, const json_t *truth, double slack_ns,
			 const char *run)
{
	const json_t *thread = thread_of(report, json_integer_value(json_at(truth, "tid")));
	double unseen = number_at(thread, "switches.involuntary") - number_at(truth, "involuntary");
	double allowed = PREEMPTIONS_PER_END * number_at(report, "target.workers");

	assert_close(number_at(thread, "running_ns") - number_at(thread, "stolen_ns"),
		     number_at(truth, "running_ns"), 0.005, slack_ns, "running - stolen", run);
	assert_close(number_at(thread, "ready_ns"), number_at(truth, "ready_ns"), 0.01,
		     1e6 + fabs(unseen) * PREEMPTION_NS, "ready", run);
	cr_assert_eq(number_at(thread, "switches.voluntary"), number_at(truth, "voluntary"));
	cr_assert(unseen >= -1 && unseen <= allowed, "%s: %.0f involuntary switches too many", run,
		  unseen);
}

/* Of the thread's life in the window nothing is missing and nothing counted twice. */
static void check_life(const json_t *report, const json_t *thread, const char *run)
{
	double from = number_at(thread, "started_ns"),
	       until = number_at(report, "window.duration_ns");
	const json_t *exited = json_at(thread, "exited_ns");
	double sum = number_at(thread, "running_ns") + number_at(thread, "ready_ns") +
		     number_at(thread, "waiting_ns");

	if (json_is_integer(exited))
		until = json_number_value(exited);
	assert_close(sum, until - fmax(from, 0), 0.001, 1e4, "a thread's life", run);
}

static double sum_of(const json_t *list, const char *path)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (list, i, row)
		sum += number_at(row, path);
	return sum;
}

static void check_whole(const json_t *report, const char *run)
{
	const json_t *levels = json_at(report, "parallelism.time_at_level_ns"), *level, *cpu;
	double duration = number_at(report, "window.duration_ns"), weighted = 0, busy = 0;
	double running = number_at(report, "totals.running_ns");
	size_t i;

	json_array_foreach (levels, i, level) {
		weighted += (double)i * json_number_value(level);
		busy += i ? json_number_value(level) : 0;
	}
	assert_close(weighted, running, 0.001, 1e4, "the parallelism integral", run);
	assert_close(sum_of(json_at(report, "threads"), "criticality_ns"), busy, 0.001,
		     1e5 + number_at(report, "parallelism.late_ns"), "the sum of criticality", run);
	assert_close(sum_of(json_at(report, "cpus"), "target_ns"), running, 0.001, 1e4,
		     "target time of all CPUs", run);
	json_array_foreach (json_at(report, "cpus"), i, cpu)
		assert_close(number_at(cpu, "target_ns") + number_at(cpu, "other_ns") +
				     number_at(cpu, "idle_ns"),
			     duration, 0.001, 1e5, "a CPU's time", run);
	cr_assert(json_is_true(json_at(report, "completeness.complete")), "%s is incomplete", run);
}

static json_t *check_run(const char *run, double slack_ns)
{
	char arguments[256];
	json_t *report;
	const json_t *row;
	size_t i;

	snprintf(arguments, sizeof(arguments), "run %s -q --json", run);
	report = report_of(arguments);
	cr_assert_eq(number_at(report, "totals.threads"),
		     (double)json_array_size(json_at(report, "workload.truth.workers")));
	json_array_foreach (json_at(report, "workload.truth.workers"), i, row)
		check_worker(report, row, slack_ns, run);
	json_array_foreach (json_at(report, "threads"), i, row)
		check_life(report, row, run);
	check_whole(report, run);
	return report;
}

/* Slack for the life of a worker after its last look: a thread's end, a process's. */
#define THREAD_END_NS  3e5
#define PROCESS_END_NS 4e6

Test(truth, cpu_in_threads_agrees_with_the_kernels_account)
{
	json_decref(check_run("cpu --threads 4 --tasks 40", THREAD_END_NS));
}

Test(truth, cpu_in_processes_agrees_with_the_kernels_account)
{
	json_decref(check_run("cpu --procs 4 --tasks 40", PROCESS_END_NS));
}

static void check_io(const char *run, double slack_ns)
{
	json_t *report = check_run(run, slack_ns);

	cr_assert_geq(number_at(report, "totals.waits.io.count"),
		      number_at(report, "workload.tasks"));
	cr_assert_geq(number_at(report, "totals.waits.io.time_ns"),
		      0.95 * number_at(report, "totals.waiting_ns"));
	json_decref(report);
}

Test(truth, io_in_threads_is_io_and_agrees)
{
	check_io("io --threads 8 --tasks 80 --task-time 50ms", THREAD_END_NS);
}

Test(truth, io_in_processes_is_io_and_agrees)
{
	check_io("io --procs 8 --tasks 80 --task-time 50ms", PROCESS_END_NS);
}

Test(truth, mixed_in_threads_agrees)
{
	json_decref(check_run("mixed --threads 4 --tasks 60", THREAD_END_NS));
}

Test(truth, mixed_in_processes_agrees)
{
	json_decref(check_run("mixed --procs 4 --tasks 60", PROCESS_END_NS));
}

/* Lock wait lasts until the thread runs again, as the program's own clock sees it. */
static void check_lock(const char *run, double slack_ns)
{
	json_t *report = check_run(run, slack_ns);

	assert_close(number_at(report, "totals.waits.lock.time_ns") +
			     number_at(report, "totals.waits.lock.ready_ns"),
		     number_at(report, "workload.truth.lock_wait_ns"), 0.03, 0, "lock wait", run);
	json_decref(report);
}

Test(truth, lock_wait_in_threads_agrees_with_the_workloads_clock)
{
	check_lock("lock --threads 4 --tasks 40 --lock-share 60%", THREAD_END_NS);
}

Test(truth, lock_wait_in_processes_agrees_with_the_workloads_clock)
{
	check_lock("lock --procs 4 --tasks 40 --lock-share 60%", PROCESS_END_NS);
}
