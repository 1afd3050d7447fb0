// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/parse.h"

#include <criterion/criterion.h>
#include <errno.h>

static uint64_t ns;

Test(parse, understands_durations_with_their_unit)
{
	cr_assert_eq(parse_duration("10s", &ns), 0);
	cr_assert_eq(ns, 10000000000ull);
	cr_assert_eq(parse_duration("1.5ms", &ns), 0);
	cr_assert_eq(ns, 1500000);
}

Test(parse, refuses_durations_without_a_unit_or_with_a_sign)
{
	cr_assert_eq(parse_duration("10", &ns), -EINVAL);
	cr_assert_eq(parse_duration("-1s", &ns), -EINVAL);
	cr_assert_eq(parse_duration("", &ns), -EINVAL);
	cr_assert_eq(parse_duration("1e3s", &ns), -EINVAL);
	cr_assert_eq(parse_duration("1.2.3s", &ns), -EINVAL);
	cr_assert_eq(parse_duration("99999999999h", &ns), -ERANGE);
}

Test(parse, keeps_counts_within_their_bounds)
{
	uint64_t count;

	cr_assert_eq(parse_count("8", 1, 64, &count), 0);
	cr_assert_eq(count, 8);
	cr_assert_eq(parse_count("0", 1, 64, &count), -ERANGE);
	cr_assert_eq(parse_count("-1", 1, 64, &count), -EINVAL);
	cr_assert_eq(parse_count("99999999999999999999999", 1, 64, &count), -ERANGE);
	cr_assert_eq(parse_count("8x", 1, 64, &count), -EINVAL);
}

Test(parse, understands_lists_of_cpus)
{
	cpu_set_t set;

	cr_assert_eq(parse_cpus("0,2-3", &set), 0);
	cr_assert_eq(CPU_COUNT(&set), 3);
	cr_assert(CPU_ISSET(2, &set));
	cr_assert_eq(parse_cpus("3-1", &set), -EINVAL);
	cr_assert_eq(parse_cpus("0,", &set), -EINVAL);
	cr_assert_eq(parse_cpus("9999", &set), -EINVAL);
}

Test(parse, understands_shares)
{
	double share;

	cr_assert_eq(parse_share("30%", &share), 0);
	cr_assert_float_eq(share, 0.3, 1e-9);
	cr_assert_eq(parse_share("130%", &share), -ERANGE);
	cr_assert_eq(parse_share("x", &share), -EINVAL);
}
