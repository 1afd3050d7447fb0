// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/curve.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

int curve_init(struct sweep_curve *curve, const struct sweep_axes *axes, size_t index)
{
	curve->name = axes_curve(axes, index);
	curve->points = calloc(axes->workers_count, sizeof(*curve->points));
	if (!curve->points)
		return -ENOMEM;
	curve->count = axes->workers_count;
	for (size_t i = 0; i < curve->count; i++) {
		struct sweep_point *point = &curve->points[i];

		point->workers = axes->workers[i];
		point->serial = point->predicted_ns = NAN;
		point->runs = calloc(axes->repeat, sizeof(*point->runs));
		if (!point->runs)
			return -ENOMEM;
		point->repeat = axes->repeat;
	}
	return 0;
}

void curve_release(struct sweep_curve *curve)
{
	for (size_t i = 0; i < curve->count; i++) {
		struct sweep_point *point = &curve->points[i];

		for (unsigned int k = 0; k < point->repeat; k++) {
			free(point->runs[k].failure);
			json_decref(point->runs[k].report);
		}
		free(point->runs);
	}
	free(curve->points);
	*curve = (struct sweep_curve){ 0 };
}

static bool is_done(const struct sweep_run *run)
{
	return run->order && !run->failure;
}

/* Times and accounts of what succeeded. */
static int gather(struct sweep_point *point, double *times)
{
	_cleanup_free_ struct sweep_account *accounts =
		calloc(point->repeat, sizeof(struct sweep_account));
	unsigned int known = 0;

	if (!accounts)
		return -ENOMEM;
	point->done = point->failed = 0;
	for (unsigned int k = 0; k < point->repeat; k++) {
		const struct sweep_run *run = &point->runs[k];

		point->failed += run->failure != NULL;
		if (!is_done(run))
			continue;
		times[point->done++] = (double)run->elapsed_ns;
		if (run->account.known)
			accounts[known++] = run->account;
	}
	point->account = account_median(accounts, known);
	point->serial = predict_serial(&point->account.predict);
	return 0;
}

static void predict(struct sweep_curve *curve)
{
	for (size_t i = 0; i < curve->count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct sweep_point *half = &curve->points[k];

			if (2 * half->workers != curve->points[i].workers || !half->done)
				continue;
			curve->points[i].predicted_from = half->workers;
			curve->points[i].predicted_ns = predict_time_ns(
				&half->account.predict, curve->points[i].workers, curve->name.cpus);
		}
}

/* The series is without points that have no time; `from` tells which point each one is. */
static void fit(struct sweep_curve *curve, struct series_runs *runs, struct series_point *points,
		size_t *from, const double *times)
{
	size_t count = 0;

	for (size_t i = 0; i < curve->count; i++) {
		const struct sweep_point *point = &curve->points[i];

		if (!point->done)
			continue;
		runs[count] = (struct series_runs){ point->workers, times + i * point->repeat,
						    point->done };
		from[count++] = i;
	}
	curve->fit = (struct scaling_fit){ .refusal = series_points(runs, count, points) };
	if (curve->fit.refusal)
		return;
	for (size_t i = 0; i < count; i++)
		curve->points[from[i]].time = points[i];
	curve->fit = scaling_choose(points, count, curve->name.cpus);
}

static void find_cause(struct sweep_curve *curve)
{
	const struct sweep_point *first = NULL;

	for (size_t i = 0; i < curve->count; i++) {
		const struct sweep_point *point = &curve->points[i];

		if (!point->done)
			continue;
		if (!first)
			first = point;
		cause_add(&curve->cause, point->workers, curve->name.cpus, &first->account,
			  &point->account);
	}
}

int curve_finish(struct sweep_curve *curve)
{
	unsigned int repeat = curve->count ? curve->points[0].repeat : 0;
	_cleanup_free_ double *times = calloc(curve->count * repeat + 1, sizeof(double));
	_cleanup_free_ struct series_runs *runs = calloc(curve->count + 1, sizeof(*runs));
	_cleanup_free_ struct series_point *points = calloc(curve->count + 1, sizeof(*points));
	_cleanup_free_ size_t *from = calloc(curve->count + 1, sizeof(*from));

	if (!times || !runs || !points || !from)
		return -ENOMEM;
	for (size_t i = 0; i < curve->count; i++)
		if (gather(&curve->points[i], times + i * repeat) < 0)
			return -ENOMEM;
	predict(curve);
	fit(curve, runs, points, from, times);
	find_cause(curve);
	return 0;
}

/* As many runs are faster, or as fast and earlier, as make half of the others. */
const struct sweep_run *point_median_run(const struct sweep_point *point)
{
	for (unsigned int k = 0; k < point->repeat; k++) {
		const struct sweep_run *run = &point->runs[k];
		unsigned int before = 0;

		if (!is_done(run))
			continue;
		for (unsigned int j = 0; j < point->repeat; j++) {
			const struct sweep_run *other = &point->runs[j];

			before +=
				is_done(other) && (other->elapsed_ns < run->elapsed_ns ||
						   (other->elapsed_ns == run->elapsed_ns && j < k));
		}
		if (before == (point->done - 1) / 2)
			return run;
	}
	return NULL;
}

size_t curve_done(const struct sweep_curve *curve)
{
	size_t done = 0;

	for (size_t i = 0; i < curve->count; i++)
		done += curve->points[i].done > 0;
	return done;
}

const struct sweep_point *curve_best(const struct sweep_curve *curve)
{
	const struct sweep_point *best = NULL;

	for (size_t i = 0; i < curve->count; i++)
		if (curve->points[i].done &&
		    (!best || curve->points[i].time.speedup > best->time.speedup))
			best = &curve->points[i];
	return best;
}

const struct sweep_point *curve_last(const struct sweep_curve *curve)
{
	for (size_t i = curve->count; i > 0; i--)
		if (curve->points[i - 1].done)
			return &curve->points[i - 1];
	return NULL;
}

size_t result_runs(const struct sweep_result *result)
{
	size_t runs = 0;

	for (size_t c = 0; c < result->count; c++)
		for (size_t i = 0; i < result->curves[c].count; i++)
			runs += result->curves[c].points[i].done +
				result->curves[c].points[i].failed;
	return runs;
}

size_t result_failures(const struct sweep_result *result)
{
	size_t failures = 0;

	for (size_t c = 0; c < result->count; c++)
		for (size_t i = 0; i < result->curves[c].count; i++)
			failures += result->curves[c].points[i].failed;
	return failures;
}
