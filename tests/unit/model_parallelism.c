// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/parallelism.h"

#include <criterion/criterion.h>

static struct set_totals from, to;
static uint64_t levels[SET_LEVELS];

Test(parallelism, the_open_interval_belongs_to_the_present_level)
{
	struct set_totals set = { .word = 2ull << SET_TIME_BITS | 100 };

	set_totals_at(&set, 160, &to);
	cr_assert_eq(to.time_at_level_ns[2], 60);
	cr_assert_eq(to.integral, 30u << CRITICALITY_SHIFT);
}

Test(parallelism, time_may_come_late_and_still_adds_up)
{
	struct set_totals set = { .word = 1ull << SET_TIME_BITS | 100,
				  .time_at_level_ns = { 0, 50 } };

	set_totals_at(&set, 90, &to);
	cr_assert_eq(to.time_at_level_ns[1], 40);
}

Test(parallelism, the_mean_is_weighted_by_time)
{
	struct report_parallelism report;

	to.time_at_level_ns[0] = 25;
	to.time_at_level_ns[1] = 25;
	to.time_at_level_ns[2] = 50;
	parallelism_between(&from, &to, 100, levels, &report);
	cr_assert_float_eq(report.mean, 1.25, 1e-9);
	cr_assert_eq(report.max, 2);
	cr_assert_eq(report.levels, 3);
}

Test(parallelism, forty_eight_bits_of_time_wrap_around)
{
	cr_assert_eq(set_elapsed(5, SET_TIME_MASK - 4), 10);
	cr_assert_eq(set_elapsed(SET_TIME_MASK - 4, 5), -10);
}
