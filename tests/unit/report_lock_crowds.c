/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed of locks that are told together. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/locks.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/report_text.h"

TestSuite(report_lock_crowds, .init = use_utf8);

static const struct report_style plain = { .columns = 80, .unicode = true };

Test(report_lock_crowds, a_crowd_has_a_line_above_its_rows_and_the_picture)
{
	struct report_lock crowd;
	const struct report *report = golden_with_a_crowd(&crowd);
	_cleanup_free_ char *text = print_locks(report, &plain, NULL, false);
	const char *line = strstr(text, " 2× LWLockAcquire "), *picture;

	cr_assert(line, "%s", text);
	cr_assert_lt(line, strstr(text, "  1 "), "above the rows");
	cr_assert(strstr(text, "  2 "), "and every row is there");
	cr_assert(strstr(text, "A line with × is the sum of so many rows"), "%s", text);
	picture = strstr(text, "──wait──▶");
	cr_assert(picture && !strncmp(picture + strlen("──wait──▶") + 2, "LWLockAcquire", 13), "%s",
		  text);
}

Test(report_lock_crowds, a_crowd_in_full_spares_its_rows)
{
	struct report_lock crowd;
	_cleanup_free_ char *text = print_locks(golden_with_a_crowd(&crowd), &plain, NULL, false);

	cr_assert(strstr(text, "\nLWLockAcquire  semaphore (confidence"), "%s", text);
	cr_assert(strstr(text, "\nheap+0xb60 (queue_pop)  futex (confidence"), "%s", text);
	cr_assert_null(strstr(text, "\nindex_lock  mutex (confidence"), "%s", text);
	cr_assert_null(strstr(text, "\nsession_lock  mutex (confidence"), "%s", text);
	cr_assert(strstr(text, "One lock in full: partrace locks --lock"), "%s", text);
}

Test(report_lock_crowds, stacks_of_a_crowd_are_shown_once)
{
	struct report_lock crowd;
	_cleanup_free_ char *text =
		print_view(golden_with_a_crowd(&crowd), NULL, &plain, VIEW_STACKS);

	cr_assert(strstr(text, "\nLWLockAcquire  semaphore · 54.30 s in 8,116 waits\n"), "%s",
		  text);
	cr_assert_null(strstr(text, "index_lock"), "%s", text);
}

Test(report_lock_crowds, a_crowd_is_found_by_its_function_and_its_rows_by_their_numbers)
{
	struct report_lock crowd;
	const struct report *report = golden_with_a_crowd(&crowd);
	_cleanup_free_ char *text = print_locks(report, &plain, &report->locks[0], false);

	cr_assert_eq(locks_find(report, "LWLockAcquire"), &crowd);
	cr_assert_eq(locks_find(report, "4242:LWLockAcquire"), &crowd);
	cr_assert_eq(locks_find(report, "1"), &report->locks[0]);
	cr_assert(strstr(text, "on, and no lock: one of"), "%s", text);
}

Test(report_lock_crowds, that_find_no_room_are_counted)
{
	static const struct report_style wide = { .columns = 300, .unicode = true };
	struct report_lock crowd, crowds[7];
	struct report report = *golden_with_a_crowd(&crowd);
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < 7; i++)
		crowds[i] = crowd;
	report.lock_crowds = crowds;
	report.lock_crowds_count = 7;
	text = print_locks(&report, &wide, NULL, false);
	cr_assert(strstr(text, "`--json` has 2 more such lines."), "%s", text);
}
