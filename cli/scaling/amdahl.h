/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: Amdahl's law, T(N) = T(1) × (s + (1 - s) / N). */
#ifndef PARTRACE_SCALING_AMDAHL_H
#define PARTRACE_SCALING_AMDAHL_H

#include "cli/scaling/fit.h"

#define AMDAHL_FORMULA "T(N) = T(1) × (s + (1 - s) / N)"

struct amdahl {
	double serial; /* s: the share of one worker's time that N workers cannot divide, 0…1 */
	struct fit_interval serial_95;
	double bound; /* the largest speed-up: 1 / s; INFINITY for s = 0 */
	struct fit_interval bound_95;
	double one; /* T(1), in the unit of the times */
	struct fit fit;
};

/* SCALING_DONE with *ret, or why no such law can be fitted to them. */
enum scaling_refusal amdahl_fit(const struct series_point *points, size_t count,
				struct amdahl *ret);

/* T(workers) by the law, in the unit of the times that it was fitted to. */
double amdahl_time(const struct amdahl *law, double workers);

#endif
