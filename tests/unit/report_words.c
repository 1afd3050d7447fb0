/* SPDX-License-Identifier: BSD-2-Clause */
/* What a report says first, of itself, of the probes and of the workload's own truth. */
#include "cli/report/print.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/unit/report_text.h"

static char *print_to_text(const struct report *report, const json_t *workload,
			   const struct report_style *style)
{
	return print_view(report, workload, style, VIEW_SUMMARY);
}

Test(report_words, of_what_ran_already_claims_neither_its_start_nor_its_end)
{
	struct report report = { .target.kind = "attach", .totals.figures.running_ns = 1000 };
	struct report_style style = { .columns = 80 };
	_cleanup_free_ char *attached = print_to_text(&report, NULL, &style);
	_cleanup_free_ char *run = NULL;

	report.target.kind = "run";
	run = print_to_text(&report, NULL, &style);
	cr_assert(strstr(attached, "in the window") && !strstr(attached, "start to exit"));
	cr_assert(strstr(run, "start to exit") && !strstr(run, "in the window"));
}

Test(report_words, says_first_that_it_is_incomplete_and_withholds_the_verdict)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .completeness.missed_switches = 12, .probes.events = 88 };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert_eq(strncmp(text, "INCOMPLETE  12 missed switches.\n", 32), 0, "%s", text);
	cr_assert(strstr(text, "\nWITHHELD  12.0 % of switches were lost"));
	cr_assert_null(strstr(text, "PARALLELISM"));
}

Test(report_words, starts_with_the_verdict_when_complete)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .completeness.complete = true, .host.cpus = 2 };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert_eq(strncmp(text, "PARALLELISM 0.00 of 2 CPUs  No thread", 37), 0, "%s", text);
}

/* The share is of all the probes' runs, so that it is no product of the targets' switches. */
Test(report_words, of_the_probes_says_what_a_run_and_what_all_runs_took)
{
	struct report report = { .completeness.complete = true,
				 .probes = { 4090, 137, 0.019, 100000000 } };
	struct report_style style = { .columns = 120 };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert(strstr(text, "4,090 switches | 137 ns a run, 1.9 % of CPU time for all tasks"),
		  "%s", text);
}

Test(report_words, tells_what_may_be_a_little_off_without_being_lost)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .completeness.complete = true,
				 .window.duration_ns = 1000000,
				 .parallelism = { .unsettled = 3, .late_ns = 4000 } };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert(strstr(text, "complete, 0 lost; 3 looks at the criticality sums may be one "
			       "interval off; levels of parallelism ~ 0.4 % (learnt too late)\n"),
		  "%s", text);
	cr_assert(strstr(text, "PARALLELISM"), "it withholds no verdict");
}

Test(report_words, tells_lost_stacks_beside_what_is_complete_without_them)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .completeness = { .complete = true, .lost_stacks = 12 } };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert(strstr(text, "complete, 0 lost; 12 stacks lost, so those told stand for "
			       "less than all waits\n"),
		  "%s", text);
	cr_assert(strstr(text, "PARALLELISM"), "it withholds no verdict");
}

/* 2,498 by the workload's own account. */
static bool tells_apart(uint64_t involuntary, uint64_t workers, const char *words)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .target = { .kind = "run", .workload = "cpu", .workers = workers },
				 .totals.figures.involuntary = involuntary };
	json_t *workload = made_truth();
	_cleanup_free_ char *text = print_to_text(&report, workload, &style);

	json_decref(workload);
	return strstr(text, words);
}

Test(report_words, says_why_the_probes_and_the_workload_are_a_few_switches_apart)
{
	cr_assert(tells_apart(
		2499, 8,
		"  apart          1 switch: workers look at themselves just before they exit\n"));
	cr_assert(tells_apart(2495, 8,
			      "3 switches: workers look at themselves before the window begins\n"));
	cr_assert_not(tells_apart(2498, 8, "apart"), "they agree");
	cr_assert_not(tells_apart(2598, 8, "apart"), "their looks are no reason for so many");
}

Test(report_words, does_not_tell_what_is_too_little_to_matter)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .completeness.complete = true,
				 .window.duration_ns = 1000000,
				 .parallelism = { .unsettled = 0, .late_ns = 1000 } };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert(strstr(text, "complete, 0 lost\n"), "%s", text);
	report.parallelism.unsettled = report.parallelism.late_ns = NO_VALUE;
	free(text);
	text = print_to_text(&report, NULL, &style);
	cr_assert(strstr(text, "complete, 0 lost\n"), "%s", text);
}

Test(report_words, shows_the_workloads_own_figures_beside_the_probes)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .completeness.complete = true };
	json_t *workload = made_truth();
	_cleanup_free_ char *text = NULL;

	report.totals.figures.running_ns = 10030000000;
	report.target = (struct report_target){ .kind = "run", .workload = "cpu", .workers = 8 };
	text = print_to_text(&report, workload, &style);
	cr_assert(strstr(text, "the workload         10.03 s      30.19 s       8.45 s"));
	cr_assert(strstr(text, "100 tasks in 5.07 s | 19.7 tasks/s | 100.2 ms running/task"));
	cr_assert(strstr(text, "100 round trips | mean 100.2 ms"));
	json_decref(workload);
}

Test(report_words, shows_what_only_this_workload_knows_by_the_names_of_its_keys)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .target = { .kind = "run", .workload = "x", .workers = 2 } };
	json_t *workload = made_truth(), *own = json_object_get(workload, "truth");
	_cleanup_free_ char *text = NULL;

	json_object_set_new(own, "lost_updates", json_integer(12345));
	json_object_set_new(own, "gil_wait_ns", json_integer(2500000));
	json_object_set_new(own, "starved_tid", json_integer(4711));
	json_object_set_new(own, "slow_tid", json_null());
	json_object_set_new(own, "channels",
			    json_pack("[{s:s,s:f},{s:s,s:f}]", "channel", "pipe", "per_byte_ns",
				      0.25, "channel", "\033[2Jx", "per_byte_ns", 1500.0));
	text = print_to_text(&report, workload, &style);
	cr_assert(strstr(text, "lost updates 12,345 | gil wait 2.50 ms | starved tid 4711\n"), "%s",
		  text);
	cr_assert(strstr(text, "  channels       pipe | per byte 0.25 ns\n"), "%s", text);
	cr_assert(strstr(text, "per byte 1.50 us"), "%s", text);
	cr_assert_null(strstr(text, "slow"));
	cr_assert_null(strchr(text, '\033'));
	json_decref(workload);
}

Test(report_words, takes_a_truth_of_the_wrong_types_for_none)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .target.kind = "run" };
	json_t *workload = json_pack("{s:s,s:i,s:{s:s,s:i}}", "tasks", "many", "elapsed_ns", -4,
				     "truth", "running_ns", "long", "ready_ns", -1);
	_cleanup_free_ char *text = print_to_text(&report, workload, &style);

	cr_assert_null(strstr(text, "As measured by"));
	json_decref(workload);
}

Test(report_words, unprobed_says_that_it_was_not_probed)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .target = { .kind = "run", .workload = "cpu", .workers = 8 } };
	_cleanup_free_ char *text = NULL;
	json_t *workload = made_truth();

	text = PRINTED(out, cr_assert_eq(report_print_unprobed(out, &report, workload, &style), 0));
	cr_assert_eq(strncmp(text, "cpu | 8 threads | 100 tasks", 27), 0);
	cr_assert(strstr(text, "Not probed"));
	cr_assert_null(strstr(text, "the probes"));
	json_decref(workload);
}
