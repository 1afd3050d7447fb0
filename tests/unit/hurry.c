// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/hurry.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <unistd.h>

Test(hurry, goes_before_all_others_until_its_end_where_it_may)
{
	bool hurried = hurry_begin();

	cr_assert_eq(hurried, sched_getscheduler(0) == SCHED_FIFO);
	hurry_end(hurried);
	cr_assert_eq(sched_getscheduler(0), SCHED_OTHER);
}

Test(hurry, changes_nothing_without_the_right_to_it)
{
	if (geteuid() == 0)
		cr_assert_eq(setuid(65534), 0);
	cr_assert_not(hurry_begin());
	cr_assert_eq(sched_getscheduler(0), SCHED_OTHER);
	hurry_end(false);
	cr_assert_eq(sched_getscheduler(0), SCHED_OTHER);
}
