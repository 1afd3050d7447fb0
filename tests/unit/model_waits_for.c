// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/waits_for.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/owned.h"
#include "tests/unit/waits_for_found.h"

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

struct waits_for_cycles *cycles_found(const struct waits_for_edge *first, size_t first_count,
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
		cycles_found(edges, count, edges, count);

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
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
		cycles_found(edges, 2, edges, 2);

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
		cycles_found(edges, ARRAY_LEN(edges), edges, ARRAY_LEN(edges));

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
	cycles = cycles_found(once, 2, edges, ARRAY_LEN(edges));
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
		struct waits_for_cycles *cycles = cycles_found(first, 2, second, count);

		cr_assert_eq(cycles->count, 0, "change %d", change);
		waits_for_free(cycles);
		cycles = cycles_found(second, count, first, 2);
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
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
		cycles_found(first, 2, second, 4);

	cr_assert_eq(cycles->count, 0);
}

Test(waits_for, a_child_stuck_by_itself_is_a_deadlock_without_its_parent)
{
	static const struct waits_for_edge edges[] = { CHILD(1, 20), CHILD(1, 21), LOCK(20, 21, 0),
						       LOCK(21, 20, 1) };
	_cleanup_(waits_for_freep) struct waits_for_cycles *cycles =
		cycles_found(edges, ARRAY_LEN(edges), edges, ARRAY_LEN(edges));

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
		cycles = cycles_found(edges, MANY, edges, MANY);
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
