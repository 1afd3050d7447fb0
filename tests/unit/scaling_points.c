// SPDX-License-Identifier: BSD-2-Clause
/* Points that are given as they are: what fits them exactly, and which are refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "cli/scaling/choose.h"

#define POINTS_MAX 16

static struct scaling_fit fit_of(const double *times, unsigned int first, size_t count)
{
	struct series_point points[POINTS_MAX] = { 0 };

	for (size_t i = 0; i < count; i++)
		points[i] = (struct series_point){ .workers = first + (unsigned int)i,
						   .median = times[i],
						   .low = times[i],
						   .high = times[i] };
	return scaling_choose(points, count, 64);
}

Test(choose, refuses_degenerate_points_each_for_its_reason)
{
	static const double equal[] = { 5, 5, 5, 5, 5 }, zero[] = { 5, 4, 0, 2, 1 };
	static const double nan_time[] = { 5, 4, NAN, 2, 1 };
	static const double super[] = { 100, 40, 25, 18, 14 };
	static const double four[] = { 8, 4, 3, 2 };
	struct series_point descending[] = { { .workers = 2, .median = 5 },
					     { .workers = 1, .median = 9 } };

	cr_assert_eq(scaling_choose(NULL, 0, 8).refusal, SCALING_NO_POINTS);
	cr_assert_eq(fit_of(equal, 1, 1).refusal, SCALING_TOO_FEW);
	cr_assert_eq(fit_of(four, 1, 4).refusal, SCALING_TOO_FEW);
	cr_assert_eq(fit_of(equal, 1, 5).refusal, SCALING_EQUAL_TIMES);
	cr_assert_eq(fit_of(zero, 1, 5).refusal, SCALING_NO_TIME);
	cr_assert_eq(fit_of(nan_time, 1, 5).refusal, SCALING_NO_TIME);
	cr_assert_eq(fit_of(super, 1, 5).refusal, SCALING_SUPERLINEAR);
	cr_assert_eq(fit_of(equal, 0, 5).refusal, SCALING_NO_WORKERS);
	cr_assert_eq(scaling_choose(descending, 2, 8).refusal, SCALING_NOT_ASCENDING);
}

Test(choose, of_times_that_only_grow_says_that_nothing_is_gained)
{
	static const double growing[] = { 10, 10.5, 11.2, 11.6, 12.1, 12.5 };
	struct scaling_fit fit = fit_of(growing, 1, 6);

	cr_assert_eq(fit.refusal, SCALING_DONE);
	cr_assert_float_eq(fit.amdahl.serial, 1, 1e-9);
	cr_assert_float_eq(fit.amdahl.bound, 1, 1e-9);
	cr_assert_eq(fit.usl.peak, 1);
}

Test(choose, takes_points_without_noise_exactly)
{
	static const double exact[] = { 100, 55, 40, 32.5, 28, 25 };
	struct scaling_fit fit = fit_of(exact, 1, 6);

	cr_assert_eq(fit.refusal, SCALING_DONE);
	cr_assert_eq(fit.law, LAW_AMDAHL);
	cr_assert_float_eq(fit.amdahl.serial, 0.1, 1e-6);
	cr_assert_float_eq(fit.amdahl.one, 100, 1e-4);
}

Test(choose, counts_from_whichever_number_of_workers_came_first)
{
	static const double from_four[] = { 32.5, 28, 25, 160.0 / 7, 21.25 };
	struct scaling_fit fit = fit_of(from_four, 4, 5);

	cr_assert_float_eq(fit.amdahl.serial, 0.1, 0.001);
	cr_assert_float_eq(fit.amdahl.one, 100, 0.1);
}

Test(choose, has_a_sentence_for_every_refusal)
{
	char text[SCALING_SENTENCE_BYTES];

	for (int i = 1; i < SCALING_REFUSALS; i++) {
		scaling_refusal_say((enum scaling_refusal)i, 2, 2, text, sizeof(text));
		cr_assert_gt(strlen(text), 30);
		cr_assert_eq(text[strlen(text) - 1], '.');
		cr_assert(scaling_refusal_name((enum scaling_refusal)i));
	}
	scaling_refusal_say(SCALING_TOO_FEW, 2, 2, text, sizeof(text));
	cr_assert(strstr(text, "2 CPUs give 2 points"), "%s", text);
	scaling_refusal_say(SCALING_TOO_FEW, 1, 1, text, sizeof(text));
	cr_assert(strstr(text, "1 CPU gives 1 point,"), "%s", text);
}

Test(choose, that_fits_no_law_shows_its_formula_where_something_was_measured)
{
	char text[SCALING_SENTENCE_BYTES];

	for (int i = SCALING_NO_TIME; i < SCALING_REFUSALS; i++) {
		scaling_refusal_say((enum scaling_refusal)i, 2, 2, text, sizeof(text));
		cr_assert(strstr(text, AMDAHL_FORMULA), "%s", text);
	}
	scaling_refusal_say(SCALING_NO_POINTS, 0, 2, text, sizeof(text));
	cr_assert_null(strstr(text, "T(N)"));
}
