/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed of locks, stacks and deadlocks: whole texts under tests/golden. */
#include <criterion/criterion.h>
#include <locale.h>
#include <string.h>

#include "base/owned.h"
#include "cli/client/document.h"
#include "cli/report/print.h"
#include "tests/support/golden.h"

static void use_utf8(void)
{
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

TestSuite(report_locks, .init = use_utf8);

static const struct report_style plain = { .columns = 80, .unicode = true };
static const struct report_style coloured = { .columns = 80, .unicode = true, .colour = true };
static const struct report_style ascii = { .columns = 60 };

/* What is tested: a view, the view of locks with a choice, or the snapshot. */
enum what { WHAT_VIEW, WHAT_ONE_LOCK, WHAT_ALL, WHAT_SNAPSHOT };

static char *print_report(const struct report *report, const struct report_style *style,
			  enum what what, int detail)
{
	struct report_locks_choice choice = { .all = what == WHAT_ALL };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (what == WHAT_ONE_LOCK)
		choice.lock = &report->locks[detail];
	if (what == WHAT_VIEW)
		r = report_print_view(out, report, NULL, style, (enum report_view)detail);
	else if (what == WHAT_SNAPSHOT)
		r = report_print_snapshot(out, report, style);
	else
		r = report_print_locks(out, report, style, &choice);
	fclose(out);
	cr_assert_eq(r, 0);
	return text;
}

static char *print_document(json_t *document, const struct report_style *style, enum what what,
			    int detail)
{
	struct report report;
	char why[200] = "", *text;

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0, "%s", why);
	text = print_report(&report, style, what, detail);
	report_release(&report);
	return text;
}

static void assert_golden(const char *golden, const char *name, const struct report_style *style,
			  enum what what, int detail)
{
	json_t *document = golden_document(name);
	_cleanup_free_ char *text = print_document(document, style, what, detail);

	golden_assert(golden, text);
	json_decref(document);
}

Test(report_locks, view_has_table_picture_and_each_lock_in_full)
{
	assert_golden("contended.locks.txt", "contended.json", &plain, WHAT_VIEW, VIEW_LOCKS);
}

Test(report_locks, view_says_the_same_in_colour)
{
	assert_golden("contended.locks.colour.txt", "contended.json", &coloured, WHAT_VIEW,
		      VIEW_LOCKS);
}

Test(report_locks, view_fits_a_narrow_terminal_without_unicode)
{
	assert_golden("contended.locks.narrow.txt", "contended.json", &ascii, WHAT_VIEW,
		      VIEW_LOCKS);
}

Test(report_locks, all_shows_condition_waits_under_their_own_heading)
{
	assert_golden("contended.all.txt", "contended.json", &plain, WHAT_ALL, 0);
}

Test(report_locks, one_lock_is_shown_alone)
{
	assert_golden("contended.session_lock.txt", "contended.json", &plain, WHAT_ONE_LOCK, 1);
}

Test(report_locks, a_condition_in_full_has_no_holder)
{
	assert_golden("contended.jobs_ready.txt", "contended.json", &plain, WHAT_ONE_LOCK, 3);
}

Test(report_locks, view_of_stacks_says_how_much_has_none)
{
	assert_golden("contended.stacks.txt", "contended.json", &plain, WHAT_VIEW, VIEW_STACKS);
}

Test(report_locks, view_of_deadlocks_has_the_circle_and_each_stack)
{
	assert_golden("deadlock.deadlocks.txt", "deadlock.json", &plain, WHAT_VIEW, VIEW_DEADLOCKS);
}

Test(report_locks, view_of_deadlocks_says_the_same_in_colour)
{
	assert_golden("deadlock.deadlocks.colour.txt", "deadlock.json", &coloured, WHAT_VIEW,
		      VIEW_DEADLOCKS);
}

Test(report_locks, snapshot_has_deadlocks_first_and_threads_alike_as_one)
{
	assert_golden("deadlock.snapshot.txt", "deadlock.json", &plain, WHAT_SNAPSHOT, 0);
}

Test(report_locks, snapshot_says_the_same_without_unicode)
{
	assert_golden("deadlock.snapshot.narrow.txt", "deadlock.json", &ascii, WHAT_SNAPSHOT, 0);
}

/* ---- the summary: other sections of it are others' ---- */

Test(report_locks, summary_has_the_table_and_the_picture_of_the_first)
{
	static const char *const lines[] = {
		"\nLock                   kind      waits        wait       max   main holder\n",
		"\n  1 index_lock         mutex     6,214     53.92 s  212.0 ms   compactor  90 "
		"%\n",
		"\n  worker-1…8  ──wait──▶  index_lock  ──held by──▶  compactor\n",
		"\n  71 % index_get  index.c:88                   io         91 %  fdatasync\n",
		" of the wait time (108.0 ms) has no stack. 2 stacks lost. 1 stack cut off",
		"\nDeadlocks  none\n",
		"\n  partrace report --view locks  ",
		"\n  partrace export --folded -o waits.folded  ",
	};
	json_t *document = golden_document("contended.json");
	_cleanup_free_ char *text = print_document(document, &plain, WHAT_VIEW, VIEW_SUMMARY);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		cr_assert(strstr(text, lines[i]), "no %s in\n%s", lines[i], text);
	cr_assert_null(strstr(text, "jobs_ready"), "a condition wait is no contention");
	json_decref(document);
}

Test(report_locks, summary_tells_a_deadlock_right_behind_the_verdict)
{
	json_t *document = golden_document("deadlock.json");
	_cleanup_free_ char *text = print_document(document, &plain, WHAT_VIEW, VIEW_SUMMARY);
	const char *alarm = strstr(text, "\nDEADLOCK  teller (4243) waits for log_lock, held by");

	cr_assert(alarm, "%s", text);
	cr_assert_lt(alarm, strstr(text, "PID 4242"));
	cr_assert_null(strstr(text, "Deadlocks"));
	cr_assert(strstr(text, "\n  partrace report --view deadlocks"));
	json_decref(document);
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
	_cleanup_free_ char *text = print_report(&report, &plain, WHAT_VIEW, VIEW_SUMMARY);

	cr_assert(strstr(text, "\nLocks  No lock was waited for longer than 4.00 µs; 3 waits took "
			       "9.00 µs in all.\n"),
		  "%s", text);
	cr_assert_null(strstr(text, "main holder"));
}

Test(report_locks, summary_says_where_nobody_waited_and_where_it_does_not_know)
{
	struct report report = { .completeness.complete = true };
	_cleanup_free_ char *none = print_report(&report, &plain, WHAT_VIEW, VIEW_SUMMARY);
	_cleanup_free_ char *unknown = NULL;

	cr_assert(strstr(none, "\nLocks  No thread waited for a lock.\n"), "%s", none);
	cr_assert(strstr(none, "\nDeadlocks  none\n"));
	report.totals.figures.waits[WAIT_LOCK].time_ns = 1000000;
	unknown = print_report(&report, &plain, WHAT_VIEW, VIEW_SUMMARY);
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
		_cleanup_free_ char *text = print_report(&report, &plain, WHAT_ONE_LOCK, 0);

		cr_assert(strstr(text, cases[i].arrow), "%s", text);
	}
}

static unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (; (text = strstr(text, what)); text++)
		count++;
	return count;
}

Test(report_locks, holders_chain_that_is_a_circle_ends)
{
	struct report_lock locks[2] = {
		{ .id = "a", .contended = true, .wait_ns = 5, .holder_waits_for = "b" },
		{ .id = "b", .contended = true, .wait_ns = 4, .holder_waits_for = "a" },
	};
	struct report report = { .locks = locks, .locks_count = 2 };
	_cleanup_free_ char *text = print_report(&report, &plain, WHAT_ONE_LOCK, 0);

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
	_cleanup_free_ char *alike = print_report(&report, &plain, WHAT_VIEW, VIEW_LOCKS);
	_cleanup_free_ char *most = NULL;

	cr_assert(strstr(alike, "  sysbench (11)  24 %\n"), "%s", alike);
	cr_assert(strstr(alike, "──held by──▶  2 × sysbench\n"), "%s", alike);
	holders[0].blocked_others_ns = 60;
	holders[1].name = "b";
	most = print_report(&report, &plain, WHAT_VIEW, VIEW_LOCKS);
	cr_assert(strstr(most, "──held by──▶  sysbench\n"), "%s", most);
}

Test(report_locks, snapshot_does_not_say_that_a_waiter_holds_what_it_waits_for)
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
	_cleanup_free_ char *passed_on = print_report(&report, &plain, WHAT_SNAPSHOT, 0);
	_cleanup_free_ char *itself = NULL;

	cr_assert(strstr(passed_on, "for a, which is changing hands"), "%s", passed_on);
	report.threads = &threads[1];
	report.threads_count = 1;
	report.deadlocks = &deadlock;
	report.deadlocks_count = 1;
	itself = print_report(&report, &plain, WHAT_SNAPSHOT, 0);
	cr_assert(strstr(itself, "for a, held by itself"), "%s", itself);
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
	among = print_report(&report, &plain, WHAT_VIEW, VIEW_LOCKS);
	alone = print_report(&report, &plain, WHAT_ONE_LOCK, 0);
	cr_assert_leq(count_of(among, "\n  under "), 12, "%s", among);
	cr_assert_geq(count_of(among, "\n  under "), 6, "%s", among);
	cr_assert_eq(count_of(among, "100.0 %"), 1, "the last row has all: %s", among);
	cr_assert_eq(count_of(alone, "\n  under "), 40, "%s", alone);
}

Test(report_locks, lost_waits_are_said)
{
	struct report_lock lock = { .id = "a", .contended = true, .waits = 1, .wait_ns = 5 };
	struct report report = { .locks = &lock,
				 .locks_count = 1,
				 .more_locks = { 9, 90, 900000, 12, 4000000 } };
	_cleanup_free_ char *text = print_report(&report, &plain, WHAT_VIEW, VIEW_LOCKS);

	cr_assert(strstr(text, "9 more"), "%s", text);
	cr_assert(strstr(text, "12 waits, 4.00 ms in all, were for locks that are not known"), "%s",
		  text);
}

Test(report_locks, snapshot_of_threads_in_two_places_keeps_them_apart)
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
	_cleanup_free_ char *text = print_report(&report, &plain, WHAT_SNAPSHOT, 0);

	cr_assert(strstr(text, "\n2 threads  w waiting for 0 ns · TIDs 1,3\n"), "%s", text);
	cr_assert(strstr(text, "\nw (2)  waiting for 0 ns\n"), "%s", text);
	cr_assert_null(strstr(text, "gone"));
}

Test(report_locks, snapshot_of_nobody_says_so)
{
	struct report report = { .completeness.complete = true };
	_cleanup_free_ char *text = print_report(&report, &plain, WHAT_SNAPSHOT, 0);

	cr_assert(strstr(text, "No thread of the target lives."), "%s", text);
}
