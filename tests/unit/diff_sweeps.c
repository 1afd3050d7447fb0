/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/diff_sweeps.h"

#include <criterion/criterion.h>

/* One point of `cpu` in threads, with 8 workers: the range of its runs, the median between. */
static json_t *sweep(int runs, int low, int high)
{
	return json_pack("{s:[{s:s,s:s,s:s,s:n,s:[{s:i,s:i,s:{s:f,s:i,s:i}}]}]}", "curves",
			 "workload", "cpu", "mode", "threads", "runtime", "native", "cpus",
			 "points", "workers", 8, "done", runs, "time", "median_ns",
			 (low + high) / 2.0, "low_ns", low, "high_ns", high);
}

static struct sweep_diff diff_of(json_t *before, json_t *after)
{
	struct sweep_diff diff;

	diff_sweeps(before, after, 0.05, &diff);
	json_decref(before);
	json_decref(after);
	return diff;
}

Test(diff_sweeps, tells_a_change_where_the_runs_do_not_overlap)
{
	struct sweep_diff diff = diff_of(sweep(5, 90, 110), sweep(5, 190, 210));

	cr_assert_eq(diff.count, 1);
	cr_assert_str_eq(diff.changes[0].what, "cpu, threads, 8 workers");
	cr_assert_float_eq(diff.changes[0].times, 2, 1e-9);
}

Test(diff_sweeps, ranges_that_touch_are_noise)
{
	struct sweep_diff diff = diff_of(sweep(5, 90, 110), sweep(5, 110, 150));

	cr_assert_eq(diff.count, 0);
	cr_assert_eq(diff.overlap, 1);
}

Test(diff_sweeps, of_fewer_than_four_runs_noise_is_unknown)
{
	struct sweep_diff diff = diff_of(sweep(5, 90, 110), sweep(3, 190, 210));

	cr_assert_eq(diff.count, 0);
	cr_assert_eq(diff.few, 1);
	cr_assert_eq(diff_of(sweep(4, 90, 110), sweep(4, 190, 210)).count, 1);
}

Test(diff_sweeps, what_is_smaller_than_asked_for_is_counted)
{
	struct sweep_diff diff = diff_of(sweep(5, 999, 1001), sweep(5, 1039, 1041));

	cr_assert_eq(diff.count, 0);
	cr_assert_eq(diff.small, 1);
}

Test(diff_sweeps, other_curves_and_damaged_documents_have_no_points_in_common)
{
	json_t *other = sweep(5, 1, 2);

	json_object_set_new(json_array_get(json_object_get(other, "curves"), 0), "mode",
			    json_string("processes"));
	cr_assert_eq(diff_of(sweep(5, 1, 2), other).points, 0);
	cr_assert_eq(diff_of(sweep(5, 1, 2), json_pack("{s:i}", "curves", 3)).points, 0);
	cr_assert_eq(diff_of(json_object(), json_object()).points, 0);
}
