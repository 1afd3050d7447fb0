/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed of locks and stacks: whole texts under tests/golden. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/locks.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/report_text.h"

TestSuite(report_locks, .init = use_utf8);

static const struct report_style plain = { .columns = 80, .unicode = true };
static const struct report_style coloured = { .columns = 80, .unicode = true, .colour = true };
static const struct report_style ascii = { .columns = 60 };

Test(report_locks, view_has_table_picture_and_each_lock_in_full)
{
	golden_take("contended.locks.txt",
		    print_view(golden_report("contended.json"), NULL, &plain, VIEW_LOCKS));
}

Test(report_locks, view_says_the_same_in_colour)
{
	golden_take("contended.locks.colour.txt",
		    print_view(golden_report("contended.json"), NULL, &coloured, VIEW_LOCKS));
}

Test(report_locks, view_fits_a_narrow_terminal_without_unicode)
{
	golden_take("contended.locks.narrow.txt",
		    print_view(golden_report("contended.json"), NULL, &ascii, VIEW_LOCKS));
}

Test(report_locks, all_shows_condition_waits_under_their_own_heading)
{
	golden_take("contended.all.txt",
		    print_locks(golden_report("contended.json"), &plain, NULL, true));
}

Test(report_locks, one_lock_is_shown_alone)
{
	const struct report *report = golden_report("contended.json");

	golden_take("contended.session_lock.txt",
		    print_locks(report, &plain, &report->locks[1], false));
}

Test(report_locks, a_condition_in_full_has_no_holder)
{
	const struct report *report = golden_report("contended.json");

	golden_take("contended.jobs_ready.txt",
		    print_locks(report, &plain, &report->locks[3], false));
}

Test(report_locks, view_of_stacks_says_how_much_has_none)
{
	golden_take("contended.stacks.txt",
		    print_view(golden_report("contended.json"), NULL, &plain, VIEW_STACKS));
}

Test(report_locks, summary_has_the_table_and_the_picture_of_the_first)
{
	static const char *const lines[] = {
		"\nLock                       kind    waits     wait       max   main holder\n",
		("\n  1 index_lock             mutex   6,214  53.92 s  212.0 ms   compactor  90 "
		 "%\n"),
		"\n  worker-1…8  ──wait──▶  index_lock  ──held by──▶  compactor\n",
		"\n  71 % index_get  index.c:88                   io         91 %  fdatasync\n",
		" of the wait time (108.0 ms) has no stack. 2 stacks lost. 1 stack cut off",
		"\nDeadlocks  none\n",
		"\n  partrace report --view locks  ",
		"\n  partrace export --folded -o waits.folded  ",
	};
	_cleanup_free_ char *text =
		print_view(golden_report("contended.json"), NULL, &plain, VIEW_SUMMARY);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		cr_assert(strstr(text, lines[i]), "no %s in\n%s", lines[i], text);
	cr_assert_null(strstr(text, "jobs_ready"), "a condition wait is no contention");
}

static bool names_file(const char *file, const char *command)
{
	struct report_style style = plain;
	_cleanup_free_ char *text = NULL;

	style.file = file;
	text = print_view(golden_report("contended.json"), NULL, &style, VIEW_SUMMARY);
	return strstr(text, command);
}

Test(report_locks, of_a_file_are_seen_more_of_in_this_file)
{
	static const struct report_style style = { .columns = 80,
						   .unicode = true,
						   .file = "a.json" };
	_cleanup_free_ char *text = NULL;

	cr_assert(names_file("a.json", "\n  partrace report a.json --view locks  "));
	cr_assert(names_file("a.json", "\n  partrace export a.json --folded -o waits.folded"));
	cr_assert(names_file("my $a.json", "\n  partrace report 'my $a.json' --json  "));
	cr_assert(names_file("it's.json", "\n  partrace report FILE --json  "));
	cr_assert(names_file("\033[2J", "\n  partrace report FILE --json  "));
	cr_assert(names_file("-", "\n  partrace report FILE --json  "));
	cr_assert(names_file(NULL, "\n  partrace report --json  "));
	text = print_locks(golden_report("contended.json"), &style, NULL, false);
	cr_assert(strstr(text, "partrace locks a.json --all."), "%s", text);
}

Test(report_locks, summary_is_one_line_where_nothing_is_contended)
{
	struct report_lock lock = {
		.id = "1:0x8", .contended = true, .waits = 3, .wait_ns = 9000, .max_wait_ns = 4000
	};
	struct report report = { .completeness.complete = true,
				 .locks = &lock,
				 .locks_count = 1,
				 .totals.figures.running_ns = 5000000000 };
	_cleanup_free_ char *text = print_view(&report, NULL, &plain, VIEW_SUMMARY);

	cr_assert(strstr(text, "\nLocks  No lock was waited for longer than 4.00 µs; 3 waits took "
			       "9.00 µs in all.\n"),
		  "%s", text);
	cr_assert_null(strstr(text, "main holder"));
}

Test(report_locks, summary_says_where_nobody_waited_and_where_it_does_not_know)
{
	struct report report = { .completeness.complete = true };
	_cleanup_free_ char *none = print_view(&report, NULL, &plain, VIEW_SUMMARY);
	_cleanup_free_ char *unknown = NULL;

	cr_assert(strstr(none, "\nLocks  No thread waited for a lock.\n"), "%s", none);
	cr_assert(strstr(none, "\nDeadlocks  none\n"));
	report.totals.figures.waits[WAIT_LOCK].time_ns = 1000000;
	unknown = print_view(&report, NULL, &plain, VIEW_SUMMARY);
	cr_assert(strstr(unknown, "1.00 ms of lock wait; for which locks is not in this report"),
		  "%s", unknown);
	cr_assert_null(strstr(unknown, "Deadlocks"), "nobody looked for them");
}

/* ---- words ---- */

Test(report_locks, holder_that_the_lock_does_not_name_is_not_said_to_hold_it)
{
	static const struct {
		const char *evidence, *arrow;
	} cases[] = { { "owner", "──held by──▶  x" },
		      { "releaser", "──released by──▶  x" },
		      { "waker", "──woken by──▶  x" } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct report_holder holder = { .name = "x",
						.blocked_others_ns = 5,
						.evidence = cases[i].evidence };
		struct report_lock lock = { .id = "1:0x8",
					    .contended = true,
					    .wait_ns = 5,
					    .holders = &holder,
					    .holders_count = 1 };
		struct report report = { .locks = &lock, .locks_count = 1 };
		_cleanup_free_ char *text = print_locks(&report, &plain, &report.locks[0], false);

		cr_assert(strstr(text, cases[i].arrow), "%s", text);
	}
}

Test(report_locks, holders_chain_that_is_a_circle_ends)
{
	struct report_lock locks[2] = {
		{ .id = "a", .contended = true, .wait_ns = 5, .holder_waits_for = "b" },
		{ .id = "b", .contended = true, .wait_ns = 4, .holder_waits_for = "a" },
	};
	struct report report = { .locks = locks, .locks_count = 2 };
	_cleanup_free_ char *text = print_locks(&report, &plain, &report.locks[0], false);

	cr_assert_eq(count_of(text, "──wait──▶"), 2, "%s", text);
}

Test(report_locks, holders_of_one_name_are_told_apart_or_folded)
{
	struct report_holder holders[] = { { 11, 1, "sysbench", 24, 1, "owner" },
					   { 12, 1, "sysbench", 23, 1, "owner" },
					   { 13, 1, "other", 23, 1, "owner" } };
	struct report_lock lock = { .id = "a",
				    .contended = true,
				    .waits = 1,
				    .wait_ns = 100,
				    .holders = holders,
				    .holders_count = 2 };
	struct report report = { .locks = &lock, .locks_count = 1 };
	_cleanup_free_ char *alike = print_view(&report, NULL, &plain, VIEW_LOCKS);
	_cleanup_free_ char *most = NULL;

	cr_assert(strstr(alike, "  sysbench (11)  24 %\n"), "%s", alike);
	cr_assert(strstr(alike, "──held by──▶  2 × sysbench\n"), "%s", alike);
	holders[0].blocked_others_ns = 60;
	holders[1].name = "b";
	most = print_view(&report, NULL, &plain, VIEW_LOCKS);
	cr_assert(strstr(most, "──held by──▶  sysbench\n"), "%s", most);
}

Test(report_locks, histogram_is_short_among_others_and_whole_alone)
{
	struct report_bucket buckets[40];
	struct report_lock lock = { .id = "a",
				    .contended = true,
				    .waits = 40,
				    .wait_ns = 100,
				    .histogram = buckets,
				    .histogram_count = 40 };
	struct report report = { .locks = &lock, .locks_count = 1 };
	_cleanup_free_ char *among = NULL, *alone = NULL;

	for (uint64_t i = 0; i < 40; i++)
		buckets[i] =
			(struct report_bucket){ (1000 << i / 4) + (250 << i / 4) * (i % 4), 1 };
	among = print_view(&report, NULL, &plain, VIEW_LOCKS);
	alone = print_locks(&report, &plain, &report.locks[0], false);
	cr_assert_leq(count_of(among, "\n  under "), 12, "%s", among);
	cr_assert_geq(count_of(among, "\n  under "), 6, "%s", among);
	cr_assert_eq(count_of(among, "100.0 %"), 1, "the last row has all: %s", among);
	cr_assert_eq(count_of(alone, "\n  under "), 40, "%s", alone);
}

/* One contended lock, waited for through a frame of no file. */
static char *print_code_of(const char *outermost, const char *module)
{
	struct report_frame frames[] = { { .function = "park", .module = module },
					 { .offset = 0xfd5a8, .kind = "unknown" },
					 { .function = outermost } };
	struct report_stack stack = {
		.role = "waiter", .waits = 1, .wait_ns = 1000, .frames = frames, .frames_count = 3
	};
	struct report_lock lock = { .name = "m",
				    .pid = 782,
				    .contended = true,
				    .waits = 1,
				    .wait_ns = 1000,
				    .stacks = &stack,
				    .stacks_count = 1 };
	struct report report = { .locks = &lock, .locks_count = 1 };

	return print_view(&report, NULL, &plain, VIEW_LOCKS);
}

Test(report_locks, code_without_names_is_told_with_the_way_to_them)
{
	_cleanup_free_ char *java = print_code_of("main", "/usr/lib/jvm/libjvm.so");
	_cleanup_free_ char *other = print_code_of("main", "/usr/bin/node");
	_cleanup_free_ char *broken = print_code_of(NULL, "/usr/bin/node");

	cr_assert(strstr(java, "`jcmd 782 Compiler.perfmap` (JDK 17)"), "%s", java);
	cr_assert(strstr(other, "/tmp/perf-PID.map"), "%s", other);
	cr_assert_null(strstr(broken, "but a number"), "it may be no code: %s", broken);
}

Test(report_locks, lost_waits_are_said)
{
	struct report_lock lock = { .id = "a", .contended = true, .waits = 1, .wait_ns = 5 };
	struct report report = { .locks = &lock,
				 .locks_count = 1,
				 .more_locks = { 9, 90, 900000, 12, 4000000 } };
	_cleanup_free_ char *text = print_view(&report, NULL, &plain, VIEW_LOCKS);

	cr_assert(strstr(text, "9 more"), "%s", text);
	cr_assert(strstr(text, "12 waits, 4.00 ms in all, were for locks that are not known"), "%s",
		  text);
}
