// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/unit/report_text.h"

static struct report_culprit culprits[] = {
	{ .tid = 7, .name = "ours", .kind = "target", .ahead_ns = 700 },
	{ .tid = 8, .name = "cc1", .kind = "other", .ahead_ns = 80 },
};

static char *behind(uint64_t more_ns, uint64_t more_own_ns, uint64_t earlier_ns)
{
	struct report report = {
		.target = { .kind = "attach" },
		.window.duration_ns = 1000,
		.totals = { 1, 2, { .running_ns = 1000, .ready_ns = 1000 } },
		.run_queue = { .count = 10,
			       .mean_ns = 100,
			       .culprits = culprits,
			       .culprits_count = 2,
			       .more_ns = more_ns,
			       .more_own_ns = more_own_ns,
			       .earlier_ns = earlier_ns },
		.completeness.complete = true,
	};
	struct report_style style = { .columns = 200 };

	return print_view(&report, NULL, &style, VIEW_SUMMARY);
}

static void assert_says(char *text, const char *words)
{
	_cleanup_free_ char *owned = text;

	cr_assert(strstr(owned, words), "%s", owned);
}

Test(run_queue_text, counts_those_without_a_row_as_what_they_are)
{
	assert_says(behind(150, 100, 0),
		    "threads 80.0 % | other tasks 13.0 %, most of it cc1 (8)\n");
}

Test(run_queue_text, says_most_only_of_most)
{
	assert_says(behind(200, 100, 0), "other tasks 18.0 %, first of all cc1 (8)\n");
}

Test(run_queue_text, says_how_much_it_does_not_know)
{
	assert_says(behind(0, 0, 220), "cc1 (8) | not known 22.0 %\n");
}
