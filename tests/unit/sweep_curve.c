// SPDX-License-Identifier: BSD-2-Clause
/* What is worked out of the runs of a point, and of points. */
#include "cli/sweep/curve.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tests/unit/sweep_scene.h"

TestSuite(sweep_curve, .fini = sweep_scene_free);

Test(sweep_curve, takes_the_report_of_the_run_with_the_lower_median_time)
{
	struct sweep_point *point;

	sweep_scene_make(NULL, 8);
	point = &sweep.result.curves[0].points[0];
	point->runs[0].elapsed_ns = 30;
	point->runs[1].elapsed_ns = 10;
	point->runs[2].elapsed_ns = 20;
	sweep_scene_finish();
	cr_assert_eq(point_median_run(point), &point->runs[2]);
	point->runs[2].failure = strdup("it failed");
	sweep_scene_finish();
	cr_assert_eq(point_median_run(point), &point->runs[1]);
}

Test(sweep_curve, expects_twice_the_workers_by_the_account_of_half_of_them)
{
	const struct sweep_point *points;

	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	points = sweep.result.curves[0].points;
	cr_assert(isnan(points[0].predicted_ns) && isnan(points[2].predicted_ns));
	cr_assert_eq(points[7].predicted_from, 4);
	cr_assert_float_eq(points[7].predicted_ns, points[7].time.median, 0.01e9);
}
