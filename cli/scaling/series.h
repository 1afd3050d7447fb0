/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: a curve of times against workers, out of repeated runs. Times may be in any unit, as long
 * as it is the same one; here they are nanoseconds. No outlier is dropped: the median does not
 * follow them, and the spread shows them.
 */
#ifndef PARTRACE_SCALING_SERIES_H
#define PARTRACE_SCALING_SERIES_H

#include <stddef.h>

#include "cli/scaling/refusal.h"

/* What was measured with so many workers. */
struct series_runs {
	unsigned int workers;
	const double *times; /* [repeats], in the order in which they were measured */
	size_t repeats;
};

struct series_point {
	unsigned int workers;
	size_t repeats;
	double median;
	double low; /* the fastest run */
	double high;
	double lower_quartile;
	double upper_quartile;
	double spread;      /* (high - low) / median */
	double speedup;     /* median of the first point / median */
	double efficiency;  /* speed-up / (workers / workers of the first point) */
	double speedup_low; /* medians and extremes: the first point's median / high */
	double speedup_high;
};

/*
 * `runs` ascend by workers; the first is what speed-up is counted from. Fills ret[count], or
 * refuses: SCALING_NO_POINTS, SCALING_NO_TIME, SCALING_NO_WORKERS, SCALING_NOT_ASCENDING.
 */
enum scaling_refusal series_points(const struct series_runs *runs, size_t count,
				   struct series_point *ret);

/* Largest spread of all points; 0 of none. */
double series_spread(const struct series_point *points, size_t count);

#endif
