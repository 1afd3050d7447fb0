/* SPDX-License-Identifier: BSD-2-Clause */
/* --view code in print. */
#include "cli/report/print.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/unit/report_text.h"

static struct report_coder coders[] = { { .tid = 11, .pid = 1, .name = "loop", .samples = 30 } };

static struct report_frame frames[] = {
	{ .function = "memcpy", .module = "/lib/libc.so.6", .line = NO_VALUE, .kind = "native" },
	{ .function = "pack", .module = "/bin/program", .line = 9, .kind = "native" },
	{ .function = "main", .module = "/bin/program", .line = 3, .kind = "native" },
};

static struct report_code_stack stacks[] = {
	{ .samples = 60, .end = "root", .frames = frames, .frames_count = 3 },
};

static struct report_code code[] = {
	{ .function = "merge",
	  .module = "/bin/program",
	  .file = "/src/merge.c",
	  .line = 7,
	  .kind = "native",
	  .samples = 40,
	  .kernel_samples = 10,
	  .running_ns = 400000000,
	  .alone_ns = 400000000,
	  .criticality = 0.571,
	  .threads = coders,
	  .threads_count = 1 },
	{ .function = "memcpy",
	  .module = "/lib/libc.so.6",
	  .line = NO_VALUE,
	  .kind = "native",
	  .samples = 60,
	  .running_ns = 600000000,
	  .criticality = 0.429 },
};

static struct report sampled(void)
{
	return (struct report){ .completeness.complete = true,
				.code = code,
				.code_count = 2,
				.code_stacks = stacks,
				.code_stacks_count = 1,
				.sampling = { .period_ns = 20408163, .samples = 100 } };
}

static char *printed(const struct report *report)
{
	struct report_style style = { .columns = 100 };

	return print_view(report, NULL, &style, VIEW_CODE);
}

Test(view_code, has_functions_in_the_reports_order_with_their_part)
{
	struct report report = sampled();
	_cleanup_free_ char *text = printed(&report);

	assert_says(text, "57.1 %");
	assert_says(text, "merge.c:7");
	assert_says(text, "25.0 % in the kernel");
	assert_says(text, "loop (11) 75.0 %");
	cr_assert_lt(strstr(text, "merge"), strstr(text, "memcpy"));
}

Test(view_code, says_for_whom_a_librarys_function_ran)
{
	struct report report = sampled();
	_cleanup_free_ char *text = printed(&report);

	assert_says(text, "called for pack 100.0 %");
}

Test(view_code, says_how_good_so_many_samples_are_and_what_was_lost)
{
	struct report report = sampled();
	_cleanup_free_ char *text = NULL;

	report.sampling.lost_samples = 5;
	text = printed(&report);
	assert_says(text, "100 samples");
	assert_says(text, "10 points");
	assert_says(text, "5 samples had no room");
}

Test(view_code, says_why_there_are_no_samples)
{
	struct report report = { .completeness.complete = true,
				 .sampling = { .period_ns = NO_VALUE,
					       .note = "the kernel refuses" } };
	_cleanup_free_ char *refused = printed(&report), *idle = NULL, *old = NULL;

	assert_says(refused, "the kernel refuses");
	report.sampling.note = NULL;
	old = printed(&report);
	assert_says(old, "no samples of code in this report");
	report.sampling.period_ns = 20408163;
	idle = printed(&report);
	assert_says(idle, "No thread was met on a CPU");
}

Test(view_code, does_with_a_document_that_lacks_every_figure)
{
	struct report_code bare = { .running_ns = NO_VALUE,
				    .alone_ns = NO_VALUE,
				    .samples = NO_VALUE,
				    .kernel_samples = NO_VALUE,
				    .line = NO_VALUE,
				    .criticality = NAN };
	struct report report = { .completeness.complete = true,
				 .code = &bare,
				 .code_count = 1,
				 .sampling = { .period_ns = NO_VALUE, .samples = 1 } };
	_cleanup_free_ char *text = printed(&report);

	assert_says(text, "code without names");
	assert_says(text, "n/a");
}
