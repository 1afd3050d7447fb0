// SPDX-License-Identifier: BSD-2-Clause
/* Deadlocks against their plain definition, on small random graphs. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/unit/waits_for_found.h"

#define TIDS 9 /* 1…8; 9 never waits */

struct plain {
	bool edge[TIDS + 1][TIDS + 1];
	bool stuck[TIDS + 1];
	bool reaches[TIDS + 1][TIDS + 1];
};

static void define(struct plain *plain, const bool *moved)
{
	for (int i = 1; i <= TIDS; i++) {
		for (int k = 1; k <= TIDS; k++)
			plain->stuck[i] |= plain->edge[i][k];
		plain->stuck[i] &= !moved[i];
	}
	for (int round = 0; round < TIDS; round++)
		for (int i = 1; i <= TIDS; i++)
			for (int k = 1; k <= TIDS; k++)
				if (plain->edge[i][k] && !plain->stuck[k])
					plain->stuck[i] = false;
	memcpy(plain->reaches, plain->edge, sizeof(plain->edge));
	for (int by = 1; by <= TIDS; by++)
		for (int i = 1; i <= TIDS; i++)
			for (int k = 1; k <= TIDS; k++)
				plain->reaches[i][k] |=
					plain->reaches[i][by] && plain->reaches[by][k];
}

/* Groups of stuck threads that reach one another: counted at their lowest. */
static size_t deadlocks_of(const struct plain *plain)
{
	size_t count = 0;

	for (int i = 1; i <= TIDS; i++) {
		bool is_lowest = plain->stuck[i] && plain->reaches[i][i];

		for (int k = 1; k < i; k++)
			is_lowest &= !(plain->reaches[i][k] && plain->reaches[k][i]);
		count += is_lowest;
	}
	return count;
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

Test(waits_for, agrees_with_the_definition_on_random_graphs)
{
	uint64_t state = 42;
	size_t all = 0;

	for (int round = 0; round < 20000; round++) {
		struct waits_for_edge first[32], second[32];
		struct plain plain = { 0 };
		bool moved[TIDS + 1] = { false };
		size_t count = 0;

		for (uint32_t i = 1; i < TIDS; i++) {
			bool is_child = next_random(&state) % 4 == 0;

			moved[i] = next_random(&state) % 12 == 0;
			for (uint32_t n = is_child ? 3 : next_random(&state) % 8 != 0; n; n--) {
				uint32_t to = next_random(&state) % (TIDS - (round % 3 != 0)) + 1;

				plain.edge[i][to] = true;
				first[count] = (struct waits_for_edge){
					.waiter = i,
					.holder = to,
					.what = is_child ? WAITS_FOR_CHILD : WAITS_FOR_LOCK,
				};
				second[count] = first[count];
				second[count++].moves = moved[i];
			}
		}
		define(&plain, moved);
		_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
			cycles_found(first, count, second, count);

		cr_assert_eq(cycles->count, deadlocks_of(&plain), "round %d", round);
		for (size_t i = 0; i < cycles->count; i++)
			for (size_t k = 0; k < cycles->cycles[i].edges_count; k++)
				cr_assert(plain.stuck[cycles->cycles[i].edges[k].waiter]);
		all += cycles->count;
	}
	cr_assert_gt(all, 1000, "there were some to be found: %zu", all);
}
