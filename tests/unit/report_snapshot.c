/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed of deadlocks, and of threads as they stand: whole texts under tests/golden. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/report_text.h"

TestSuite(report_deadlocks, .init = use_utf8);
TestSuite(report_snapshot, .init = use_utf8);

static const struct report_style plain = { .columns = 80, .unicode = true };
static const struct report_style coloured = { .columns = 80, .unicode = true, .colour = true };
static const struct report_style ascii = { .columns = 60 };

Test(report_deadlocks, view_has_the_circle_and_each_stack)
{
	golden_take("deadlock.deadlocks.txt",
		    print_view(golden_report("deadlock.json"), NULL, &plain, VIEW_DEADLOCKS));
}

Test(report_deadlocks, view_says_the_same_in_colour)
{
	golden_take("deadlock.deadlocks.colour.txt",
		    print_view(golden_report("deadlock.json"), NULL, &coloured, VIEW_DEADLOCKS));
}

Test(report_snapshot, has_deadlocks_first_and_threads_alike_as_one)
{
	golden_take("deadlock.snapshot.txt",
		    print_snapshot(golden_report("deadlock.json"), &plain));
}

Test(report_snapshot, says_the_same_without_unicode)
{
	golden_take("deadlock.snapshot.narrow.txt",
		    print_snapshot(golden_report("deadlock.json"), &ascii));
}

Test(report_deadlocks, summary_tells_one_right_behind_the_verdict)
{
	_cleanup_free_ char *text =
		print_view(golden_report("deadlock.json"), NULL, &plain, VIEW_SUMMARY);
	const char *alarm = strstr(text, "\nDEADLOCK  teller (4243) waits for log_lock, held by");

	cr_assert(alarm, "%s", text);
	cr_assert_lt(alarm, strstr(text, "PID 4242"));
	cr_assert_null(strstr(text, "Deadlocks"));
	cr_assert(strstr(text, "\n  partrace report --view deadlocks"));
}

/* One statement with its members, and not the same one in two sentences. */
Test(report_deadlocks, summary_tells_one_within_the_verdict)
{
	struct report_finding finding = { .id = "deadlock",
					  .severity = "problem",
					  .confidence = 0.99,
					  .title = "2 threads wait for each other.",
					  .detail = "teller (4243) waits for log_lock." };
	struct report report = *golden_report("deadlock.json");
	_cleanup_free_ char *text = NULL, *findings = NULL;

	report.findings = &finding;
	report.findings_count = 1;
	text = print_view(&report, NULL, &plain, VIEW_SUMMARY);
	cr_assert_eq(count_of(text, "DEADLOCK"), 1, "%s", text);
	cr_assert_eq(count_of(text, "waits for log_lock,"), 1, "%s", text);
	cr_assert_eq(strncmp(text, "DEADLOCK  2 threads wait for each other. teller (4243)", 54), 0,
		     "%s", text);
	findings = print_view(&report, NULL, &plain, VIEW_FINDINGS);
	cr_assert_eq(count_of(findings, "waits for log_lock,"), 1, "%s", findings);
}

/* Who locks twice, or waits for an end with a lock, is helped by no order. */
Test(report_deadlocks, view_advises_an_order_only_where_it_would_help)
{
	struct report_deadlocked self = { .tid = 5, .waits_for = "lock", .lock = "1:0x1" };
	struct report_deadlock deadlock = { &self, 1 };
	struct report report = *golden_report("deadlock.json");
	_cleanup_free_ char *text = NULL;

	report.deadlocks = &deadlock;
	report.deadlocks_count = 1;
	text = print_view(&report, NULL, &plain, VIEW_DEADLOCKS);
	cr_assert(strstr(text, "none of its threads had"), "%s", text);
	cr_assert_null(strstr(text, "order"), "%s", text);
}

/* The word in which a join waits is held by nobody. */
Test(report_snapshot, says_whose_end_a_join_waits_for)
{
	struct report_lock lock = {
		.id = "a", .name = "anonymous+0x7ff990", .kind = "join", .owner_tid = 2
	};
	struct report_thread threads[] = {
		{ .tid = 1, .name = "main", .state = "waiting", .waits_for = "a" },
		{ .tid = 2, .name = "worker", .state = "running" },
	};
	struct report report = {
		.threads = threads, .threads_count = 2, .locks = &lock, .locks_count = 1
	};
	_cleanup_free_ char *text = print_snapshot(&report, &plain);

	cr_assert(strstr(text, "for the end of worker (2) (join)"), "%s", text);
	cr_assert_null(strstr(text, "held by"), "%s", text);
}

/* Its stack alone would look like a wait for a lock. */
Test(report_snapshot, says_of_stopped_threads_who_keeps_them)
{
	struct report_thread threads[] = {
		{ .tid = 1, .pid = 1, .name = "a", .state = "waiting", .cause = "stopped" },
		{ .tid = 2, .pid = 2, .name = "b", .state = "waiting", .cause = "stopped" },
	};
	struct report_process processes[] = {
		{ .pid = 1, .tracer_pid = NO_VALUE },
		{ .pid = 2, .tracer_pid = 77, .tracer = "gdb" },
	};
	struct report report = {
		.threads = threads, .threads_count = 2, .processes = processes, .processes_count = 2
	};
	_cleanup_free_ char *text = print_snapshot(&report, &plain);

	cr_assert(strstr(text, "a (1)  stopped for 0 ns by a signal or a freezer"), "%s", text);
	cr_assert(strstr(text, "b (2)  stopped for 0 ns by gdb (77), which traces it"), "%s", text);
	cr_assert_null(strstr(text, "waiting"), "%s", text);
}

/* What hangs without a known circle is told first, as in the summary. */
Test(report_snapshot, says_first_that_nobody_is_left)
{
	struct report_finding finding = { .id = "idle", .title = "None is left to wake them." };
	struct report_process process = { .pid = 4242, .stuck = true };
	struct report report = { .findings = &finding,
				 .findings_count = 1,
				 .processes = &process,
				 .processes_count = 1,
				 .completeness = { .complete = true } };
	_cleanup_free_ char *text = print_snapshot(&report, &plain), *calm = NULL;

	cr_assert_eq(strncmp(text, "IDLE  None is left to wake them.", 32), 0, "%s", text);
	cr_assert_null(strstr(text, "Deadlocks"), "%s", text);
	process.stuck = false;
	calm = print_snapshot(&report, &plain);
	cr_assert_null(strstr(calm, "IDLE"), "%s", calm);
	cr_assert(strstr(calm, "Deadlocks  none"), "%s", calm);
}

Test(report_snapshot, does_not_say_that_a_waiter_holds_what_it_waits_for)
{
	struct report_lock lock = { .id = "a", .contended = true, .owner_tid = 2 };
	struct report_thread threads[] = {
		{ .tid = 1, .name = "w", .state = "waiting", .waits_for = "a" },
		{ .tid = 2, .name = "w", .state = "waiting", .waits_for = "a" },
	};
	struct report_deadlocked self = { .tid = 2, .name = "w", .lock = "a", .held_by_tid = 2 };
	struct report_deadlock deadlock = { &self, 1 };
	struct report report = {
		.locks = &lock, .locks_count = 1, .threads = threads, .threads_count = 2
	};
	_cleanup_free_ char *passed_on = print_snapshot(&report, &plain);
	_cleanup_free_ char *itself = NULL;

	cr_assert(strstr(passed_on, "for a, which is changing hands"), "%s", passed_on);
	report.threads = &threads[1];
	report.threads_count = 1;
	report.deadlocks = &deadlock;
	report.deadlocks_count = 1;
	itself = print_snapshot(&report, &plain);
	cr_assert(strstr(itself, "for a, held by itself"), "%s", itself);
}

Test(report_snapshot, of_threads_in_two_places_keeps_them_apart)
{
	struct report_frame frames[2] = { { .function = "a", .line = 1 },
					  { .function = "a", .line = 2 } };
	struct report_thread threads[4] = {
		{ .tid = 1,
		  .name = "w",
		  .state = "waiting",
		  .frames = &frames[0],
		  .frames_count = 1 },
		{ .tid = 2,
		  .name = "w",
		  .state = "waiting",
		  .frames = &frames[1],
		  .frames_count = 1 },
		{ .tid = 3,
		  .name = "w",
		  .state = "waiting",
		  .frames = &frames[0],
		  .frames_count = 1 },
		{ .tid = 4, .name = "gone", .state = "exited" },
	};
	struct report report = { .threads = threads,
				 .threads_count = 4,
				 .completeness.complete = true };
	_cleanup_free_ char *text = print_snapshot(&report, &plain);

	cr_assert(strstr(text, "\n2 threads  w waiting for 0 ns · TIDs 1,3\n"), "%s", text);
	cr_assert(strstr(text, "\nw (2)  waiting for 0 ns\n"), "%s", text);
	cr_assert_null(strstr(text, "gone"));
}

Test(report_snapshot, says_of_a_thread_that_goes_on_why_it_has_no_stack)
{
	struct report_thread thread = { .tid = 2, .name = "w", .state = "waiting" };
	struct report report = { .threads = &thread,
				 .threads_count = 1,
				 .window.duration_ns = 100000000,
				 .completeness.complete = true };
	_cleanup_free_ char *old = print_snapshot(&report, &plain), *young = NULL, *runs = NULL;

	cr_assert(strstr(old, "\nw (2)  waiting for 100.0 ms · no stack\n"), "%s", old);
	thread.since_ns = 60000000;
	young = print_snapshot(&report, &plain);
	cr_assert(strstr(young, "waiting for 40.0 ms · no stack: it moved meanwhile\n"), "%s",
		  young);
	thread.state = "running";
	runs = print_snapshot(&report, &plain);
	cr_assert_null(strstr(runs, "no stack"), "%s", runs);
}

Test(report_snapshot, of_nobody_says_so)
{
	struct report report = { .completeness.complete = true };
	_cleanup_free_ char *text = print_snapshot(&report, &plain);

	cr_assert(strstr(text, "No thread of the target lives."), "%s", text);
}
