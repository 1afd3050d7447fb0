// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/amdahl.h"

#include <math.h>

/* Amdahl's law is the curve without κ: T(1)/N × (1 + s(N-1)) = T(1) × (s + (1-s)/N). */
#define PARAMETERS 2

static double bound_of(double serial)
{
	return serial > 0 ? 1 / serial : INFINITY;
}

enum scaling_refusal amdahl_fit(const struct series_point *points, size_t count, struct amdahl *ret)
{
	struct fit fit;
	enum scaling_refusal refusal = fit_curve(points, count, PARAMETERS, &fit);

	if (refusal)
		return refusal;
	*ret = (struct amdahl){
		.serial = fit.value[FIT_SIGMA],
		.serial_95 = fit.interval[FIT_SIGMA],
		.bound = bound_of(fit.value[FIT_SIGMA]),
		.bound_95 = { bound_of(fit.interval[FIT_SIGMA].high),
			      bound_of(fit.interval[FIT_SIGMA].low) },
		.one = fit.value[FIT_ONE],
		.fit = fit,
	};
	return SCALING_DONE;
}

double amdahl_time(const struct amdahl *law, double workers)
{
	return fit_time(law->fit.value, workers);
}
