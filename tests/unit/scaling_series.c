// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/series.h"

#include <criterion/criterion.h>
#include <math.h>

#include "base/owned.h"

static struct series_point only(const double *times, size_t repeats)
{
	struct series_runs runs = { 1, times, repeats };
	struct series_point point;

	cr_assert_eq(series_points(&runs, 1, &point), SCALING_DONE);
	return point;
}

Test(series, takes_the_median_and_keeps_the_outlier_in_the_spread)
{
	static const double times[] = { 101, 99, 100, 500, 98 };
	struct series_point point = only(times, ARRAY_LEN(times));

	cr_assert_eq(point.median, 100);
	cr_assert_eq(point.low, 98);
	cr_assert_eq(point.high, 500);
	cr_assert_float_eq(point.spread, 4.02, 1e-12);
	cr_assert_eq(point.lower_quartile, 99);
	cr_assert_eq(point.upper_quartile, 101);
}

Test(series, leaves_the_order_of_the_runs_as_it_was)
{
	static const double times[] = { 3, 1, 2 };

	cr_assert_eq(only(times, 3).median, 2);
	cr_assert_eq(times[0], 3);
}

Test(series, of_an_even_number_of_runs_takes_the_middle_between_two)
{
	static const double times[] = { 4, 2 };

	cr_assert_eq(only(times, 2).median, 3);
}

Test(series, counts_speed_up_and_efficiency_from_its_first_point)
{
	static const double two[] = { 100 }, eight[] = { 40 };
	struct series_runs runs[] = { { 2, two, 1 }, { 8, eight, 1 } };
	struct series_point points[2];

	cr_assert_eq(series_points(runs, 2, points), SCALING_DONE);
	cr_assert_eq(points[0].speedup, 1);
	cr_assert_eq(points[0].efficiency, 1);
	cr_assert_float_eq(points[1].speedup, 2.5, 1e-12);
	cr_assert_float_eq(points[1].efficiency, 2.5 / 4, 1e-12);
}

Test(series, the_spread_of_a_curve_is_that_of_its_worst_point)
{
	static const double quiet[] = { 100, 101 }, noisy[] = { 50, 60 };
	struct series_runs runs[] = { { 1, quiet, 2 }, { 2, noisy, 2 } };
	struct series_point points[2];

	cr_assert_eq(series_points(runs, 2, points), SCALING_DONE);
	cr_assert_float_eq(series_spread(points, 2), 10.0 / 55, 1e-12);
	cr_assert_eq(series_spread(points, 0), 0);
}

static enum scaling_refusal refused(unsigned int first, unsigned int second, double time,
				    size_t repeats)
{
	double times[] = { time, time };
	static const double good[] = { 1, 1 };
	struct series_runs runs[] = { { first, good, 2 }, { second, times, repeats } };
	struct series_point points[2];

	return series_points(runs, 2, points);
}

Test(series, refuses_what_is_no_time)
{
	cr_assert_eq(refused(1, 2, 0, 2), SCALING_NO_TIME);
	cr_assert_eq(refused(1, 2, -1, 2), SCALING_NO_TIME);
	cr_assert_eq(refused(1, 2, NAN, 2), SCALING_NO_TIME);
	cr_assert_eq(refused(1, 2, INFINITY, 2), SCALING_NO_TIME);
	cr_assert_eq(refused(1, 2, 1, 2), SCALING_DONE);
}

Test(series, refuses_workers_that_do_not_ascend_or_are_none)
{
	cr_assert_eq(refused(2, 1, 1, 2), SCALING_NOT_ASCENDING);
	cr_assert_eq(refused(2, 2, 1, 2), SCALING_NOT_ASCENDING);
	cr_assert_eq(refused(0, 2, 1, 2), SCALING_NO_WORKERS);
}

Test(series, refuses_a_curve_without_points_and_a_point_without_runs)
{
	cr_assert_eq(series_points(NULL, 0, NULL), SCALING_NO_POINTS);
	cr_assert_eq(refused(1, 2, 1, 0), SCALING_NO_POINTS);
}
