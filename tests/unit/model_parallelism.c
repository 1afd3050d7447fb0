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

Test(parallelism, a_late_move_leaves_no_level_below_nothing)
{
	struct report_parallelism report;

	/* B ran from 0 to 30, seen only at 20; A from 10 to 30: 10 alone, 20 together. */
	to.time_at_level_ns[0] = 10;
	to.time_at_level_ns[1] = (uint64_t)-10;
	to.time_at_level_ns[2] = 30;
	to.late_ns = 20;
	parallelism_between(&from, &to, 30, levels, &report);
	cr_assert_eq(levels[0] + levels[1] + levels[2], 30);
	cr_assert_eq(levels[1] + 2 * levels[2], 50, "the running time is what it was");
	cr_assert_eq(report.late_ns, 20, "and the error is stated");
}

Test(parallelism, forty_eight_bits_of_time_wrap_around)
{
	cr_assert_eq(set_elapsed(5, SET_TIME_MASK - 4), 10);
	cr_assert_eq(set_elapsed(SET_TIME_MASK - 4, 5), -10);
}
