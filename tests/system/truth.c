// SPDX-License-Identifier: BSD-2-Clause
/* The report against what the kernel told each worker about itself, and against itself. */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(truth, .timeout = 60);

static void assert_close(double got, double want, double share, double slack_ns, const char *what,
			 const char *run)
{
	double allowed = fmax(fabs(want) * share, slack_ns);

	cr_assert(fabs(got - want) <= allowed, "%s: %s is %.0f, the truth %.0f (allowed %.0f)", run,
		  what, got, want, allowed);
}

/*
 * The worker looks microseconds before it blocks at the start line and microseconds before its end.
 * What the end of a process takes, its leader is told; that of a thread is short, but in two of
 * them an interrupt may fall. A preemption in there is the one thing that it cannot see: then the
 * counts differ by it, and ready by at most what such preemptions take. Where none fell there,
 * everything must agree. (Totals with the ends included are compared in exec.c.) The end of each of
 * the workers wakes two who may preempt: the leader and the daemon.
 */
#ifdef __SANITIZE_ADDRESS__
#define PREEMPTIONS_PER_END 8 /* AddressSanitizer's shadow has to be taken down, too */
#else
#define PREEMPTIONS_PER_END 2
#endif
#define PREEMPTION_NS 30e6
#define END_NS        3e5
#define LONG_ENDS     2
#define LONG_END_NS   2e6

static double running_of(const json_t *truth)
{
	const json_t *ending = json_object_get(truth, "ending_ns");

	return number_at(truth, "running_ns") + (ending ? json_number_value(ending) : 0);
}

static bool has_long_end(const json_t *thread, const json_t *truth)
{
	double want = running_of(truth);
	double more = number_at(thread, "running_ns") - number_at(thread, "stolen_ns") - want;

	return more > fmax(0.005 * want, END_NS) && more <= LONG_END_NS;
}

/* Returns 1 if its end was long. */
static unsigned int check_worker(const json_t *report, const json_t *truth, const char *run)
{
	const json_t *thread = thread_of(report, json_integer_value(json_at(truth, "tid")));
	bool processes = !strcmp(text_at(report, "target.mode"), "processes");
	double unseen = number_at(thread, "switches.involuntary") - number_at(truth, "involuntary");
	double late = number_at(thread, "switches.voluntary") - number_at(truth, "voluntary");
	/* Processes that end at once wait for each other in the kernel, for the files they map. */
	double ends = processes ? number_at(thread, "waits.other.count") : 0;
	double ends_ready_ns = processes ? number_at(thread, "waits.other.ready_ns") : 0;
	double allowed = PREEMPTIONS_PER_END * number_at(report, "target.workers");
	bool is_long = has_long_end(thread, truth);

	if (!is_long)
		assert_close(number_at(thread, "running_ns") - number_at(thread, "stolen_ns"),
			     running_of(truth), 0.005, END_NS, "running - stolen", run);
	assert_close(number_at(thread, "ready_ns"), number_at(truth, "ready_ns"), 0.01,
		     1e6 + ends_ready_ns + fabs(unseen) * PREEMPTION_NS, "ready", run);
	cr_assert(late >= 0 && late <= ends, "%s: %.0f voluntary switches too many", run, late);
	cr_assert(unseen >= -1 && unseen <= allowed, "%s: %.0f involuntary switches too many", run,
		  unseen);
	return is_long;
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
	assert_close(sum_at(json_at(report, "threads"), "criticality_ns"), busy, 0.001,
		     1e5 + number_at(report, "parallelism.late_ns"), "the sum of criticality", run);
	assert_close(sum_at(json_at(report, "cpus"), "target_ns"), running, 0.001, 1e4,
		     "target time of all CPUs", run);
	json_array_foreach (json_at(report, "cpus"), i, cpu)
		assert_close(number_at(cpu, "target_ns") + number_at(cpu, "other_ns") +
				     number_at(cpu, "idle_ns"),
			     duration, 0.001, 1e5, "a CPU's time", run);
	assert_complete(report, run);
}

static json_t *check_run(const char *run)
{
	char arguments[256];
	unsigned int long_ends = 0;
	json_t *report;
	const json_t *row;
	size_t i;

	snprintf(arguments, sizeof(arguments), "run %s -q --json", run);
	report = report_of(arguments);
	cr_assert_eq(number_at(report, "totals.threads"),
		     (double)json_array_size(json_at(report, "workload.truth.workers")));
	json_array_foreach (json_at(report, "workload.truth.workers"), i, row)
		long_ends += check_worker(report, row, run);
	cr_assert_leq(long_ends, strstr(run, "--procs") ? 0 : LONG_ENDS,
		      "%s: %u workers ran on after their last look", run, long_ends);
	json_array_foreach (json_at(report, "threads"), i, row)
		check_life(report, row, run);
	check_whole(report, run);
	return report;
}

Test(truth, cpu_in_threads_agrees_with_the_kernels_account)
{
	json_decref(check_run("cpu --threads 4 --tasks 40"));
}

Test(truth, cpu_in_processes_agrees_with_the_kernels_account)
{
	json_decref(check_run("cpu --procs 4 --tasks 40"));
}

static void check_io(const char *run)
{
	json_t *report = check_run(run);

	cr_assert_geq(number_at(report, "totals.waits.io.count"),
		      number_at(report, "workload.tasks"));
	/* At the start line they wait for as long as the machine takes to let them go. */
	cr_assert_geq(number_at(report, "totals.waits.io.time_ns"),
		      0.95 * (number_at(report, "totals.waiting_ns") -
			      number_at(report, "totals.waits.condition.time_ns")));
	json_decref(report);
}

Test(truth, io_in_threads_is_io_and_agrees)
{
	check_io("io --threads 8 --tasks 80 --task-time 50ms");
}

Test(truth, io_in_processes_is_io_and_agrees)
{
	check_io("io --procs 8 --tasks 80 --task-time 50ms");
}

Test(truth, mixed_in_threads_agrees)
{
	json_decref(check_run("mixed --threads 4 --tasks 60"));
}

Test(truth, mixed_in_processes_agrees)
{
	json_decref(check_run("mixed --procs 4 --tasks 60"));
}

/* Lock wait lasts until the thread runs again, as the program's own clock sees it. */
static void check_lock(const char *run)
{
	json_t *report = check_run(run);

	assert_close(number_at(report, "totals.waits.lock.time_ns") +
			     number_at(report, "totals.waits.lock.ready_ns"),
		     number_at(report, "workload.truth.lock_wait_ns"), 0.03, 0, "lock wait", run);
	json_decref(report);
}

Test(truth, lock_wait_in_threads_agrees_with_the_workloads_clock)
{
	check_lock("lock --threads 4 --tasks 40 --lock-share 60%");
}

Test(truth, lock_wait_in_processes_agrees_with_the_workloads_clock)
{
	check_lock("lock --procs 4 --tasks 40 --lock-share 60%");
}

/* The kernel counts these, and threads that have ended, in what it tells of the whole process. */
Test(truth, of_processes_that_make_others_has_their_own_ends_only)
{
	const char *run = "spawn --procs 2 --tasks 40";
	json_t *report = report_of("run spawn --procs 2 --tasks 40 -q --json");
	const json_t *row;
	size_t i;

	cr_assert_eq(json_array_size(json_at(report, "workload.truth.workers")), 2);
	json_array_foreach (json_at(report, "workload.truth.workers"), i, row) {
		const json_t *thread = thread_of(report, json_integer_value(json_at(row, "tid")));

		assert_close(number_at(thread, "running_ns") - number_at(thread, "stolen_ns"),
			     running_of(row), 0.005, END_NS, "running - stolen", run);
	}
	json_decref(report);
}
