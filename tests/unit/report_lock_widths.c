/* SPDX-License-Identifier: BSD-2-Clause */
/* Which part of a long name or figure has room in the tables of locks. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/locks.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/report_text.h"

TestSuite(report_lock_widths, .init = use_utf8);

static const struct report_style plain = { .columns = 80, .unicode = true };

Test(report_lock_widths, of_holders_of_one_name_the_number_has_room)
{
	const struct report *report = golden_report("contended.json");
	struct report_lock *lock = report->locks;
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < lock->holders_count; i++)
		lock->holders[i].name = "sysbench-threads";
	lock->holders[0].tid = 4452;
	text = print_locks(report, &plain, NULL, false);
	cr_assert(strstr(text, "… (4452)"), "%s", text);
}

Test(report_lock_widths, a_holder_has_its_number_where_a_waiter_has_its_name)
{
	const struct report *report = golden_report("contended.json");
	_cleanup_free_ char *text = NULL;

	report->locks[0].waiters[3].name = "compactor";
	text = print_locks(report, &plain, NULL, false);
	cr_assert(strstr(text, "ms   comp… (4251)  90 %\n"), "%s", text);
	cr_assert(strstr(text, "held by──▶  compact… (4251)\n"), "%s", text);
}

Test(report_lock_widths, of_names_that_do_not_fit_the_offset_has_room)
{
	const struct report *report = golden_report("contended.json");
	_cleanup_free_ char *text = NULL;

	report->locks[0].name = "a_mapping_of_a_very_long_name.so.1.2.3+0x134450";
	text = print_locks(report, &plain, NULL, false);
	cr_assert(strstr(text, "…+0x134450 mutex"), "%s", text);
	cr_assert(strstr(text, " compactor  90 %\n"), "nor is a short name cut for it: %s", text);
}

Test(report_lock_widths, figures_of_any_size_stand_under_their_headings)
{
	const struct report *report = golden_report("contended.json");
	_cleanup_free_ char *text = NULL;

	report->locks[0].waits = 12345678901;
	report->locks[0].wait_ns = 123456000000000;
	text = print_locks(report, &plain, NULL, false);
	cr_assert(strstr(text, "         waits       wait       max   main holder\n"), "%s", text);
	cr_assert(strstr(text, "mutex   12,345,678,901  123,456 s  212.0 ms   compact…"), "%s",
		  text);
	cr_assert(strstr(text, "mutex            1,902        0 s   1.10 ms   worker-5"), "%s",
		  text);
}
