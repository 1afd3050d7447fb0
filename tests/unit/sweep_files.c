// SPDX-License-Identifier: BSD-2-Clause
/* Sweeps as CSV and as a picture. */
#include "cli/sweep/svg.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "cli/sweep/document.h"
#include "tests/support/printed.h"
#include "tests/unit/sweep_scene.h"

TestSuite(sweep_csv, .fini = sweep_scene_free);
TestSuite(sweep_svg, .fini = sweep_scene_free);

Test(sweep_csv, has_a_line_for_each_run_and_quotes_what_needs_it)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make("say \"{n}\", twice", 8);
	sweep.result.curves[0].points[0].runs[0].failure = strdup("exit status 1");
	sweep_scene_finish();
	text = PRINTED(out, sweep_csv(out, &sweep.result));
	cr_assert_eq(count_of(text, "\n"), 1 + 8 * SCENE_RUNS);
	assert_says(text, "\"say \"\"{n}\"\", twice\",,,8,1,1,1,,");
}

Test(sweep_svg, draws_every_curve_with_its_law_and_lets_no_name_be_markup)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make("x <script>&{n}\001", 8);
	sweep_scene_finish();
	text = PRINTED(out, cr_assert_eq(sweep_svg(out, &sweep.result), 0));
	cr_assert_eq(count_of(text, "<circle"), 8);
	assert_says(text, "x &lt;script&gt;&amp;{n}?");
	assert_says(text, "stroke-width=\"6\"");
	assert_says(text, "wide band: the law that was fitted");
	cr_assert_null(strstr(text, "nan"), "%s", text);
}

Test(sweep_svg, marks_where_the_cpus_run_out_and_speaks_of_no_law_that_it_does_not_draw)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 2);
	sweep_scene_finish();
	text = PRINTED(out, cr_assert_eq(sweep_svg(out, &sweep.result), 0));
	assert_says(text, ">2 CPUs</text>");
	assert_says(text, "bars: fastest and slowest run");
	cr_assert_null(strstr(text, "wide band"), "%s", text);
	cr_assert_null(strstr(text, "stroke-width=\"6\""), "%s", text);
}

Test(sweep_svg, of_one_point_is_still_a_picture)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 1);
	sweep.axes.workers_count = 1;
	for (size_t c = 0; c < sweep.result.count; c++)
		for (size_t i = 1; i < 8; i++)
			for_each_run (run, &sweep.result.curves[c].points[i])
				run->order = 0;
	sweep_scene_finish();
	text = PRINTED(out, cr_assert_eq(sweep_svg(out, &sweep.result), 0));
	cr_assert_null(strstr(text, "nan"), "%s", text);
	cr_assert_null(strstr(text, "inf"), "%s", text);
}
