// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>

#include "daemon/model/number_index.h"

#define MANY 5000u

static bool finds(const struct number_index *index, uint64_t hash, uint32_t number)
{
	size_t tried = 0;
	uint32_t found;

	while (number_index_next(index, hash, &tried, &found))
		if (found == number)
			return true;
	return false;
}

Test(number_index, finds_nothing_in_an_empty_one)
{
	struct number_index index = { 0 };

	cr_assert_not(finds(&index, 0, 0));
}

Test(number_index, finds_all_of_many_after_it_has_grown)
{
	struct number_index index = { 0 };

	for (uint32_t i = 0; i < MANY; i++)
		cr_assert_eq(number_index_add(&index, number_index_mix(0, i), i), 0);
	for (uint32_t i = 0; i < MANY; i++)
		cr_assert(finds(&index, number_index_mix(0, i), i), "%u is lost", i);
	cr_assert_not(finds(&index, number_index_mix(0, MANY), MANY));
	number_index_release(&index);
}

Test(number_index, tells_all_that_have_one_hash)
{
	struct number_index index = { 0 };

	for (uint32_t i = 0; i < 40; i++)
		cr_assert_eq(number_index_add(&index, ~0ull, i), 0);
	for (uint32_t i = 0; i < 40; i++)
		cr_assert(finds(&index, ~0ull, i), "%u is lost", i);
	number_index_release(&index);
}
