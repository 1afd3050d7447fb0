/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/fold_names.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"

#define NAMES_MAX 8

static const struct {
	const char *names[NAMES_MAX];
	size_t count;
	const char *folded;
} cases[] = {
	{ { "compactor" }, 1, "compactor" },
	{ { "worker-2", "worker-1", "worker-3" }, 3, "worker-1…3" },
	{ { "worker-1", "worker-2" }, 2, "worker-1,2" },
	{ { "w9", "w10", "w11", "w20" }, 4, "w9…11,20" },
	{ { "w1", "w3", "w5", "w7" }, 4, "4 × wN" },
	{ { "w1", "w1", "w2" }, 3, "w1,2" },
	{ { "pool", "pool", "pool" }, 3, "3 × pool" },
	{ { "a", "b" }, 2, "a, b" },
	{ { "a", "a", "b", "c", "d" }, 5, "a, b and 3 more" },
	{ { "io-1", "cpu-1" }, 2, "io-1, cpu-1" },
	{ { "7", "8", "9" }, 3, "7…9" },
	{ { "w01", "w02" }, 2, "w01, w02" },
	{ { "w", "w1" }, 2, "w, w1" },
	{ { NULL, "" }, 2, "2 × unnamed" },
	{ { "w99999999999999999999", "w1" }, 2, "w99999999999999999999, w1" },
	{ { NULL }, 0, "" },
};

Test(fold_names, says_many_in_few_words)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char folded[100];

		fold_names(cases[i].names, cases[i].count, folded, sizeof(folded));
		cr_assert_str_eq(folded, cases[i].folded, "%zu: %s", i, folded);
	}
}

Test(fold_names, stays_within_what_it_is_given)
{
	static const char *const names[] = { "a-long-name-1", "a-long-name-2", "another" };
	char folded[9];

	memset(folded, 'x', sizeof(folded));
	fold_names(names, 3, folded, sizeof(folded) - 1);
	cr_assert_leq(strlen(folded), 7, "%s", folded);
	cr_assert_eq(strncmp(folded, "a-long", 6), 0, "%s", folded);
	cr_assert_eq(folded[8], 'x');
}
