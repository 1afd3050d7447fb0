/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/locks.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "cli/client/document.h"
#include "tests/support/golden.h"

static json_t *document;
static struct report report;

static void read_report(void)
{
	char why[200] = "";

	document = golden_document("contended.json");
	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0, "%s", why);
}

static void forget_report(void)
{
	report_release(&report);
	json_decref(document);
}

TestSuite(locks, .init = read_report, .fini = forget_report);

Test(locks, are_found_by_id_number_and_name)
{
	cr_assert_eq(locks_find(&report, "4242:0x55d0c8a040c0"), &report.locks[1]);
	cr_assert_eq(locks_find(&report, "2"), &report.locks[1]);
	cr_assert_eq(locks_find(&report, "session_lock"), &report.locks[1]);
}

Test(locks, are_not_found_by_what_is_none)
{
	static const char *const none[] = { "", "0", "5", "-1", "session", "4242:", "2x" };

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		cr_assert_null(locks_find(&report, none[i]), "%s", none[i]);
	cr_assert_null(locks_by_id(&report, NULL));
}

Test(locks, are_not_found_by_a_name_that_two_have)
{
	report.locks[0].name = report.locks[1].name;
	cr_assert_null(locks_find(&report, "session_lock"));
	cr_assert_eq(locks_find(&report, "1"), &report.locks[0]);
}

Test(locks, nearest_come_first)
{
	const struct report_lock *nearest[3];

	cr_assert_eq(locks_nearest(&report, "sesion_lock", nearest, 3), 3);
	cr_assert_eq(nearest[0], &report.locks[1]);
	cr_assert_eq(locks_nearest(&report, "4242:0x55d0c8a04061", nearest, 1), 1);
	cr_assert_eq(nearest[0], &report.locks[0]);
	report.locks_count = 0;
	cr_assert_eq(locks_nearest(&report, "1", nearest, 3), 0);
	report.locks_count = 4;
}

Test(locks, callers_of_one_place_are_one)
{
	struct report_lock lock = report.locks[0];
	struct report_stack twice[] = { lock.stacks[1], lock.stacks[0], lock.stacks[1] };
	struct lock_caller callers[4];
	uint64_t whole_ns;

	lock.stacks = twice;
	lock.stacks_count = 3;
	cr_assert_eq(locks_callers(&lock, "waiter", callers, 4, &whole_ns), 2);
	cr_assert_str_eq(callers[0].frame->function, "index_get");
	cr_assert_eq(callers[1].wait_ns, 2 * twice[0].wait_ns);
	cr_assert_eq(callers[1].waits, 2 * twice[0].waits);
	cr_assert_eq(whole_ns, callers[0].wait_ns + callers[1].wait_ns);
	cr_assert_eq(locks_callers(&lock, "holder", callers, 4, &whole_ns), 0);
	cr_assert_eq(whole_ns, 0);
}

Test(locks, sum_contention_apart_from_other_waits)
{
	struct lock_sums contended = locks_sums(&report, true), other = locks_sums(&report, false);

	cr_assert_eq(contended.locks, 3);
	cr_assert_eq(contended.wait_ns, 54303000000);
	cr_assert_eq(contended.max_wait_ns, 212000000);
	cr_assert_eq(other.locks, 1);
	cr_assert_eq(other.waits, 812);
}

Test(locks, are_walked_over_with_crowds_in_place_of_their_rows)
{
	struct report_lock rows[] = {
		{ .name = "a", .contended = true, .wait_ns = 90 },
		{ .name = "b", .contended = true, .wait_ns = 70, .crowd = "x" },
		{ .name = "c", .contended = true, .wait_ns = 50, .crowd = "gone" },
		{ .name = "d", .contended = true, .wait_ns = 30, .crowd = "x" },
		{ .name = "e", .wait_ns = 500 },
	};
	struct report_lock crowds[] = {
		{ .id = "x", .name = "X", .members = 2, .contended = true, .wait_ns = 100 },
		{ .id = "y", .name = "Y", .members = 3, .contended = true, .wait_ns = 20 },
	};
	struct report crowded = { .locks = rows,
				  .locks_count = ARRAY_LEN(rows),
				  .lock_crowds = crowds,
				  .lock_crowds_count = ARRAY_LEN(crowds) };
	struct lock_walk walk = { .report = &crowded };
	const struct report_lock *lock;
	char names[16] = "";

	while ((lock = locks_next(&walk)))
		strcat(names, lock->name);
	cr_assert_str_eq(names, "XacYe");
	cr_assert_eq(locks_told(&crowded, &rows[1]), &crowds[0]);
	cr_assert_eq(locks_told(&crowded, &rows[2]), &rows[2]);
	cr_assert_null(locks_told(&crowded, NULL));
}

Test(locks, name_threads_that_are_not_in_the_report_by_number)
{
	cr_assert_str_eq(locks_thread_label(&report, 4251).text, "compactor (4251)");
	cr_assert_str_eq(locks_thread_label(&report, 9).text, "TID 9");
}

Test(locks, have_no_owner_where_none_is_known)
{
	cr_assert_eq(locks_owner(&report.locks[0]), 4251);
	cr_assert_eq(locks_owner(&report.locks[1]), 0);
}
