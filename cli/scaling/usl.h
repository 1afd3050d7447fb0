/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: the Universal Scalability Law (N. J. Gunther, "Guerrilla Capacity Planning", 2007),
 * T(N) = T(1) / N × (1 + σ (N - 1) + κ N (N - 1)).
 */
#ifndef PARTRACE_SCALING_USL_H
#define PARTRACE_SCALING_USL_H

#include "cli/scaling/fit.h"

#define USL_FORMULA "T(N) = T(1) / N × (1 + sigma (N - 1) + kappa N (N - 1))"

struct usl {
	double sigma; /* contention: the share that has to queue, 0…1 */
	struct fit_interval sigma_95;
	double kappa; /* coherency: what each pair of workers costs, as a share; 0… */
	struct fit_interval kappa_95;
	double peak; /* workers beyond which it gets slower, at least 1; INFINITY for kappa = 0 */
	struct fit_interval peak_95;
	double one; /* T(1), in the unit of the times */
	struct fit fit;
};

/* SCALING_DONE with *ret, or why no such law can be fitted to them. */
enum scaling_refusal usl_fit(const struct series_point *points, size_t count, struct usl *ret);

/* T(workers) by the law, in the unit of the times that it was fitted to. */
double usl_time(const struct usl *law, double workers);

#endif
