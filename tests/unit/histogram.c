// SPDX-License-Identifier: BSD-2-Clause
#include "abi/histogram.h"

#include <criterion/criterion.h>

Test(histogram, puts_zero_in_the_first_bucket)
{
	cr_assert_eq(histogram_bucket(0), 0);
}

Test(histogram, every_bucket_starts_at_its_floor)
{
	for (__u32 bucket = 1; bucket < HISTOGRAM_BUCKETS; bucket++) {
		cr_assert_eq(histogram_bucket(histogram_floor(bucket)), bucket);
		cr_assert_eq(histogram_bucket(histogram_floor(bucket) - 1), bucket - 1);
	}
}

Test(histogram, no_bucket_is_wider_than_a_quarter_of_its_floor)
{
	for (__u32 bucket = 4; bucket < HISTOGRAM_BUCKETS; bucket++)
		cr_assert_leq((histogram_floor(bucket + 1) - histogram_floor(bucket)) * 4,
			      histogram_floor(bucket));
}

Test(histogram, puts_the_largest_value_in_the_last_bucket)
{
	cr_assert_eq(histogram_bucket(~0ull), HISTOGRAM_BUCKETS - 1);
}
