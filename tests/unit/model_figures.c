// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/figures.h"

#include <criterion/criterion.h>

Test(figures, of_no_waits_every_percentile_is_zero)
{
	uint64_t buckets[HISTOGRAM_BUCKETS] = { 0 };
	struct report_run_queue queue;

	run_queue_summary(buckets, 0, 0, &queue);
	cr_assert_eq(queue.count, 0);
	cr_assert_eq(queue.p99_ns, 0);
}

Test(figures, percentiles_are_good_to_an_eighth)
{
	uint64_t buckets[HISTOGRAM_BUCKETS] = { 0 };
	struct report_run_queue queue;

	for (uint64_t i = 1; i <= 10000; i++)
		buckets[histogram_bucket(i * 1000)]++;
	run_queue_summary(buckets, 10000ull * 10001 / 2 * 1000, 10000000, &queue);
	cr_assert_eq(queue.count, 10000);
	cr_assert_float_eq((double)queue.p50_ns, 5e6, 5e6 / 8);
	cr_assert_float_eq((double)queue.p90_ns, 9e6, 9e6 / 8);
	cr_assert_eq(queue.max_ns, 10000000);
}

Test(figures, a_maximum_from_before_the_window_is_bounded_by_the_windows_histogram)
{
	uint64_t buckets[HISTOGRAM_BUCKETS] = { [20] = 1 };
	struct report_run_queue queue;

	run_queue_summary(buckets, 100, 1000000, &queue);
	cr_assert_eq(queue.max_ns, histogram_floor(21) - 1);
}
