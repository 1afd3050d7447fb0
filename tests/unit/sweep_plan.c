// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/plan.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"

static struct sweep_axes axes_of(unsigned int repeat)
{
	return (struct sweep_axes){ .workloads = { workload_find("cpu") },
				    .workload_count = 1,
				    .modes = { WORKER_THREADS, WORKER_PROCESSES },
				    .mode_count = 2,
				    .cpus = { 2 },
				    .cpus_count = 1,
				    .workers = { 1, 2, 4, 8 },
				    .workers_count = 4,
				    .repeat = repeat };
}

static struct sweep_step *plan(unsigned int repeat, uint64_t seed, size_t *ret_count)
{
	struct sweep_axes axes = axes_of(repeat);
	struct sweep_step *steps = NULL;

	cr_assert_eq(plan_steps(&axes, seed, &steps, ret_count), 0);
	return steps;
}

Test(plan, warms_up_once_and_first)
{
	size_t count;
	_cleanup_free_ struct sweep_step *steps = plan(5, 1, &count);

	cr_assert_eq(count, 1 + 2 * 4 * 5);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(steps[i].warm_up, i == 0);
}

Test(plan, has_every_point_once_in_every_round)
{
	size_t count;
	_cleanup_free_ struct sweep_step *steps = plan(5, 7, &count);

	for (unsigned int round = 0; round < 5; round++) {
		unsigned int seen[2][4] = { 0 };

		for (size_t i = 0; i < 8; i++) {
			const struct sweep_step *step = &steps[1 + round * 8 + i];

			cr_assert_eq(step->repeat, round);
			seen[step->curve][step->point]++;
		}
		for (int i = 0; i < 8; i++)
			cr_assert_eq(seen[i / 4][i % 4], 1);
	}
}

Test(plan, is_the_same_for_the_same_seed_and_another_for_another)
{
	size_t count;
	_cleanup_free_ struct sweep_step *one = plan(5, 1, &count);
	_cleanup_free_ struct sweep_step *same = plan(5, 1, &count);
	_cleanup_free_ struct sweep_step *other = plan(5, 2, &count);

	cr_assert_eq(memcmp(one, same, count * sizeof(*one)), 0);
	cr_assert_neq(memcmp(one, other, count * sizeof(*one)), 0);
}

/* Each of the eight places of a round gets each point equally often, within four deviations. */
Test(plan, shuffles_without_preference)
{
	unsigned int first[8] = { 0 };
	size_t count;
	_cleanup_free_ struct sweep_step *steps = plan(1000, 3, &count);

	for (size_t i = 1; i < count; i += 8)
		first[steps[i].curve * 4 + steps[i].point]++;
	for (int i = 0; i < 8; i++)
		cr_assert(first[i] > 125 - 42 && first[i] < 125 + 42, "%u", first[i]);
}

Test(plan, expects_cpu_work_to_gain_until_the_cpus_run_out_and_io_beyond)
{
	struct sweep_curve_name cpu = { workload_find("cpu"), WORKER_THREADS, RUNTIME_NATIVE, 2 };
	struct sweep_curve_name io = { workload_find("io"), WORKER_THREADS, RUNTIME_NATIVE, 2 };
	uint64_t task_ns = 20 * NSEC_PER_MSEC;
	double one = (double)plan_estimate_ns(&cpu, 1, 100, task_ns);

	cr_assert_float_eq(one, 2.25e9, 0.05e9);
	cr_assert_float_eq((double)plan_estimate_ns(&cpu, 2, 100, task_ns), 1.25e9, 0.05e9);
	cr_assert_float_eq((double)plan_estimate_ns(&cpu, 8, 100, task_ns), 1.25e9, 0.05e9);
	cr_assert_float_eq((double)plan_estimate_ns(&io, 8, 100, task_ns), 0.5e9, 0.05e9);
}

Test(plan, expects_nothing_of_a_task_time_that_a_workload_does_not_have)
{
	struct sweep_curve_name spawn = { workload_find("spawn"), WORKER_THREADS, RUNTIME_NATIVE,
					  2 };

	cr_assert_lt(plan_estimate_ns(&spawn, 1, 100, 20 * NSEC_PER_MSEC), 500 * NSEC_PER_MSEC);
}

Test(plan, corrects_what_is_left_by_what_the_first_runs_took)
{
	cr_assert_eq(plan_left_ns(0, 1000, 0, 10, 0), 1000);
	cr_assert_eq(plan_left_ns(100, 1000, 1, 10, 200), 2000);
	cr_assert_eq(plan_left_ns(0, 0, 2, 10, 200), 1000);
}
