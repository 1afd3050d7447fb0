// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>

#include "tests/support/command.h"

TestSuite(scale, .timeout = 240);

Test(scale, ten_thousand_threads_are_all_there)
{
	json_t *report = report_of("run cpu --threads 10000 --duration 3s -q --json");

	cr_assert_eq(number_at(report, "totals.threads"), 10000);
	cr_assert_eq(number_at(report, "completeness.untracked_threads"), 0);
	cr_assert_leq(json_array_size(json_at(report, "threads")), 10000);
	json_decref(report);
}

/* Exited threads beyond 4,096 fold into their process, and the totals still hold all of them. */
Test(scale, two_hundred_thousand_short_lives_are_counted_in_bounded_rows)
{
	struct command_result result =
		command_run("f=$(mktemp); $P exec -q --json -o $f -- $PROGRAMS/spawner "
			    "200000 64 >/dev/null; "
			    "cat $f; rm $f");
	json_t *report = json_loads(result.out, 0, NULL);
	const json_t *process;

	cr_assert(report, "%s", result.err);
	cr_assert_eq(number_at(report, "totals.threads") +
			     number_at(report, "completeness.untracked_threads"),
		     200001);
	cr_assert_leq(json_array_size(json_at(report, "threads")), 4096);
	process = json_array_get(json_at(report, "processes"), 0);
	cr_assert_eq(number_at(process, "folded_threads") + 4096,
		     number_at(report, "totals.threads"));
	json_decref(report);
	command_release(&result);
}
