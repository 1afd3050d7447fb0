// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/axes.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static char why[160];

static size_t numbers(const char *text, unsigned int limit, unsigned int ret[16])
{
	size_t count = 0;

	why[0] = '\0';
	if (axes_parse_numbers(text, limit, ret, 16, &count, why, sizeof(why)) < 0)
		return 0;
	return count;
}

Test(axes, understand_ranges_and_lists_of_workers)
{
	unsigned int list[16];

	cr_assert_eq(numbers("1-4,8,16", 64, list), 6);
	cr_assert_eq(list[0], 1);
	cr_assert_eq(list[3], 4);
	cr_assert_eq(list[5], 16);
	cr_assert_eq(numbers("7", 64, list), 1);
	cr_assert_eq(numbers("1-16", 64, list), 16);
}

static void assert_refused(const char *text, const char *reason)
{
	unsigned int list[16];

	cr_assert_eq(numbers(text, 64, list), 0, "%s", text);
	cr_assert(strstr(why, reason), "%s: %s", text, why);
}

Test(axes, refuse_workers_each_with_its_reason)
{
	assert_refused("0", "names 0, which is not from 1 to 64");
	assert_refused("65", "names 65");
	assert_refused("99999999999999999999999", "which is not from 1 to 64");
	assert_refused("1e6", "not understood");
	assert_refused("-1", "not understood");
	assert_refused("", "not understood");
	assert_refused("1,", "not understood");
	assert_refused("1,,2", "not understood");
	assert_refused("1-", "not understood");
	assert_refused("1-2-3", "not understood");
	assert_refused("1 2", "not understood");
	assert_refused("4,2", "descends from 4 to 2");
	assert_refused("8-1", "descends from 8 to 1");
	assert_refused("2,2", "names 2 twice");
	assert_refused("1-4,4", "names 4 twice");
	assert_refused("1-17", "more than 16 numbers");
}

Test(axes, understand_modes_in_either_order)
{
	struct sweep_axes axes = { 0 };

	cr_assert_eq(axes_parse_modes("procs,threads", &axes, why, sizeof(why)), 0);
	cr_assert_eq(axes.mode_count, 2);
	cr_assert_eq(axes.modes[0], WORKER_PROCESSES);
	cr_assert_eq(axes.modes[1], WORKER_THREADS);
	cr_assert_eq(axes_parse_modes("processes", &axes, why, sizeof(why)), 0);
	cr_assert_eq(axes.mode_count, 1);
	cr_assert_eq(axes_parse_modes("thread", &axes, why, sizeof(why)), -EINVAL);
	cr_assert_eq(axes_parse_modes("threads,procs,threads", &axes, why, sizeof(why)), -EINVAL);
	cr_assert_eq(axes_parse_modes("procs,processes", &axes, why, sizeof(why)), -EINVAL);
}

Test(axes, by_default_go_as_far_as_four_times_the_cpus)
{
	struct sweep_axes axes = { 0 };

	axes_default_workers(&axes, 2, 1);
	cr_assert_eq(axes.workers_count, 4);
	cr_assert_eq(axes.workers[3], 8);
	axes_default_workers(&axes, 1, 1);
	cr_assert_eq(axes.workers_count, 3);
	cr_assert_eq(axes.workers[2], 4);
}

Test(axes, by_default_begin_with_as_many_workers_as_are_needed)
{
	struct sweep_axes axes = { 0 };

	axes_default_workers(&axes, 2, 2);
	cr_assert_eq(axes.workers_count, 3);
	cr_assert_eq(axes.workers[0], 2);
	cr_assert_eq(axes.workers[2], 8);
	axes_default_workers(&axes, 1, 2);
	cr_assert_eq(axes.workers_count, 2);
	cr_assert_eq(axes.workers[0], 2);
	cr_assert_eq(axes.workers[1], 4);
	axes_default_workers(&axes, 1, 6);
	cr_assert_eq(axes.workers_count, 1, "beyond four times the CPUs, one point is left");
	cr_assert_eq(axes.workers[0], 6);
}

Test(axes, by_default_have_enough_points_for_a_law_where_the_cpus_allow_it)
{
	struct sweep_axes axes = { 0 };

	for (unsigned int cpus = 5; cpus <= 256; cpus++) {
		unsigned int within = 0;

		axes_default_workers(&axes, cpus, 1);
		for (size_t i = 0; i < axes.workers_count; i++)
			within += axes.workers[i] <= cpus;
		cr_assert_geq(within, 5, "%u CPUs", cpus);
		cr_assert_leq(axes.workers[axes.workers_count - 1], 4 * cpus);
	}
}

Test(axes, make_a_curve_of_every_combination_with_modes_side_by_side)
{
	struct sweep_axes axes = { .workloads = { workload_find("cpu"), workload_find("io") },
				   .workload_count = 2,
				   .modes = { WORKER_THREADS, WORKER_PROCESSES },
				   .mode_count = 2,
				   .cpus = { 1, 2 },
				   .cpus_count = 2 };

	cr_assert_eq(axes_curves(&axes), 8);
	cr_assert_eq(axes_curve(&axes, 0).workload, workload_find("cpu"));
	cr_assert_eq(axes_curve(&axes, 1).mode, WORKER_PROCESSES);
	cr_assert_eq(axes_curve(&axes, 1).cpus, 1);
	cr_assert_eq(axes_curve(&axes, 2).cpus, 2);
	cr_assert_eq(axes_curve(&axes, 7).workload, workload_find("io"));
}

Test(axes, of_a_command_have_no_modes)
{
	struct sweep_axes axes = { .cpus = { 1, 2 }, .cpus_count = 2 };

	cr_assert_eq(axes_curves(&axes), 2);
	cr_assert_null(axes_curve(&axes, 1).workload);
	cr_assert_eq(axes_curve(&axes, 1).cpus, 2);
}

Test(axes, understand_runtimes_in_either_order)
{
	struct sweep_axes axes = { 0 };

	cr_assert_eq(axes_parse_runtimes("python,native", &axes, why, sizeof(why)), 0);
	cr_assert_eq(axes.runtime_count, 2);
	cr_assert_eq(axes.runtimes[0], RUNTIME_PYTHON);
	cr_assert_eq(axes_parse_runtimes("native,native", &axes, why, sizeof(why)), -EINVAL);
	cr_assert(strstr(why, "twice"));
	cr_assert_eq(axes_parse_runtimes("ruby", &axes, why, sizeof(why)), -EINVAL);
	cr_assert(strstr(why, "native, python or native,python"));
	cr_assert_eq(axes_parse_runtimes("", &axes, why, sizeof(why)), -EINVAL);
}

Test(axes, have_a_curve_for_each_runtime_with_its_modes_beside_each_other)
{
	struct sweep_axes axes = { .workloads = { workload_find("cpu"), workload_find("io") },
				   .workload_count = 2,
				   .modes = { WORKER_THREADS, WORKER_PROCESSES },
				   .mode_count = 2,
				   .runtimes = { RUNTIME_NATIVE, RUNTIME_PYTHON },
				   .runtime_count = 2,
				   .cpus = { 1 },
				   .cpus_count = 1 };

	cr_assert_eq(axes_curves(&axes), 8);
	cr_assert_eq(axes_curve(&axes, 1).runtime, RUNTIME_NATIVE);
	cr_assert_eq(axes_curve(&axes, 1).mode, WORKER_PROCESSES);
	cr_assert_eq(axes_curve(&axes, 2).runtime, RUNTIME_PYTHON);
	cr_assert_eq(axes_curve(&axes, 2).mode, WORKER_THREADS);
	cr_assert_eq(axes_curve(&axes, 3).workload, workload_find("cpu"));
	cr_assert_eq(axes_curve(&axes, 4).workload, workload_find("io"));
}
