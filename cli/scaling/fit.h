/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: least squares of the one curve behind both laws,
 *
 *	T(N) = T(1) / N × (1 + σ (N - 1) + κ N (N - 1))
 *
 * in logarithms, so that every point counts by its relative error. Amdahl's law is the case κ = 0
 * with σ as the serial share; with κ it is Gunther's Universal Scalability Law.
 */
#ifndef PARTRACE_SCALING_FIT_H
#define PARTRACE_SCALING_FIT_H

#include <stddef.h>

#include "cli/scaling/refusal.h"
#include "cli/scaling/series.h"

enum fit_parameter {
	FIT_ONE,   /* T(1), in the unit of the times */
	FIT_SIGMA, /* share, 0…1 */
	FIT_KAPPA, /* share for each pair of workers, 0… */
	FIT_PARAMETERS,
};

/* Both ends are within the parameter's bounds. */
struct fit_interval {
	double low;
	double high;
};

struct fit {
	double value[FIT_PARAMETERS];
	/*
	 * They hold together with 95 % confidence (Bonferroni: each alone with a little more), if
	 * the law is the right one and the medians scatter by the same relative error.
	 */
	struct fit_interval interval[FIT_PARAMETERS];
	double squares; /* sum of squared relative residuals, of the law within its bounds */
	double worst;   /* largest relative residual, 0.05 is 5 % */
	size_t points;
	size_t freedom; /* points - parameters */
};

/* The curve's time for `workers`, in the unit of value[FIT_ONE]. */
double fit_time(const double value[FIT_PARAMETERS], double workers);

/*
 * `parameters` is 2 (κ stays 0) or 3. Refuses with SCALING_TOO_FEW where nothing would be left to
 * judge the fit by, and with SCALING_NO_FIT.
 */
enum scaling_refusal fit_curve(const struct series_point *points, size_t count, size_t parameters,
			       struct fit *ret);

#endif
