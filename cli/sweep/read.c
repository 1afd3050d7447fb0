// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where it is, and what to say when something is wrong there. */
struct reader {
	char *why;
	size_t why_size;
};

static int damaged(const struct reader *reader, const char *what, size_t index)
{
	snprintf(reader->why, reader->why_size, "%s (curve %zu)", what, index + 1);
	return -EBADMSG;
}

static uint64_t whole_or(const json_t *object, const char *key, uint64_t otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) && json_integer_value(value) >= 0
		       ? (uint64_t)json_integer_value(value)
		       : otherwise;
}

static double real_or_nan(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static struct sweep_account read_account(const json_t *json, unsigned int workers, bool probed)
{
	struct sweep_account account = { .known = json_is_object(json), .probed = probed };
	const char *lock = json_string_value(json_object_get(json, "lock"));
	const char *code = json_string_value(json_object_get(json, "code"));

	for (int i = 0; i < ACCOUNT_STATES; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ns", account_state_names[i]);
		account.ns[i] = whole_or(json, key, 0);
	}
	account.whole_ns = whole_or(json, "whole_ns", 0);
	account.others_ns = whole_or(json, "others_ns", 0);
	account.tasks = whole_or(json, "tasks", 0);
	account.parallelism = real_or_nan(json, "parallelism");
	account.memory_bytes = whole_or(json, "memory_bytes", NO_VALUE);
	account.start_ns = whole_or(json, "start_ns", NO_VALUE);
	snprintf(account.lock, sizeof(account.lock), "%s", lock ? lock : "");
	snprintf(account.code, sizeof(account.code), "%s", code ? code : "");
	account.predict =
		(struct predict_account){ .running_ns = (double)account.ns[ACCOUNT_RUNNING],
					  .useful_ns = real_or_nan(json, "useful_ns"),
					  .hindered_ns = real_or_nan(json, "hindered_ns"),
					  .alone_ns = real_or_nan(json, "alone_ns"),
					  .workers = workers };
	return account;
}

static int read_run(const json_t *json, unsigned int workers, bool probed, struct sweep_run *ret)
{
	const char *failure = json_string_value(json_object_get(json, "failure"));
	uint64_t elapsed_ns = whole_or(json, "elapsed_ns", 0);

	if (!failure && !elapsed_ns)
		return -EBADMSG;
	ret->order = whole_or(json, "order", 1);
	ret->elapsed_ns = elapsed_ns;
	ret->account = read_account(json_object_get(json, "account"), workers, probed);
	ret->account.elapsed_ns = elapsed_ns;
	if (!failure)
		return 0;
	ret->failure = strdup(failure);
	return ret->failure ? 0 : -ENOMEM;
}

static int read_point(const json_t *json, bool probed, struct sweep_point *point)
{
	const json_t *run;
	size_t i;
	int r = 0;

	if (whole_or(json, "workers", 0) != point->workers)
		return -EBADMSG;
	json_array_foreach (json_object_get(json, "runs"), i, run) {
		if (i >= point->repeat)
			return -EBADMSG;
		r = read_run(run, point->workers, probed, &point->runs[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The one whole report of a point belongs to its median run. */
static void give_report(const json_t *json, struct sweep_point *point)
{
	const struct sweep_run *median = point_median_run(point);
	json_t *report = json_object_get(json, "report");

	for (unsigned int k = 0; k < point->repeat && json_is_object(report); k++)
		if (&point->runs[k] == median)
			point->runs[k].report = json_incref(report);
}

static int read_name(const json_t *json, struct sweep_curve_name *ret)
{
	const char *workload = json_string_value(json_object_get(json, "workload"));
	const char *mode = json_string_value(json_object_get(json, "mode"));
	const char *runtime = json_string_value(json_object_get(json, "runtime"));
	uint64_t cpus = whole_or(json, "cpus", 0);

	if (!cpus || cpus > UINT32_MAX)
		return -EBADMSG;
	ret->cpus = (unsigned int)cpus;
	ret->mode = mode && !strcmp(mode, "processes") ? WORKER_PROCESSES : WORKER_THREADS;
	ret->runtime = runtime && !strcmp(runtime, "python") ? RUNTIME_PYTHON : RUNTIME_NATIVE;
	ret->workload = workload ? workload_find(workload) : NULL;
	return workload && !ret->workload ? -ENOENT : 0;
}

static int read_curve(const struct reader *reader, const json_t *json, struct sweep_kept *kept,
		      size_t index)
{
	struct sweep_curve *curve = &kept->result.curves[index];
	const json_t *points = json_object_get(json, "points"), *point;
	size_t i;
	int r;

	kept->result.count = index + 1;
	if (curve_init(curve, &kept->axes, 0) < 0)
		return -ENOMEM;
	r = read_name(json, &curve->name);
	if (r == -ENOENT)
		return damaged(reader, "it is of a workload that this partrace does not know",
			       index);
	if (r < 0 || json_array_size(points) != curve->count)
		return damaged(reader, "its CPUs or its points are missing", index);
	json_array_foreach (points, i, point) {
		r = read_point(point, kept->result.probed, &curve->points[i]);
		if (r < 0)
			return r == -EBADMSG ? damaged(reader, "a run of it makes no sense", index)
					     : r;
	}
	r = curve_finish(curve);
	json_array_foreach (points, i, point)
		give_report(point, &curve->points[i]);
	return r;
}

/* What tables and labels ask of the axes: the rest is in the curves' names. */
static void note_name(struct sweep_axes *axes, const struct sweep_curve_name *name)
{
	size_t i;

	for (i = 0; i < axes->workload_count && axes->workloads[i] != name->workload; i++)
		;
	if (name->workload && i == axes->workload_count && i < AXIS_WORKLOADS_MAX)
		axes->workloads[axes->workload_count++] = name->workload;
	for (i = 0; i < axes->cpus_count && axes->cpus[i] != name->cpus; i++)
		;
	if (i == axes->cpus_count && i < AXIS_CPUS_MAX)
		axes->cpus[axes->cpus_count++] = name->cpus;
	for (i = 0; i < axes->mode_count && axes->modes[i] != name->mode; i++)
		;
	if (name->workload && i == axes->mode_count)
		axes->modes[axes->mode_count++] = name->mode;
	if (name->workload && !axes_include(axes, name->runtime) && axes->runtime_count < 2)
		axes->runtimes[axes->runtime_count++] = name->runtime;
}

/* All curves have the same workers. */
static int read_axes(const struct reader *reader, const json_t *document, struct sweep_axes *axes)
{
	const json_t *first = json_array_get(json_object_get(document, "curves"), 0);
	uint64_t repeat = whole_or(document, "repeat", 0);
	const json_t *point;
	size_t i;

	/* Until its curves have said better, for curve_init(). */
	*axes = (struct sweep_axes){ .cpus_count = 1, .repeat = (unsigned int)repeat };
	if (!first || !repeat || repeat > AXIS_REPEAT_MAX)
		return damaged(reader, "there is none, or no number of repeats", 0);
	json_array_foreach (json_object_get(first, "points"), i, point) {
		uint64_t workers = whole_or(point, "workers", 0);

		if (i >= AXIS_WORKERS_MAX || !workers || workers > WORKLOAD_WORKERS_MAX)
			return damaged(reader, "its workers make no sense", 0);
		axes->workers[axes->workers_count++] = (unsigned int)workers;
	}
	return axes->workers_count ? 0 : damaged(reader, "it has no points", 0);
}

static void read_head(const json_t *document, struct sweep_result *result)
{
	const char *started_at = json_string_value(json_object_get(document, "started_at"));

	result->command = json_string_value(json_object_get(document, "command"));
	result->seed = whole_or(document, "seed", 0);
	result->tasks = whole_or(document, "tasks", 0);
	result->task_time_ns = whole_or(document, "task_time_ns", 0);
	result->taken_ns = whole_or(document, "taken_ns", 0);
	result->planned = whole_or(document, "runs_planned", 0);
	result->interrupted = json_is_true(json_object_get(document, "interrupted"));
	result->probed = json_is_true(json_object_get(document, "probed"));
	snprintf(result->started_at, sizeof(result->started_at), "%s",
		 started_at ? started_at : "");
}

int sweep_read(const json_t *document, struct sweep_kept *ret, char *why, size_t why_size)
{
	struct reader reader = { why, why_size };
	const json_t *curves = json_object_get(document, "curves"), *curve;
	size_t i;
	int r;

	*ret = (struct sweep_kept){ .document = json_incref((json_t *)document) };
	ret->result.axes = &ret->axes;
	read_head(document, &ret->result);
	r = read_axes(&reader, document, &ret->axes);
	if (r < 0)
		return r;
	ret->result.curves = calloc(json_array_size(curves), sizeof(*ret->result.curves));
	if (!ret->result.curves)
		return -ENOMEM;
	json_array_foreach (curves, i, curve) {
		r = read_curve(&reader, curve, ret, i);
		if (r < 0)
			return r;
		if (!ret->result.command && !ret->result.curves[i].name.workload)
			return damaged(&reader, "it has neither workload nor command", i);
	}
	ret->axes.cpus_count = 0;
	for (i = 0; i < ret->result.count; i++)
		note_name(&ret->axes, &ret->result.curves[i].name);
	return 0;
}

void sweep_kept_release(struct sweep_kept *kept)
{
	for (size_t i = 0; i < kept->result.count; i++)
		curve_release(&kept->result.curves[i]);
	free(kept->result.curves);
	json_decref(kept->document);
	*kept = (struct sweep_kept){ 0 };
}
