// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/document.h"

#include <math.h>

#include "api/version.h"
#include "base/owned.h"
#include "cli/client/text.h"
#include "cli/sweep/serial.h"

/* NaN and infinity are null. */
static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *whole(uint64_t value)
{
	return value == NO_VALUE ? json_null() : json_integer((json_int_t)value);
}

static json_t *rounded(double value)
{
	return isfinite(value) ? json_integer((json_int_t)llround(value)) : json_null();
}

static json_t *text(const char *value)
{
	json_t *json = value ? text_json(value) : NULL;

	return json ? json : json_null();
}

static json_t *interval(struct fit_interval interval)
{
	return json_pack("[o,o]", real(interval.low), real(interval.high));
}

const char *sweep_mode_name(const struct sweep_curve_name *name)
{
	if (!name->workload)
		return NULL;
	return name->mode == WORKER_THREADS ? "threads" : "processes";
}

static json_t *states_json(const struct sweep_account *account)
{
	json_t *states = json_object();

	for (int i = 0; i < ACCOUNT_STATES; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ns", account_state_names[i]);
		json_object_set_new(states, key, whole(account->ns[i]));
	}
	return states;
}

static json_t *account_json(const struct sweep_account *account)
{
	json_t *json;

	if (!account->known)
		return json_null();
	json = states_json(account);
	json_object_set_new(json, "whole_ns", whole(account->whole_ns));
	json_object_set_new(json, "others_ns",
			    account->probed ? whole(account->others_ns) : json_null());
	json_object_set_new(json, "tasks", account->tasks ? whole(account->tasks) : json_null());
	json_object_set_new(json, "running_per_task_ns",
			    account->tasks ? whole(account_each_ns(account, ACCOUNT_RUNNING))
					   : json_null());
	json_object_set_new(json, "parallelism", real(account->parallelism));
	json_object_set_new(json, "memory_bytes", whole(account->memory_bytes));
	json_object_set_new(json, "start_ns", whole(account->start_ns));
	json_object_set_new(json, "useful_ns", rounded(account->predict.useful_ns));
	json_object_set_new(json, "hindered_ns", rounded(account->predict.hindered_ns));
	json_object_set_new(json, "alone_ns", rounded(account->predict.alone_ns));
	json_object_set_new(json, "lock", text(*account->lock ? account->lock : NULL));
	json_object_set_new(json, "code", text(*account->code ? account->code : NULL));
	return json;
}

static json_t *runs_json(const struct sweep_point *point)
{
	json_t *runs = json_array();

	for (unsigned int k = 0; k < point->repeat; k++) {
		const struct sweep_run *run = &point->runs[k];

		if (!run->order)
			continue;
		json_array_append_new(runs,
				      json_pack("{s:I,s:o,s:o,s:o}", "order",
						(json_int_t)run->order, "elapsed_ns",
						whole(run->failure ? NO_VALUE : run->elapsed_ns),
						"failure", text(run->failure), "account",
						account_json(&run->account)));
	}
	return runs;
}

static json_t *time_json(const struct sweep_point *point)
{
	const struct series_point *time = &point->time;

	if (!point->done)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "median_ns",
			 rounded(time->median), "low_ns", rounded(time->low), "high_ns",
			 rounded(time->high), "lower_quartile_ns", rounded(time->lower_quartile),
			 "upper_quartile_ns", rounded(time->upper_quartile), "spread",
			 real(time->spread), "speedup", real(time->speedup), "speedup_low",
			 real(time->speedup_low), "speedup_high", real(time->speedup_high),
			 "efficiency", real(time->efficiency));
}

static json_t *prediction_json(const struct sweep_point *point)
{
	if (!point->predicted_from || !isfinite(point->predicted_ns))
		return json_null();
	return json_pack("{s:i,s:o,s:o}", "from_workers", (int)point->predicted_from, "time_ns",
			 rounded(point->predicted_ns), "off",
			 real(point->done ? point->time.median / point->predicted_ns - 1 : NAN));
}

static json_t *point_json(const struct sweep_point *point)
{
	const struct sweep_run *median = point_median_run(point);

	return json_pack("{s:i,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "workers", (int)point->workers,
			 "done", (int)point->done, "failed", (int)point->failed, "time",
			 time_json(point), "account", account_json(&point->account), "serial",
			 real(point->serial), "prediction", prediction_json(point), "runs",
			 runs_json(point), "report",
			 median && median->report ? json_incref(median->report) : json_null());
}

static json_t *amdahl_json(const struct amdahl *law)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "formula", AMDAHL_FORMULA, "one_ns",
			 rounded(law->one), "serial", real(law->serial), "serial_95",
			 interval(law->serial_95), "speedup_max", real(law->bound),
			 "speedup_max_95", interval(law->bound_95), "worst_residual",
			 real(law->fit.worst));
}

static json_t *usl_json(const struct usl *law)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "formula", USL_FORMULA, "one_ns",
			 rounded(law->one), "sigma", real(law->sigma), "sigma_95",
			 interval(law->sigma_95), "kappa", real(law->kappa), "kappa_95",
			 interval(law->kappa_95), "peak_workers", real(law->peak),
			 "peak_workers_95", interval(law->peak_95), "worst_residual",
			 real(law->fit.worst));
}

/* What one of the sentences of serial.h says; null for nothing. */
static json_t *said(void (*say)(const struct sweep_curve *, FILE *),
		    const struct sweep_curve *curve)
{
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *out = open_memstream(&words, &size);

	if (!out)
		return json_null();
	say(curve, out);
	fclose(out);
	return text(words && *words ? words : NULL);
}

/* null: nobody can tell. */
static json_t *agrees_json(enum serial_match match)
{
	if (match == SERIAL_UNCOMPARED || match == SERIAL_DISTURBED)
		return json_null();
	return json_boolean(match == SERIAL_AGREES);
}

static json_t *measured_json(const struct sweep_curve *curve)
{
	struct serial_share share = serial_share_of(curve);

	if (!share.point)
		return json_null();
	return json_pack("{s:i,s:o,s:o,s:o}", "workers", (int)share.point->workers, "serial",
			 real(share.measured), "agrees", agrees_json(share.match), "sentence",
			 said(serial_say, curve));
}

static json_t *notes_json(const struct sweep_curve *curve)
{
	json_t *notes = json_array();
	json_t *slower = said(serial_say_slower, curve);
	json_t *disturbed = said(serial_say_disturbed, curve);

	if (json_is_string(slower))
		json_array_append(notes, slower);
	if (json_is_string(disturbed))
		json_array_append(notes, disturbed);
	json_decref(slower);
	json_decref(disturbed);
	return notes;
}

static json_t *fit_json(const struct sweep_curve *curve)
{
	const struct scaling_fit *fit = &curve->fit;
	char sentence[SCALING_SENTENCE_BYTES];

	if (fit->refusal) {
		scaling_refusal_say(fit->refusal, fit->points, curve->name.cpus, sentence,
				    sizeof(sentence));
		return json_pack("{s:b,s:i,s:s,s:s,s:n,s:n,s:n,s:n,s:n}", "fitted", false, "points",
				 (int)fit->points, "refusal", scaling_refusal_name(fit->refusal),
				 "sentence", sentence, "law", "belief", "kappa_by_chance", "amdahl",
				 "usl");
	}
	scaling_belief_say(fit, sentence, sizeof(sentence));
	return json_pack("{s:b,s:i,s:n,s:s,s:s,s:s,s:o,s:o,s:o}", "fitted", true, "points",
			 (int)fit->points, "refusal", "sentence", sentence, "law",
			 scaling_law_names[fit->law], "belief", scaling_belief_names[fit->belief],
			 "kappa_by_chance", real(fit->kappa_by_chance), "amdahl",
			 amdahl_json(&fit->amdahl), "usl", usl_json(&fit->usl));
}

static json_t *law_json(const struct sweep_curve *curve)
{
	json_t *law = fit_json(curve);

	json_object_set_new(law, "measured", measured_json(curve));
	json_object_set_new(law, "notes", notes_json(curve));
	return law;
}

static json_t *cause_json(const struct sweep_curve *curve)
{
	const struct sweep_cause *cause = &curve->cause;
	const struct sweep_point *last = curve_last(curve);
	char sentence[256];

	if (cause->id == CAUSE_UNKNOWN)
		return json_null();
	cause_say(cause, curve->name.cpus, last ? last->account.lock : "", sentence,
		  sizeof(sentence));
	return json_pack("{s:s,s:i,s:o,s:s,s:o}", "id", cause_name(cause->id), "from_workers",
			 (int)cause->from_workers, "share", real(cause->share), "sentence",
			 sentence, "running_growth", real(cause->slower));
}

const char *sweep_runtime_name(const struct sweep_curve_name *name)
{
	return name->workload ? workload_runtime_name(name->runtime) : NULL;
}

static json_t *curve_json(const struct sweep_curve *curve)
{
	json_t *points = json_array();
	const struct workload *workload = curve->name.workload;

	for (size_t i = 0; i < curve->count; i++)
		json_array_append_new(points, point_json(&curve->points[i]));
	return json_pack("{s:o,s:o,s:o,s:i,s:o,s:o,s:o}", "workload",
			 text(workload ? workload_name(workload) : NULL), "mode",
			 text(sweep_mode_name(&curve->name)), "runtime",
			 text(sweep_runtime_name(&curve->name)), "cpus", (int)curve->name.cpus,
			 "cause", cause_json(curve), "law", law_json(curve), "points", points);
}

/* The first report's; all are of the same machine. */
static json_t *host_json(const struct sweep_result *result)
{
	for (size_t c = 0; c < result->count; c++)
		for (size_t i = 0; i < result->curves[c].count; i++) {
			const struct sweep_run *run =
				point_median_run(&result->curves[c].points[i]);
			json_t *host = run ? json_object_get(run->report, "host") : NULL;

			if (host)
				return json_incref(host);
		}
	return json_null();
}

json_t *sweep_document(const struct sweep_result *result)
{
	json_t *curves = json_array();
	bool tasks = !result->command;

	for (size_t c = 0; c < result->count; c++)
		json_array_append_new(curves, curve_json(&result->curves[c]));
	return json_pack("{s:s,s:s,s:o,s:s,s:o,s:o,s:o,s:I,s:i,s:I,s:I,s:I,s:b,s:b,s:o}", "schema",
			 SWEEP_SCHEMA, "partrace", PARTRACE_VERSION, "host", host_json(result),
			 "started_at", result->started_at, "command", text(result->command),
			 "tasks", tasks ? whole(result->tasks) : json_null(), "task_time_ns",
			 result->task_time_ns ? whole(result->task_time_ns) : json_null(), "seed",
			 (json_int_t)result->seed, "repeat", (int)result->axes->repeat,
			 "runs_planned", (json_int_t)result->planned, "runs_made",
			 (json_int_t)result_runs(result), "taken_ns", (json_int_t)result->taken_ns,
			 "interrupted", result->interrupted, "probed", result->probed, "curves",
			 curves);
}
