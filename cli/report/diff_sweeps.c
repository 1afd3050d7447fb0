/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/diff_sweeps.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct times {
	json_int_t runs;
	double median_ns;
	double low_ns;
	double high_ns;
};

static bool is_same(const json_t *one, const json_t *two, const char *key)
{
	const json_t *a = json_object_get(one, key), *b = json_object_get(two, key);

	return json_equal(a, b) || (!json_is_string(a) && !json_is_string(b) &&
				    json_integer_value(a) == json_integer_value(b));
}

static const json_t *curve_like(const json_t *sweep, const json_t *curve)
{
	const json_t *other;
	size_t i;

	json_array_foreach (json_object_get(sweep, "curves"), i, other)
		if (is_same(curve, other, "workload") && is_same(curve, other, "mode") &&
		    is_same(curve, other, "runtime") && is_same(curve, other, "cpus"))
			return other;
	return NULL;
}

static const json_t *point_like(const json_t *curve, const json_t *point)
{
	const json_t *other;
	size_t i;

	json_array_foreach (json_object_get(curve, "points"), i, other)
		if (is_same(point, other, "workers"))
			return other;
	return NULL;
}

static double number_of(const json_t *time, const char *key)
{
	return json_number_value(json_object_get(time, key));
}

static bool times_of(const json_t *point, struct times *ret)
{
	const json_t *time = json_object_get(point, "time");

	*ret = (struct times){
		.runs = json_integer_value(json_object_get(point, "done")),
		.median_ns = number_of(time, "median_ns"),
		.low_ns = number_of(time, "low_ns"),
		.high_ns = number_of(time, "high_ns"),
	};
	return ret->median_ns > 0;
}

static const char *text_of(const json_t *curve, const char *key)
{
	const char *text = json_string_value(json_object_get(curve, key));

	return text ? text : "command";
}

static void name_point(const json_t *curve, const json_t *point, char *text, size_t size)
{
	json_int_t workers = json_integer_value(json_object_get(point, "workers"));
	json_int_t cpus = json_integer_value(json_object_get(curve, "cpus"));
	const char *runtime = json_string_value(json_object_get(curve, "runtime"));
	int used = snprintf(text, size, "%.30s%s%.12s, %.12s, %lld worker%s",
			    text_of(curve, "workload"),
			    runtime && strcmp(runtime, "native") != 0 ? " " : "",
			    runtime && strcmp(runtime, "native") != 0 ? runtime : "",
			    text_of(curve, "mode"), (long long)workers, workers == 1 ? "" : "s");

	if (cpus > 0 && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", %lld CPUs", (long long)cpus);
}

static void add_point(const json_t *curve, const json_t *point, const json_t *other, double least,
		      struct sweep_diff *diff)
{
	struct times before, after;
	struct sweep_change *change;

	if (!times_of(point, &before) || !times_of(other, &after))
		return;
	diff->points++;
	if (before.runs < SWEEP_RUNS_LEAST || after.runs < SWEEP_RUNS_LEAST) {
		diff->few++;
		return;
	}
	if (before.low_ns <= after.high_ns && after.low_ns <= before.high_ns) {
		diff->overlap++;
		return;
	}
	if (fabs(after.median_ns - before.median_ns) < least * before.median_ns) {
		diff->small++;
		return;
	}
	if (diff->count == SWEEP_CHANGES_MAX)
		return;
	change = &diff->changes[diff->count++];
	name_point(curve, point, change->what, sizeof(change->what));
	change->before_ns = (uint64_t)before.median_ns;
	change->after_ns = (uint64_t)after.median_ns;
	change->times = after.median_ns / before.median_ns;
}

static int largest_first(const void *one, const void *two)
{
	double a = fabs(log(((const struct sweep_change *)one)->times));
	double b = fabs(log(((const struct sweep_change *)two)->times));

	return (a < b) - (a > b);
}

void diff_sweeps(const json_t *before, const json_t *after, double least, struct sweep_diff *ret)
{
	const json_t *curve, *point;
	size_t i, j;

	*ret = (struct sweep_diff){ 0 };
	json_array_foreach (json_object_get(before, "curves"), i, curve) {
		const json_t *other = curve_like(after, curve);

		json_array_foreach (json_object_get(curve, "points"), j, point)
			if (other)
				add_point(curve, point, point_like(other, point), least, ret);
	}
	qsort(ret->changes, ret->count, sizeof(ret->changes[0]), largest_first);
}
