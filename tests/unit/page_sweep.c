// SPDX-License-Identifier: BSD-2-Clause
/* What the page of a sweep says in words. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/unit/page_scene.h"

Test(page_sweep, says_which_point_of_a_sweep_failed_and_which_law_fits)
{
	_cleanup_free_ char *page = page_of_text(SWEEP);

	assert_balanced(page);
	cr_assert(strstr(page, "2 of 3 runs with 4 workers failed: exit status 9"));
	cr_assert(strstr(page, "s = 12.5 %"));
	cr_assert(strstr(page, "interrupted"));
}

Test(page_sweep, of_a_sweep_says_the_law_with_its_interval_and_its_bound)
{
	_cleanup_free_ char *page = page_of_text(
		"{\"schema\": \"partrace.sweep/1\", \"curves\": [{\"law\": {\"sentence\": \"x\", "
		"\"law\": \"amdahl\", \"amdahl\": {\"formula\": \"f\", \"serial\": 0.1, "
		"\"serial_95\": [0.08, 0.12], \"speedup_max\": 10}}}]}");

	cr_assert(strstr(page, "<code>f</code> s = 10 % (95 %: 8…12 %): at most 10.0× with any "
			       "number of CPUs"));
}

Test(page_sweep,
     puts_the_measured_serial_share_of_a_sweep_beside_the_fitted_one_and_what_blurs_both)
{
	_cleanup_free_ char *page = page_of_text(
		"{\"schema\": \"partrace.sweep/1\", \"curves\": [{\"law\": {\"sentence\": \"x\", "
		"\"measured\": {\"sentence\": \"31 % (lock a<b), less than the fit says.\"}, "
		"\"notes\": [\"CPUs got slower.\"]}}]}");

	cr_assert(strstr(page, "<p>31 % (lock a&lt;b), less than the fit says.</p>"));
	cr_assert(strstr(page, "<p>CPUs got slower.</p>"));
}

#define REFUSED(why) "{\"law\": {\"refusal\": \"too-few-points\", \"sentence\": \"" why "\"}}"

Test(page_sweep, says_once_for_all_curves_why_no_law_is_fitted)
{
	_cleanup_free_ char *page =
		page_of_text("{\"schema\": \"partrace.sweep/1\", \"curves\": [" REFUSED(
			"2 CPUs.") "," REFUSED("1 CPU.") "," REFUSED("2 CPUs.") "]}");
	const char *first = strstr(page, "<p class=\"note\">2 CPUs.</p>");

	assert_balanced(page);
	cr_assert(first);
	cr_assert_null(strstr(first + 1, "<p class=\"note\">2 CPUs.</p>"));
	cr_assert(strstr(page, "<p class=\"note\">1 CPU.</p>"));
}

#define GAIN(points)            "{\"schema\": \"partrace.sweep/1\", \"curves\": [{\"points\": [" points "]}]}"
#define POINT(workers, speedup) "{\"workers\": " workers ", \"time\": {\"speedup\": " speedup "}}"

Test(page_sweep, calls_a_gain_of_a_sweep_what_the_printed_report_calls_one)
{
	_cleanup_free_ char *gain = page_of_text(GAIN(POINT("1", "1") "," POINT("8", "1.06")));
	_cleanup_free_ char *none = page_of_text(GAIN(POINT("1", "1") "," POINT("8", "1.04")));
	_cleanup_free_ char *doubt =
		page_of_text(GAIN(POINT("1", "1") "," POINT("8", "1.5, \"speedup_low\": 0.9")));
	_cleanup_free_ char *one = page_of_text(GAIN(POINT("2", "1") ",{\"workers\": 8}"));
	_cleanup_free_ char *never = page_of_text(GAIN("{\"workers\": 8}"));

	cr_assert(strstr(gain, "<p>Gains up to 1.06× with 8 workers.</p>"));
	cr_assert(strstr(doubt,
			 "<p>Gains up to 1.50× with 8 workers, or nothing: its runs differ by "
			 "as much.</p>"));
	cr_assert(strstr(none, "<p>Gains nothing by more workers.</p>"));
	cr_assert(strstr(one, "<p>Succeeded with 2 workers only.</p>"));
	cr_assert(strstr(never, "<p>Never succeeded.</p>"));
}
