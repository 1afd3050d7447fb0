// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/usl.h"

#include <math.h>

#define PARAMETERS 3

/* Where the derivative of T is 0. */
static double peak_of(double sigma, double kappa)
{
	return kappa > 0 ? fmax(1, sqrt((1 - sigma) / kappa)) : INFINITY;
}

enum scaling_refusal usl_fit(const struct series_point *points, size_t count, struct usl *ret)
{
	struct fit fit;
	enum scaling_refusal refusal = fit_curve(points, count, PARAMETERS, &fit);
	struct usl usl;

	if (refusal)
		return refusal;
	usl = (struct usl){
		.sigma = fit.value[FIT_SIGMA],
		.sigma_95 = fit.interval[FIT_SIGMA],
		.kappa = fit.value[FIT_KAPPA],
		.kappa_95 = fit.interval[FIT_KAPPA],
		.one = fit.value[FIT_ONE],
		.fit = fit,
	};
	usl.peak = peak_of(usl.sigma, usl.kappa);
	/* The peak falls with either, so the ends of both intervals hold it. */
	usl.peak_95.low = peak_of(usl.sigma_95.high, usl.kappa_95.high);
	usl.peak_95.high = peak_of(usl.sigma_95.low, usl.kappa_95.low);
	*ret = usl;
	return SCALING_DONE;
}

double usl_time(const struct usl *law, double workers)
{
	return fit_time(law->fit.value, workers);
}
