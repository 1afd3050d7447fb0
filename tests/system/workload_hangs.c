// SPDX-License-Identifier: BSD-2-Clause
/* Workloads that get nowhere: their truth against the report. */
#include <criterion/criterion.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"
#include "tests/support/workload.h"

TestSuite(workload_hangs, .timeout = 60);

/* It is in the report as it was in the end: nobody has left, and all wait since then. */
static void assert_cycle(const json_t *report, const json_t *cycle)
{
	size_t i, members = json_array_size(cycle);
	const json_t *row;

	json_array_foreach (cycle, i, row) {
		const json_t *next = json_array_get(cycle, (i + 1) % members);
		const json_t *thread = thread_of(report, (json_int_t)number_at(row, "tid"));
		double waited_ns =
			number_at(report, "workload.elapsed_ns") - number_at(row, "since_ns");

		cr_assert_eq(number_at(row, "held_by_tid"), number_at(next, "tid"));
		cr_assert_eq(number_at(row, "waits_for"), number_at(next, "holds"));
		cr_assert(json_is_null(json_at(thread, "exited_ns")));
		assert_near(number_at(thread, "waits.lock.time_ns") +
				    number_at(thread, "waits.lock.ready_ns"),
			    waited_ns, 0.05, LOOK_NS, "a member's wait");
	}
}

static void deadlock(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "deadlock -d 400ms --cycle %d",
				      workers > 2 ? workers - 1 : workers);
	const json_t *cycle = json_at(report, "workload.truth.cycle");

	cr_assert_eq(json_array_size(cycle), workers - workload_truth(report, "bystanders"));
	cr_assert_eq(workload_truth(report, "bystanders"), workers > 2);
	assert_cycle(report, cycle);
	assert_near(workload_wait(report, "lock"), workload_truth(report, "lock_wait_ns"), 0.05,
		    8 * LOOK_NS, "lock");
	cr_assert_lt(number_at(report, "window.duration_ns"), 900e6);
	cr_assert_eq(number_at(report, "workload.tasks"), 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_hangs, deadlock)

static void one_lock_order(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "deadlock -d 200ms --fixed");

	cr_assert_gt(number_at(report, "workload.tasks"), 0);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.cycle")), 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_hangs, one_lock_order)

static void livelock(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "livelock -d 300ms");
	const json_t *threads = json_at(report, "threads"), *thread;
	size_t i;

	cr_assert_eq(number_at(report, "workload.tasks"), 0);
	cr_assert_gt(workload_truth(report, "attempts"), 100);
	cr_assert_geq(workload_truth(report, "back_offs"),
		      workload_truth(report, "attempts") - workers);
	/* A sleep whose timer goes off before the CPU is given up is none: where it was preempted
	 * on its way. */
	cr_assert_geq(number_at(report, "totals.waits.sleep.count"),
		      0.9 * workload_truth(report, "back_offs") - workers);
	json_array_foreach (threads, i, thread)
		cr_assert(json_is_null(json_at(thread, "exited_ns")), "one has ended");
	json_decref(report);
}

IN_EVERY_WAY(workload_hangs, livelock)

static void random_back_off(const char *mode, int workers)
{
	json_t *report = workload_run(mode, workers, "livelock -d 200ms --fixed");

	cr_assert_gt(number_at(report, "workload.tasks"), 0);
	json_decref(report);
}

IN_EVERY_WAY(workload_hangs, random_back_off)
