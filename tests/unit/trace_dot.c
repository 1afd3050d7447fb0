/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/trace/dot.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/unit/report_text.h"

static char *draw(const struct report *report, bool all)
{
	return PRINTED(out, cr_assert_eq(dot_write(out, report, all), 0));
}

Test(dot, draws_what_waits_now_in_full_and_a_deadlock_in_red)
{
	golden_take("deadlock.dot", draw(golden_report("deadlock.json"), false));
}

Test(dot, draws_what_waited_in_the_window_dashed)
{
	golden_take("contended.dot", draw(golden_report("contended.json"), false));
}

Test(dot, draws_condition_waits_only_when_asked)
{
	golden_take("contended.all.dot", draw(golden_report("contended.json"), true));
}

Test(dot, keeps_odd_names_within_their_quotes)
{
	struct report_waiter waiter = { .tid = 7, .pid = 3, .name = "a\"];x\\N\n\xff\x1b é" };
	struct report_lock lock = { .id = "3:0x8",
				    .name = "\"\\",
				    .kind = "mutex",
				    .contended = true,
				    .waiters = &waiter,
				    .waiters_count = 1 };
	struct report_process process = { .pid = 3, .name = "p\"" };
	struct report report = {
		.locks = &lock, .locks_count = 1, .processes = &process, .processes_count = 1
	};
	_cleanup_free_ char *text = draw(&report, false);

	cr_assert(strstr(text, "label=\"a\\\"];x\\\\N??? é (7)\"]"), "%s", text);
	cr_assert(strstr(text, "label=\"\\\"\\\\\\nmutex\"]"), "%s", text);
	cr_assert(strstr(text, "label=\"p\\\" (3)\";"), "%s", text);
}

Test(dot, draws_an_owner_of_no_known_process_without_a_frame)
{
	struct report_lock lock = { .id = "shared:1:2:0x8",
				    .contended = true,
				    .shared = true,
				    .pid = NO_VALUE,
				    .owner_tid = 9 };
	struct report report = { .locks = &lock, .locks_count = 1 };
	_cleanup_free_ char *text = draw(&report, false);

	cr_assert(strstr(text, "t9 [shape=box, label=\"TID (9)\"]"), "%s", text);
	cr_assert_null(strstr(text, "cluster"));
}

Test(dot, draws_a_crowd_as_one_node_that_its_threads_wait_for)
{
	struct report_lock crowd;
	_cleanup_free_ char *text = draw(golden_with_a_crowd(&crowd), false);

	cr_assert(strstr(text, "l0 [shape=ellipse, peripheries=2, label=\"2× LWLockAcquire\\n"),
		  "%s", text);
	cr_assert(strstr(text, "  t4243 -> l0 [label=\"6.74 s\"];\n"),
		  "it waits now for a row of the crowd: %s", text);
	cr_assert_null(strstr(text, "index_lock"), "%s", text);
	cr_assert_null(strstr(text, "session_lock"), "%s", text);
	cr_assert(strstr(text, "l1 [shape=ellipse, label=\"heap+0xb60"), "%s", text);
}

Test(dot, sums_waiters_beyond_what_a_picture_holds)
{
	struct report_waiter waiters[50] = { 0 };
	struct report_lock lock = { .id = "a",
				    .contended = true,
				    .waiters = waiters,
				    .waiters_count = ARRAY_LEN(waiters),
				    .more_waiters = 7 };
	struct report report = { .locks = &lock, .locks_count = 1 };
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(waiters); i++)
		waiters[i].tid = 100 + i;
	text = draw(&report, false);
	cr_assert(strstr(text, "label=\"41 more\""), "%s", text);
	cr_assert_null(strstr(text, "t116"), "%s", text);
}

Test(dot, of_nothing_is_an_empty_graph)
{
	struct report report = { 0 };
	_cleanup_free_ char *text = draw(&report, true);

	cr_assert_str_eq(text, "digraph waits_for {\n  rankdir=LR;\n}\n");
}

Test(dot, tells_of_a_full_disk)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
	struct report report = { 0 };

	cr_assert_eq(dot_write(full, &report, false), -EIO);
}
