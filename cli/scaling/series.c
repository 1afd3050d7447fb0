// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/series.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

static int compare_times(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static enum scaling_refusal check(const struct series_runs *runs, size_t count)
{
	if (!count)
		return SCALING_NO_POINTS;
	for (size_t i = 0; i < count; i++) {
		if (!runs[i].workers)
			return SCALING_NO_WORKERS;
		if (i && runs[i].workers <= runs[i - 1].workers)
			return SCALING_NOT_ASCENDING;
		if (!runs[i].repeats)
			return SCALING_NO_POINTS;
		for (size_t k = 0; k < runs[i].repeats; k++)
			if (!(runs[i].times[k] > 0) || !isfinite(runs[i].times[k]))
				return SCALING_NO_TIME;
	}
	return SCALING_DONE;
}

static void summarise(const struct series_runs *runs, const double *sorted,
		      struct series_point *ret)
{
	size_t last = runs->repeats - 1;

	*ret = (struct series_point){
		.workers = runs->workers,
		.repeats = runs->repeats,
		.median = gsl_stats_median_from_sorted_data(sorted, 1, runs->repeats),
		.low = sorted[0],
		.high = sorted[last],
		.lower_quartile =
			gsl_stats_quantile_from_sorted_data(sorted, 1, runs->repeats, 0.25),
		.upper_quartile =
			gsl_stats_quantile_from_sorted_data(sorted, 1, runs->repeats, 0.75),
	};
	ret->spread = (ret->high - ret->low) / ret->median;
}

enum scaling_refusal series_points(const struct series_runs *runs, size_t count,
				   struct series_point *ret)
{
	enum scaling_refusal refusal = check(runs, count);

	if (refusal)
		return refusal;
	for (size_t i = 0; i < count; i++) {
		size_t bytes = runs[i].repeats * sizeof(double);
		_cleanup_free_ double *sorted = malloc(bytes);

		if (!sorted)
			return SCALING_NO_POINTS;
		memcpy(sorted, runs[i].times, bytes);
		qsort(sorted, runs[i].repeats, sizeof(double), compare_times);
		summarise(&runs[i], sorted, &ret[i]);
	}
	for (size_t i = 0; i < count; i++) {
		ret[i].speedup = ret[0].median / ret[i].median;
		ret[i].speedup_low = ret[0].median / ret[i].high;
		ret[i].speedup_high = ret[0].median / ret[i].low;
		ret[i].efficiency = ret[i].speedup * ret[0].workers / ret[i].workers;
	}
	return SCALING_DONE;
}

double series_spread(const struct series_point *points, size_t count)
{
	double largest = 0;

	for (size_t i = 0; i < count; i++)
		if (points[i].spread > largest)
			largest = points[i].spread;
	return largest;
}
