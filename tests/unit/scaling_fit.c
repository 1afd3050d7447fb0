// SPDX-License-Identifier: BSD-2-Clause
/* Both laws against series whose parameters are known: 1,000 seeded cases each. */
#include "cli/scaling/choose.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"

#define REPEATS    5
#define POINTS_MAX 16
#define CASES      1000u

struct truth {
	double one, sigma, kappa, noise;
};

static const unsigned int eight[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const unsigned int doubling[] = { 1, 2, 4, 8, 16, 32, 64 };
static const unsigned int five[] = { 1, 2, 4, 6, 8 };

static const struct {
	const unsigned int *workers;
	size_t count;
} grids[] = { { eight, ARRAY_LEN(eight) },
	      { doubling, ARRAY_LEN(doubling) },
	      { five, ARRAY_LEN(five) } };

static const double noises[] = { 0.005, 0.02, 0.05 };

static void synthesise(const struct truth *truth, size_t grid, gsl_rng *random,
		       struct series_point *ret)
{
	double times[POINTS_MAX][REPEATS];
	struct series_runs runs[POINTS_MAX];

	for (size_t i = 0; i < grids[grid].count; i++) {
		unsigned int n = grids[grid].workers[i];
		double exact = truth->one / n *
			       (1 + truth->sigma * (n - 1) + truth->kappa * n * (n - 1.0));

		for (int k = 0; k < REPEATS; k++)
			times[i][k] = exact * exp(gsl_ran_gaussian(random, truth->noise));
		runs[i] = (struct series_runs){ n, times[i], REPEATS };
	}
	cr_assert_eq(series_points(runs, grids[grid].count, ret), SCALING_DONE);
}

static bool holds(struct fit_interval interval, double value)
{
	return interval.low <= value && value <= interval.high;
}

static void assert_sane(struct fit_interval interval, double value, double upper)
{
	cr_assert(holds(interval, value), "%g is not in its own interval %g…%g", value,
		  interval.low, interval.high);
	cr_assert(interval.low >= 0 && interval.high <= upper);
}

/* In how many of 1,000 cases the interval holds the truth. */
static unsigned int recovered_by_amdahl(double *ret_width)
{
	static const double serials[] = { 0, 0.01, 0.05, 0.20, 0.50 };
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	unsigned int held = 0;

	gsl_rng_set(random, 1);
	*ret_width = 0;
	for (unsigned int i = 0; i < CASES; i++) {
		struct truth truth = { 2e9, serials[i % 5], 0, noises[i / 5 % 3] };
		size_t grid = i / 15 % ARRAY_LEN(grids);
		struct series_point points[POINTS_MAX];
		struct amdahl law;

		synthesise(&truth, grid, random, points);
		cr_assert_eq(amdahl_fit(points, grids[grid].count, &law), SCALING_DONE);
		assert_sane(law.serial_95, law.serial, 1);
		held += holds(law.serial_95, truth.sigma);
		*ret_width += (law.serial_95.high - law.serial_95.low) / CASES;
	}
	gsl_rng_free(random);
	return held;
}

Test(amdahl, holds_the_true_serial_share_in_95_of_100_cases)
{
	double width;
	unsigned int held = recovered_by_amdahl(&width);

	cr_assert_geq(held, CASES * 95 / 100, "only %u of %u", held, CASES);
	/* An interval that holds everything would say nothing. */
	cr_assert_lt(width, 0.06, "%g wide", width);
}

static unsigned int recovered_by_usl(double *ret_width)
{
	static const double sigmas[] = { 0, 0.01, 0.05, 0.20 };
	static const double kappas[] = { 0, 0.0001, 0.001, 0.01 };
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	unsigned int held = 0;

	gsl_rng_set(random, 2);
	*ret_width = 0;
	for (unsigned int i = 0; i < CASES; i++) {
		struct truth truth = { 2e9, sigmas[i % 4], kappas[i / 4 % 4], noises[i / 16 % 3] };
		size_t grid = i / 48 % 2;
		struct series_point points[POINTS_MAX];
		double peak =
			truth.kappa > 0 ? fmax(1, sqrt((1 - truth.sigma) / truth.kappa)) : INFINITY;
		struct usl law;

		synthesise(&truth, grid, random, points);
		cr_assert_eq(usl_fit(points, grids[grid].count, &law), SCALING_DONE);
		assert_sane(law.sigma_95, law.sigma, 1);
		assert_sane(law.kappa_95, law.kappa, INFINITY);
		held += holds(law.sigma_95, truth.sigma) && holds(law.kappa_95, truth.kappa) &&
			holds(law.peak_95, peak);
		*ret_width += (law.sigma_95.high - law.sigma_95.low) / CASES;
	}
	gsl_rng_free(random);
	return held;
}

Test(usl, holds_contention_coherency_and_peak_together_in_95_of_100_cases)
{
	double width;
	unsigned int held = recovered_by_usl(&width);

	cr_assert_geq(held, CASES * 95 / 100, "only %u of %u", held, CASES);
	cr_assert_lt(width, 0.2, "%g wide", width);
}

static struct scaling_fit choice(struct truth truth, size_t grid, unsigned int cpus)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct series_point points[POINTS_MAX];

	gsl_rng_set(random, 3);
	synthesise(&truth, grid, random, points);
	gsl_rng_free(random);
	return scaling_choose(points, grids[grid].count, cpus);
}

Test(choose, takes_amdahl_where_workers_do_not_disturb_each_other)
{
	struct scaling_fit fit = choice((struct truth){ 2e9, 0.05, 0, 0.01 }, 1, 64);

	cr_assert_eq(fit.refusal, SCALING_DONE);
	cr_assert_eq(fit.law, LAW_AMDAHL);
	cr_assert_eq(fit.belief, BELIEF_GOOD);
	cr_assert_float_eq(fit.amdahl.serial, 0.05, 0.01);
	cr_assert_float_eq(fit.amdahl.bound, 20, 4);
	cr_assert_float_eq(scaling_time(&fit, 8) / 2e9, 0.05 + 0.95 / 8, 0.01);
}

Test(choose, takes_the_usl_where_a_curve_turns_back)
{
	struct scaling_fit fit = choice((struct truth){ 2e9, 0.05, 0.002, 0.01 }, 1, 64);

	cr_assert_eq(fit.law, LAW_USL);
	cr_assert_lt(fit.kappa_by_chance, 0.001);
	cr_assert_eq(fit.belief, BELIEF_GOOD);
	cr_assert_float_eq(fit.usl.peak, sqrt(0.95 / 0.002), 2);
}

Test(choose, takes_the_usl_only_as_often_as_chance_would_where_kappa_is_0)
{
	gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
	struct truth truth = { 2e9, 0.1, 0, 0.02 };
	struct series_point points[POINTS_MAX];
	unsigned int fooled = 0;

	gsl_rng_set(random, 4);
	for (int i = 0; i < 400; i++) {
		synthesise(&truth, 0, random, points);
		fooled += scaling_choose(points, 8, 8).law == LAW_USL;
	}
	gsl_rng_free(random);
	/* One-sided: κ below 0 counts as 0. */
	cr_assert_leq(fooled, 400 * LAW_DOUBT, "%u of 400", fooled);
	cr_assert_gt(fooled, 0, "a test that never errs is no test");
}

/* Ideal up to 4 workers and nothing more from there on: neither law bends so. */
Test(choose, does_not_believe_a_law_that_the_points_do_not_follow)
{
	struct series_point points[8];
	double times[8];
	struct series_runs runs[8];
	struct scaling_fit fit;

	for (unsigned int i = 0; i < 8; i++) {
		times[i] = 100.0 / fmin(i + 1, 4);
		runs[i] = (struct series_runs){ i + 1, &times[i], 1 };
	}
	cr_assert_eq(series_points(runs, 8, points), SCALING_DONE);
	fit = scaling_choose(points, 8, 8);
	cr_assert_eq(fit.refusal, SCALING_DONE);
	cr_assert_eq(fit.belief, BELIEF_POOR);
}

Test(choose, finds_a_law_vague_that_noise_leaves_open)
{
	struct scaling_fit fit = choice((struct truth){ 2e9, 0.3, 0, 0.12 }, 2, 8);

	cr_assert_eq(fit.refusal, SCALING_DONE);
	cr_assert_neq(fit.belief, BELIEF_GOOD);
}

Test(choose, fits_only_points_within_the_cpus)
{
	struct scaling_fit fit = choice((struct truth){ 2e9, 0.05, 0, 0.01 }, 1, 16);

	cr_assert_eq(fit.points, 5);
	cr_assert_eq(fit.refusal, SCALING_DONE);
	fit = choice((struct truth){ 2e9, 0.05, 0, 0.01 }, 1, 8);
	cr_assert_eq(fit.points, 4);
	cr_assert_eq(fit.refusal, SCALING_TOO_FEW);
}
