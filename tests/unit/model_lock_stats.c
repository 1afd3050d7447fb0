// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_stats.h"

#include <criterion/criterion.h>
#include <math.h>

#include "base/owned.h"

static double fairness_of(const uint64_t *wait_ns, size_t count)
{
	struct report_waiter waiters[4] = { 0 };

	for (size_t i = 0; i < count; i++)
		waiters[i].wait_ns = wait_ns[i];
	return fairness_of_waiters(waiters, count);
}

Test(lock_stats, fairness_is_one_when_all_waited_alike)
{
	cr_assert_float_eq(fairness_of((const uint64_t[]){ 7, 7, 7, 7 }, 4), 1, 1e-12);
	cr_assert_float_eq(fairness_of((const uint64_t[]){ 0, 0 }, 2), 1, 1e-12);
}

Test(lock_stats, fairness_is_one_nth_when_one_alone_waited)
{
	cr_assert_float_eq(fairness_of((const uint64_t[]){ 0, 9, 0, 0 }, 4), 0.25, 1e-12);
}

Test(lock_stats, fairness_is_jains_index_in_between)
{
	/* (1 + 2 + 3)^2 / (3 * (1 + 4 + 9)) */
	cr_assert_float_eq(fairness_of((const uint64_t[]){ 1, 2, 3 }, 3), 36.0 / 42, 1e-12);
}

Test(lock_stats, fairness_of_fewer_than_two_is_no_number)
{
	cr_assert(isnan(fairness_of(NULL, 0)));
	cr_assert(isnan(fairness_of((const uint64_t[]){ 5 }, 1)));
}

Test(lock_stats, fairness_survives_the_largest_times)
{
	const uint64_t times[] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };

	cr_assert_float_eq(fairness_of(times, 3), 1, 1e-12);
}

Test(lock_stats, convoy_is_a_share_even_where_counters_were_read_apart)
{
	cr_assert_float_eq(convoy_of(1, 4), 0.25, 1e-12);
	cr_assert_float_eq(convoy_of(5, 4), 1, 1e-12);
	cr_assert_float_eq(convoy_of(0, 0), 0, 1e-12);
}

Test(lock_stats, a_histogram_has_rows_for_what_is_in_it)
{
	const uint64_t buckets[HISTOGRAM_BUCKETS] = { [3] = 6, [40] = 7, [143] = 2 };
	struct report_bucket rows[HISTOGRAM_BUCKETS];

	cr_assert_eq(lock_histogram_rows(buckets, rows), 3);
	cr_assert_eq(rows[0].up_to_ns, 4);
	cr_assert_eq(rows[0].count, 6);
	cr_assert_eq(rows[1].up_to_ns, histogram_floor(41));
	cr_assert_eq(rows[2].count, 2);
}

Test(lock_stats, an_idle_pool_never_takes_a_contended_locks_place)
{
	struct report_lock rows[] = {
		{ .id = "pool", .wait_ns = 1000000, .waits = 64 },
		{ .id = "b", .wait_ns = 5, .waits = 1, .contended = true },
		{ .id = "a", .wait_ns = 5, .waits = 2, .contended = true },
		{ .id = "worst", .wait_ns = 9, .waits = 3, .contended = true },
	};
	struct report_more_locks more = { .locks = 10, .waits = 100, .wait_ns = 1000 };

	cr_assert_eq(locks_rank(rows, ARRAY_LEN(rows), 2, &more), 2);
	cr_assert_str_eq(rows[0].id, "worst");
	cr_assert_str_eq(rows[1].id, "a", "equals are ordered by their id");
	cr_assert_str_eq(rows[3].id, "pool");
	cr_assert_eq(more.locks, 12);
	cr_assert_eq(more.waits, 165);
	cr_assert_eq(more.wait_ns, 1001005);
}

Test(lock_stats, rows_keep_their_sum_however_few_are_shown)
{
	for (size_t keep = 0; keep <= 6; keep++) {
		struct report_waiter waiters[5];
		struct report_holder holders[5];
		struct report_stack stacks[5];
		struct rows_rest rests[3] = { 0 };
		uint64_t sums[3] = { 0 };
		size_t shown = keep < 5 ? keep : 5;

		for (uint64_t i = 0; i < 5; i++) {
			uint64_t time_ns = i * 7 % 5 * 10; /* none in order */

			waiters[i] = (struct report_waiter){ .tid = i, .wait_ns = time_ns };
			holders[i] =
				(struct report_holder){ .tid = i, .blocked_others_ns = time_ns };
			stacks[i] = (struct report_stack){ .waits = 1, .wait_ns = time_ns };
		}
		cr_assert_eq(waiters_rank(waiters, 5, keep, &rests[0]), shown);
		cr_assert_eq(holders_rank(holders, 5, keep, &rests[1]), shown);
		cr_assert_eq(stacks_rank(stacks, 5, keep, &rests[2]), shown);
		for (size_t i = 0; i < shown; i++) {
			cr_assert_eq(waiters[i].wait_ns, 40 - 10 * i);
			sums[0] += waiters[i].wait_ns;
			sums[1] += holders[i].blocked_others_ns;
			sums[2] += stacks[i].wait_ns;
		}
		for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
			cr_assert_eq(sums[i] + rests[i].time_ns, 100);
			cr_assert_eq(rests[i].rows, 5 - shown);
		}
		cr_assert_eq(rests[2].count, 5 - shown);
	}
}

Test(lock_stats, no_rows_are_ranked_without_harm)
{
	struct report_more_locks more = { 0 };
	struct rows_rest rest = { 0 };

	cr_assert_eq(locks_rank(NULL, 0, 10, &more), 0);
	cr_assert_eq(stacks_rank(NULL, 0, 10, &rest), 0);
	cr_assert_eq(more.locks + rest.rows, 0);
}
