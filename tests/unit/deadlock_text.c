/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/deadlock_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"

static char *sentence(struct report_deadlocked *threads, size_t count)
{
	struct report_deadlock deadlock = { threads, count };

	return PRINTED(out, deadlock_sentence(out, &deadlock));
}

Test(deadlock, tells_the_circle_back_to_its_beginning)
{
	struct report_deadlocked threads[] = {
		{ .tid = 123,
		  .name = "a",
		  .waits_for = "lock",
		  .lock = "1:0x1",
		  .lock_name = "m1" },
		{ .tid = 124,
		  .name = "b",
		  .waits_for = "lock",
		  .lock = "1:0x2",
		  .lock_name = "m2" },
	};
	_cleanup_free_ char *text = sentence(threads, 2);

	cr_assert_str_eq(text, "a (123) waits for m1, held by b (124), which waits for m2, held by "
			       "a.");
}

Test(deadlock, of_one_thread_is_with_itself)
{
	struct report_deadlocked thread = {
		.tid = 5, .name = "a", .waits_for = "lock", .lock = "1:0x1"
	};
	_cleanup_free_ char *text = sentence(&thread, 1);

	cr_assert_str_eq(text, "a (5) waits for 1:0x1, which it holds itself.");
}

Test(deadlock, tells_joins_and_children_without_a_lock)
{
	struct report_deadlocked threads[] = {
		{ .tid = 1, .name = "a", .waits_for = "join" },
		{ .tid = 2, .name = "b", .waits_for = "child" },
		{ .tid = 3, .waits_for = "lock", .lock_name = "m" },
	};
	_cleanup_free_ char *text = sentence(threads, 3);

	cr_assert_str_eq(text, "a (1) waits for b (2) to end (join), which waits for its child a "
			       "thread (3) to end, which waits for m, held by a.");
}

Test(deadlock, of_many_names_the_first_and_their_number)
{
	struct report_deadlocked threads[40];
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		threads[i] = (struct report_deadlocked){ .tid = i, .name = "t", .lock_name = "m" };
	text = sentence(threads, ARRAY_LEN(threads));
	cr_assert(strstr(text, ", and so on over 40 threads."), "%s", text);
	cr_assert_lt(strlen(text), 400);
}

Test(deadlock, of_none_is_silent)
{
	_cleanup_free_ char *text = sentence(NULL, 0);

	cr_assert_str_eq(text, "");
}
