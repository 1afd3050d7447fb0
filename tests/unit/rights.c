// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/rights.h"

#include <sys/resource.h>

#include <criterion/criterion.h>

static struct rlimit files_after(rlim_t allowed, rlim_t most)
{
	struct rlimit limit = { .rlim_cur = allowed, .rlim_max = most };

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	rights_raise_files();
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit;
}

Test(rights, to_open_files_are_raised_to_what_is_needed)
{
	cr_assert_eq(files_after(40, 4096).rlim_cur, 1024);
}

Test(rights, to_open_files_are_left_where_they_suffice)
{
	cr_assert_eq(files_after(2048, 4096).rlim_cur, 2048);
}

Test(rights, to_open_files_are_raised_as_far_as_is_allowed)
{
	struct rlimit limit = files_after(40, 64);

	cr_assert_eq(limit.rlim_cur, limit.rlim_max == 64 ? 64 : 1024);
}
