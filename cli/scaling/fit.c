// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/fit.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <string.h>

#define ITERATIONS_MAX 200
#define TOLERANCE      1e-10
#define DOUBT          0.05 /* what is left of certainty by a 95 % interval */
#define SIGMA_START    0.1
#define INFLATION_MIN  1e-6

/* What the solver may move: a parameter is free, or stays where it is. */
struct problem {
	const struct series_point *points;
	size_t count;
	size_t free_count;
	enum fit_parameter free[FIT_PARAMETERS];
	double fixed[FIT_PARAMETERS];
};

/* How many times longer than ideal: 1 + σ(N-1) + κN(N-1). */
static double inflation(const double value[FIT_PARAMETERS], double workers)
{
	double more = workers - 1;
	double by = 1 + value[FIT_SIGMA] * more + value[FIT_KAPPA] * workers * more;

	/* The solver may look where there is no time at all: it shall see a large residual. */
	return by > INFLATION_MIN ? by : INFLATION_MIN;
}

double fit_time(const double value[FIT_PARAMETERS], double workers)
{
	return value[FIT_ONE] / workers * inflation(value, workers);
}

/* T(1) is sought by its logarithm; here it is itself again. */
static void unpack(const struct problem *problem, const gsl_vector *x, double value[FIT_PARAMETERS])
{
	memcpy(value, problem->fixed, sizeof(problem->fixed));
	for (size_t i = 0; i < problem->free_count; i++)
		value[problem->free[i]] = gsl_vector_get(x, i);
	value[FIT_ONE] = exp(value[FIT_ONE]);
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
	const struct problem *problem = context;
	double value[FIT_PARAMETERS];

	unpack(problem, x, value);
	for (size_t i = 0; i < problem->count; i++) {
		const struct series_point *point = &problem->points[i];

		gsl_vector_set(f, i, log(fit_time(value, point->workers) / point->median));
	}
	return GSL_SUCCESS;
}

static int slopes(const gsl_vector *x, void *context, gsl_matrix *jacobian)
{
	const struct problem *problem = context;
	double value[FIT_PARAMETERS];

	unpack(problem, x, value);
	for (size_t i = 0; i < problem->count; i++) {
		double workers = problem->points[i].workers, more = workers - 1;
		double by = inflation(value, workers);
		double slope[FIT_PARAMETERS] = { 1, more / by, workers * more / by };

		for (size_t k = 0; k < problem->free_count; k++)
			gsl_matrix_set(jacobian, i, k, slope[problem->free[k]]);
	}
	return GSL_SUCCESS;
}

/* The solution without bounds: values, and the standard errors of the free parameters. */
struct solution {
	double value[FIT_PARAMETERS];
	double error[FIT_PARAMETERS]; /* of T(1): of its logarithm */
	double squares;
};

static void take(const struct problem *problem, const gsl_multifit_nlinear_workspace *solver,
		 gsl_matrix *covariance, struct solution *ret)
{
	const gsl_vector *f = gsl_multifit_nlinear_residual(solver);
	size_t freedom = problem->count - problem->free_count;

	*ret = (struct solution){ 0 };
	unpack(problem, gsl_multifit_nlinear_position(solver), ret->value);
	gsl_blas_ddot(f, f, &ret->squares);
	gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(solver), 0, covariance);
	for (size_t i = 0; i < problem->free_count; i++)
		ret->error[problem->free[i]] =
			sqrt(gsl_matrix_get(covariance, i, i) * ret->squares / (double)freedom);
}

static void set_start(const struct problem *problem, gsl_vector *x)
{
	const struct series_point *first = &problem->points[0];
	double start[FIT_PARAMETERS] = { log(first->median * first->workers), SIGMA_START, 0 };

	for (size_t i = 0; i < problem->free_count; i++)
		gsl_vector_set(x, i, start[problem->free[i]]);
}

static enum scaling_refusal solve(const struct problem *problem, struct solution *ret)
{
	gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
	gsl_multifit_nlinear_fdf system = { .f = residuals,
					    .df = slopes,
					    .n = problem->count,
					    .p = problem->free_count,
					    .params = (void *)problem };
	gsl_error_handler_t *handler = gsl_set_error_handler_off();
	gsl_vector *x = gsl_vector_alloc(problem->free_count);
	gsl_matrix *covariance = gsl_matrix_alloc(problem->free_count, problem->free_count);
	gsl_multifit_nlinear_workspace *solver = gsl_multifit_nlinear_alloc(
		gsl_multifit_nlinear_trust, &how, problem->count, problem->free_count);
	int why, r = GSL_ENOMEM;

	if (x && covariance && solver) {
		set_start(problem, x);
		r = gsl_multifit_nlinear_init(x, &system, solver);
		if (!r)
			r = gsl_multifit_nlinear_driver(ITERATIONS_MAX, TOLERANCE, TOLERANCE, 0,
							NULL, NULL, &why, solver);
		/* No step makes it better: it stands at the best there is. */
		if (r == GSL_ENOPROG)
			r = GSL_SUCCESS;
		if (!r)
			take(problem, solver, covariance, ret);
	}
	gsl_multifit_nlinear_free(solver);
	gsl_matrix_free(covariance);
	gsl_vector_free(x);
	gsl_set_error_handler(handler);
	return r || !isfinite(ret->squares) ? SCALING_NO_FIT : SCALING_DONE;
}

static const double upper_bounds[FIT_PARAMETERS] = { INFINITY, 1, INFINITY };

static double bounded(enum fit_parameter parameter, double value)
{
	return fmin(fmax(value, 0), upper_bounds[parameter]);
}

/* Holds what left its bounds at the bound, and solves for the rest. */
static enum scaling_refusal solve_within(struct problem problem, struct solution *solution)
{
	for (int tries = 0; tries < FIT_PARAMETERS; tries++) {
		size_t kept = 0;
		enum scaling_refusal refusal;

		for (size_t i = 0; i < problem.free_count; i++) {
			enum fit_parameter parameter = problem.free[i];
			double value = solution->value[parameter];

			if (parameter == FIT_ONE || value == bounded(parameter, value))
				problem.free[kept++] = parameter;
			else
				problem.fixed[parameter] = bounded(parameter, value);
		}
		if (kept >= problem.free_count)
			return SCALING_DONE;
		problem.free_count = kept;
		refusal = solve(&problem, solution);
		if (refusal)
			return refusal;
	}
	return SCALING_DONE;
}

/*
 * From the solution without bounds, for there the theory holds; cutting it to the bounds loses
 * nothing of the truth. The bounded value itself always lies within.
 */
static struct fit_interval interval_of(enum fit_parameter parameter, const struct solution *free,
				       double value, double quantile)
{
	double reach = quantile * free->error[parameter];
	struct fit_interval interval = { free->value[parameter] - reach,
					 free->value[parameter] + reach };

	if (parameter == FIT_ONE) {
		interval.low = free->value[FIT_ONE] * exp(-reach);
		interval.high = free->value[FIT_ONE] * exp(reach);
	}
	interval.low = fmin(bounded(parameter, interval.low), value);
	interval.high = fmax(bounded(parameter, interval.high), value);
	return interval;
}

static double worst_residual(const struct problem *problem, const double value[FIT_PARAMETERS])
{
	double worst = 0;

	for (size_t i = 0; i < problem->count; i++) {
		double time = fit_time(value, problem->points[i].workers);

		worst = fmax(worst, fabs(problem->points[i].median / time - 1));
	}
	return worst;
}

enum scaling_refusal fit_curve(const struct series_point *points, size_t count, size_t parameters,
			       struct fit *ret)
{
	struct problem problem = { .points = points,
				   .count = count,
				   .free_count = parameters,
				   .free = { FIT_ONE, FIT_SIGMA, FIT_KAPPA } };
	struct solution free, within;
	enum scaling_refusal refusal;
	struct fit fit = { .points = count };
	double quantile;

	if (count <= parameters || parameters > FIT_PARAMETERS)
		return SCALING_TOO_FEW;
	refusal = solve(&problem, &free);
	within = free;
	if (!refusal)
		refusal = solve_within(problem, &within);
	if (refusal)
		return refusal;
	fit.freedom = count - parameters;
	fit.squares = within.squares;
	quantile = gsl_cdf_tdist_Pinv(1 - DOUBT / (2 * (double)parameters), (double)fit.freedom);
	memcpy(fit.value, within.value, sizeof(fit.value));
	fit.worst = worst_residual(&problem, fit.value);
	for (size_t i = 0; i < parameters; i++)
		fit.interval[i] = interval_of((enum fit_parameter)i, &free, fit.value[i], quantile);
	*ret = fit;
	return SCALING_DONE;
}
