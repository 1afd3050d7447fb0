// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/waits_for.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/owned.h"

#define LOCK(from, to, which)                                                                      \
	{                                                                                          \
		.waiter = (from), .holder = (to), .lock = (which), .since_ns = -5, .moves = 9      \
	}
#define JOIN(from, to)                                                                             \
	{                                                                                          \
		.waiter = (from), .holder = (to), .what = WAITS_FOR_JOIN, .moves = 9               \
	}
#define CHILD(from, to)                                                                            \
	{                                                                                          \
		.waiter = (from), .holder = (to), .what = WAITS_FOR_CHILD, .moves = 9              \
	}

static struct waits_for_cycles *found(const struct waits_for_edge *first, size_t first_count,
				      const struct waits_for_edge *second, size_t second_count)
{
	struct waits_for_cycles *cycles = NULL;

	cr_assert_eq(waits_for_cycles(first, first_count, second, second_count, &cycles), 0);
	for (size_t i = 0; i < cycles->count; i++) {
		const struct waits_for_cycle *cycle = &cycles->cycles[i];

		cr_assert_gt(cycle->edges_count, 0);
		for (size_t k = 0; k < cycle->edges_count; k++) {
			cr_assert_eq(cycle->edges[k].holder,
				     cycle->edges[(k + 1) % cycle->edges_count].waiter);
			cr_assert_geq(cycle->edges[k].waiter, cycle->edges[0].waiter);
		}
		if (i)
			cr_assert_gt(cycle->edges->waiter, cycles->cycles[i - 1].edges->waiter);
	}
	return cycles;
}

/* Both looks alike; the lengths of the cycles, in order. */
static void expect(const struct waits_for_edge *edges, size_t count, const size_t *lengths,
		   size_t cycles_count)
{
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
		found(edges, count, edges, count);

	cr_assert_eq(cycles->count, cycles_count, "%zu cycles", cycles->count);
	for (size_t i = 0; i < cycles_count; i++)
		cr_assert_eq(cycles->cycles[i].edges_count, lengths[i]);
}

#define EXPECT(edges, ...)                                                                         \
	expect(edges, ARRAY_LEN(edges), (const size_t[]){ __VA_ARGS__ },                           \
	       sizeof((const size_t[]){ __VA_ARGS__ }) / sizeof(size_t))
#define EXPECT_NONE(edges) expect(edges, ARRAY_LEN(edges), NULL, 0)

Test(waits_for, finds_nothing_in_nothing)
{
	expect(NULL, 0, NULL, 0);
}

Test(waits_for, finds_two_threads_that_hold_what_the_other_wants)
{
	static const struct waits_for_edge edges[] = { LOCK(11, 10, 1), LOCK(10, 11, 2) };
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles = found(edges, 2, edges, 2);

	cr_assert_eq(cycles->count, 1);
	cr_assert_eq(cycles->cycles[0].edges_count, 2);
	cr_assert_eq(cycles->cycles[0].edges[0].waiter, 10);
	cr_assert_eq(cycles->cycles[0].edges[0].lock, 2);
	cr_assert_eq(cycles->cycles[0].edges[0].since_ns, -5);
	cr_assert_eq(cycles->cycles[0].edges[1].waiter, 11);
}

Test(waits_for, finds_three_in_a_ring_and_one_that_waits_for_itself)
{
	static const struct waits_for_edge ring[] = { LOCK(3, 1, 0), LOCK(1, 2, 1), LOCK(2, 3, 2) };
	static const struct waits_for_edge self[] = { LOCK(7, 7, 0) };

	EXPECT(ring, 3);
	EXPECT(self, 1);
}

Test(waits_for, finds_cycles_of_locks_and_joins)
{
	static const struct waits_for_edge edges[] = { JOIN(1, 2), LOCK(2, 1, 4) };
	static const struct waits_for_edge joins[] = { JOIN(1, 2), JOIN(2, 1) };

	EXPECT(edges, 2);
	EXPECT(joins, 2);
}

Test(waits_for, a_chain_to_one_that_runs_or_is_not_known_is_no_deadlock)
{
	static const struct waits_for_edge chain[] = { LOCK(1, 2, 0), LOCK(2, 3, 1),
						       LOCK(3, 4, 2) };
	static const struct waits_for_edge unknown[] = { LOCK(1, 2, 0), LOCK(2, 0, 1),
							 LOCK(0, 0, 1) };

	EXPECT_NONE(chain);
	EXPECT_NONE(unknown);
}

Test(waits_for, a_tail_that_leads_into_a_cycle_is_not_in_it)
{
	static const struct waits_for_edge edges[] = { LOCK(1, 2, 0), LOCK(2, 3, 1), LOCK(3, 4, 2),
						       LOCK(4, 3, 3), LOCK(9, 3, 1) };
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
		found(edges, ARRAY_LEN(edges), edges, ARRAY_LEN(edges));

	cr_assert_eq(cycles->count, 1);
	cr_assert_eq(cycles->cycles[0].edges_count, 2);
	cr_assert_eq(cycles->cycles[0].edges[0].waiter, 3);
}

Test(waits_for, finds_each_of_two_cycles_once_and_edges_given_twice_change_nothing)
{
	static const struct waits_for_edge edges[] = {
		LOCK(8, 9, 0), LOCK(9, 8, 1), LOCK(2, 1, 3), LOCK(1, 2, 2), LOCK(8, 9, 0),
		LOCK(2, 1, 3), LOCK(1, 2, 2), LOCK(9, 8, 1), LOCK(5, 5, 7), LOCK(6, 5, 7),
	};
	static const struct waits_for_edge once[] = { LOCK(1, 2, 2), LOCK(2, 1, 3) };
	struct waits_for_cycles *cycles;

	EXPECT(edges, 2, 1, 2);
	cycles = found(once, 2, edges, ARRAY_LEN(edges));
	cr_assert_eq(cycles->count, 1, "only what is there in both looks");
	waits_for_free(cycles);
}

Test(waits_for, whoever_moved_between_the_looks_is_not_deadlocked)
{
	static const struct waits_for_edge first[] = { LOCK(1, 2, 0), LOCK(2, 1, 1) };

	for (int change = 0; change < 6; change++) {
		struct waits_for_edge second[] = { LOCK(2, 1, 1), LOCK(1, 2, 0) };
		size_t count = 2;

		if (change == 0)
			second[0].moves++;
		else if (change == 1)
			second[0].since_ns++;
		else if (change == 2)
			second[1].lock++;
		else if (change == 3)
			second[1].holder = 3;
		else if (change == 4)
			second[1].what = WAITS_FOR_JOIN;
		else
			count = 1;
		struct waits_for_cycles *cycles = found(first, 2, second, count);

		cr_assert_eq(cycles->count, 0, "change %d", change);
		waits_for_free(cycles);
		cycles = found(second, count, first, 2);
		cr_assert_eq(cycles->count, 0, "change %d, backwards", change);
		waits_for_free(cycles);
	}
}

Test(waits_for, a_parent_is_stuck_only_when_all_of_its_childs_threads_are)
{
	/* 1 holds a lock in shared memory and waits for a child, whose threads are 20, 21, 22. */
	static const struct waits_for_edge one_runs[] = { CHILD(1, 20), CHILD(1, 21), CHILD(1, 22),
							  LOCK(20, 1, 0), LOCK(21, 1, 0) };
	static const struct waits_for_edge all_wait[] = {
		CHILD(1, 20), CHILD(1, 21),   CHILD(1, 22),
		JOIN(20, 21), LOCK(21, 1, 0), LOCK(22, 1, 0),
	};
	static const struct waits_for_edge not_listed[] = { CHILD(1, 20), CHILD(1, 0),
							    LOCK(20, 1, 0) };

	EXPECT_NONE(one_runs);
	EXPECT(all_wait, 2);
	EXPECT_NONE(not_listed);
}

Test(waits_for, a_child_that_started_a_thread_between_the_looks_is_not_stuck)
{
	static const struct waits_for_edge first[] = { CHILD(1, 20), LOCK(20, 1, 0) };
	static const struct waits_for_edge second[] = { CHILD(1, 20), CHILD(1, 21), LOCK(20, 1, 0),
							LOCK(21, 1, 0) };
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles = found(first, 2, second, 4);

	cr_assert_eq(cycles->count, 0);
}

Test(waits_for, a_child_stuck_by_itself_is_a_deadlock_without_its_parent)
{
	static const struct waits_for_edge edges[] = { CHILD(1, 20), CHILD(1, 21), LOCK(20, 21, 0),
						       LOCK(21, 20, 1) };
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
		found(edges, ARRAY_LEN(edges), edges, ARRAY_LEN(edges));

	cr_assert_eq(cycles->count, 1);
	cr_assert_eq(cycles->cycles[0].edges[0].waiter, 20);
}

#define MANY 10000

Test(waits_for, ten_thousand_threads_in_one_ring_or_chain_are_no_trouble)
{
	static struct waits_for_edge edges[MANY];
	struct waits_for_cycles *cycles;

	/* Backwards and forwards, so that the search goes as deep as it can. */
	for (uint32_t step = 1; step < MANY; step += MANY - 2) {
		for (uint32_t i = 0; i < MANY; i++)
			edges[i] = (struct waits_for_edge){ .waiter = i + 1,
							    .holder = (i + step) % MANY + 1 };
		expect(edges, MANY, (const size_t[]){ MANY }, 1);
		edges[MANY / 2].holder = 0;
		cycles = found(edges, MANY, edges, MANY);
		cr_assert_eq(cycles->count, 0);
		waits_for_free(cycles);
	}
}

Test(waits_for, too_many_edges_are_refused)
{
	static const struct waits_for_edge edge = LOCK(1, 1, 0);
	struct waits_for_cycles *cycles = NULL;

	cr_assert_eq(waits_for_cycles(&edge, WAITS_FOR_EDGES_MAX + 1ul, &edge, 1, &cycles), -E2BIG);
	cr_assert_eq(waits_for_cycles(&edge, 1, &edge, WAITS_FOR_EDGES_MAX + 1ul, &cycles), -E2BIG);
	cr_assert_null(cycles);
}

/* ---- against the plain definition, on small random graphs ---- */

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
			found(first, count, second, count);

		cr_assert_eq(cycles->count, deadlocks_of(&plain), "round %d", round);
		for (size_t i = 0; i < cycles->count; i++)
			for (size_t k = 0; k < cycles->cycles[i].edges_count; k++)
				cr_assert(plain.stuck[cycles->cycles[i].edges[k].waiter]);
		all += cycles->count;
	}
	cr_assert_gt(all, 1000, "there were some to be found: %zu", all);
}
