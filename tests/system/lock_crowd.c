// SPDX-License-Identifier: BSD-2-Clause
/* Where a crowd waits for many locks: more stacks are due than are taken. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(lock_crowd, .timeout = 60);

static json_t *report_on_crowd(void)
{
	return report_by(
		"d=$(mktemp -d); $P exec -q --json -o $d/r -- $PROGRAMS/many_waiters; s=$?; "
		"cat $d/r; rm -r $d; exit $s");
}

Test(lock_crowd, who_waits_once_and_long_has_a_stack)
{
	json_t *report = report_on_crowd();
	const json_t *row = lock_first_of(report, "condition");

	cr_assert_str_eq(text_at(row, "name"), "over");
	cr_assert_gt(number_at(row, "wait_ns"), 5e8);
	cr_assert_geq(lock_waits_in(row, "wait_to_the_end"), 0.9 * number_at(row, "wait_ns"), "%s",
		      json_dumps(row, JSON_COMPACT));
	json_decref(report);
}

/* Each of the rwlock's three words is waited for: what readers count in, too. */
Test(lock_crowd, a_rwlock_that_prefers_writers_is_one_lock)
{
	json_t *report = report_on_crowd();
	const json_t *row;
	size_t i, found = 0;

	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!lock_is_kind(row, "rwlock"))
			continue;
		found++;
		cr_assert_str_eq(text_at(row, "name"), "book+0x18");
	}
	cr_assert_eq(found, 1, "%zu rows", found);
	json_decref(report);
}
