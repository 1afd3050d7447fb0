// SPDX-License-Identifier: BSD-2-Clause
/* Workloads with locks: each one's truth against itself and against the report. */
#include <criterion/criterion.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"
#include "tests/support/workload.h"

TestSuite(workload_locks, .timeout = 60);

static void rwlock(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "rwlock -d 300ms --lock-share 60%%");

	/* Many short waits: their calls take time of their own, by the workload's clock. */
	assert_near(workload_wait(report, "lock"), workload_truth(report, "lock_wait_ns"), 0.15,
		    5e6, "lock");
	cr_assert_eq(workload_truth(report, "read_wait_ns") +
			     workload_truth(report, "write_wait_ns"),
		     workload_truth(report, "lock_wait_ns"));
	cr_assert_geq(workload_truth(report, "reads"), 5 * workload_truth(report, "writes"));
	cr_assert_gt(workload_truth(report, "writes"), 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_locks, rwlock)

static void lock_in_shards(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "lock -d 200ms --lock-share 80%% --fixed");

	cr_assert_eq(workload_truth(report, "lock_waits"), 0);
	cr_assert_lt(workload_wait(report, "lock"), 5e6);
	cr_assert_gt(workload_truth(report, "locked_ns"), 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_locks, lock_in_shards)

Test(workload_locks, gil_lets_one_thread_compute_at_a_time)
{
	json_t *report = workload_run("threads", 4, "gil -d 400ms");

	cr_assert_leq(workload_truth(report, "gil_held_ns"),
		      number_at(report, "workload.elapsed_ns"));
	cr_assert_geq(workload_truth(report, "gil_held_ns"),
		      0.6 * number_at(report, "workload.elapsed_ns"));
	cr_assert_gt(workload_truth(report, "gil_requests"), 0);
	cr_assert_leq(workload_wait(report, "lock"),
		      1.05 * workload_truth(report, "gil_wait_ns") + workload_start_ns(report));
	cr_assert_gt(workload_wait(report, "lock"), 0.5 * workload_truth(report, "gil_wait_ns"));
	json_decref(report);
}

Test(workload_locks, gil_in_processes_is_one_for_each_and_so_is_the_cured_twin)
{
	json_t *processes = workload_run("procs", 2, "gil -d 300ms");
	json_t *fixed = workload_run("threads", 2, "gil -d 300ms --fixed");

	cr_assert_eq(workload_truth(processes, "gil_waits"), 0);
	cr_assert_eq(workload_truth(fixed, "gil_waits"), 0);
	cr_assert_str_eq(json_string_value(json_at(fixed, "target.mode")), "processes");
	json_decref(processes);
	json_decref(fixed);
}

static void starvation(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "starvation -d 400ms");
	const json_t *starved =
		thread_of(report, (json_int_t)workload_truth(report, "starved_tid"));
	double elapsed_ns = number_at(report, "workload.elapsed_ns");

	cr_assert_eq(number_at(workload_worker(report, workers - 1), "tid"),
		     workload_truth(report, "starved_tid"));
	assert_near(workload_wait(report, "lock"), workload_truth(report, "lock_wait_ns"), 0.15,
		    5e6, "lock");
	cr_assert_geq(number_at(starved, "waits.lock.time_ns") +
			      number_at(starved, "waits.lock.ready_ns"),
		      0.7 * elapsed_ns);
	cr_assert_leq(workload_truth(report, "starved_turns"),
		      0.1 * workload_truth(report, "turns"));
	json_decref(report);
}

IN_EVERY_WAY(workload_locks, starvation)

static void starvation_by_nice(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "starvation --by nice -d 400ms");
	const json_t *starved =
		thread_of(report, (json_int_t)workload_truth(report, "starved_tid"));

	cr_assert_geq(number_at(starved, "ready_ns"),
		      0.8 * number_at(report, "workload.elapsed_ns"));
	cr_assert_leq(workload_truth(report, "starved_turns"),
		      0.15 * workload_truth(report, "turns"));
	cr_assert_eq(workload_truth(report, "lock_waits"), 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_locks, starvation_by_nice)

/* All get about as many turns. */
static void starvation_cured(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "starvation -d 300ms --fixed");
	const json_t *last = workload_worker(report, workers - 1);

	cr_assert(json_is_null(json_at(report, "workload.truth.starved_tid")));
	cr_assert_geq(number_at(last, "turns"), 0.7 * workload_truth(report, "turns") / workers);
	json_decref(report);
}

IN_EVERY_WAY(workload_locks, starvation_cured)
