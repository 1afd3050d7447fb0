// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/client/document.h"
#include "cli/report/format.h"
#include "cli/sweep/document.h"
#include "cli/sweep/plan.h"
#include "cli/sweep/print.h"
#include "cli/sweep/svg.h"
#include "cli/verb.h"
#include "cli/verbs/child.h"
#include "cli/verbs/sweep_run.h"

/* The steps, how far they have come, and where they go. */
struct course {
	const struct sweep_options *options;
	struct sweep_runner runner;
	struct sweep_result *result;
	struct sweep_step *steps;
	size_t count;
	uint64_t from_ns;
	int signal; /* what ended it; 0: nothing */
	bool show;  /* progress, on a terminal */
};

/* A command's time is not known before it has run. */
static uint64_t estimate_ns(const struct course *course, size_t from, size_t to)
{
	const struct workload_plan *plan = &course->options->plan;

	if (course->options->command)
		return 0;
	return plan_estimate_all_ns(&course->options->axes, course->steps, from, to, plan->tasks,
				    plan->task_time_ns);
}

static uint64_t left_ns(const struct course *course, size_t done)
{
	return plan_left_ns(estimate_ns(course, 0, done), estimate_ns(course, done, course->count),
			    done, course->count - done, monotonic_ns() - course->from_ns);
}

static void announce(const struct course *course)
{
	const struct sweep_axes *axes = &course->options->axes;
	size_t points = axes_curves(axes) * axes->workers_count;
	char length[96] = "";

	if (course->options->common.quiet)
		return;
	if (!course->options->command)
		snprintf(length, sizeof(length), " in about %s",
			 format_duration(estimate_ns(course, 0, course->count)).text);
	log_line("%s%s: %s, each %s, after one to warm up%s; Ctrl-C ends it and reports what is "
		 "done",
		 format_things(course->count, "run").text, length,
		 format_things(points, "point").text,
		 axes->repeat == 1 ? "once" : format_things(axes->repeat, "time").text,
		 course->options->command ? ", by which the time is known" : "");
}

static void show_progress(const struct course *course, size_t done)
{
	struct sweep_curve_name curve;
	unsigned int workers;

	if (!course->show || done >= course->count)
		return;
	curve = axes_curve(&course->options->axes, course->steps[done].curve);
	workers = course->options->axes.workers[course->steps[done].point];
	fprintf(stderr, "\r\033[Krun %zu of %zu", done + 1, course->count);
	if (curve.workload)
		fprintf(stderr, ": %s, %s", workload_name(curve.workload),
			format_things(workers, curve.mode == WORKER_THREADS ? "thread" : "process")
				.text);
	else
		fprintf(stderr, ": %u workers", workers);
	if (done || !course->options->command)
		fprintf(stderr, ", about %s left", format_duration(left_ns(course, done)).text);
	fflush(stderr);
}

static void clear_progress(const struct course *course)
{
	if (course->show)
		fputs("\r\033[K", stderr);
}

/* Between two runs, a signal ends the sweep as well; they are blocked, so it waits for us. */
static int pending_signal(void)
{
	struct timespec none = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return sigtimedwait(&set, NULL, &none);
}

static int take_step(struct course *course, const struct sweep_step *step, uint64_t order)
{
	struct sweep_curve *curve = &course->result->curves[step->curve];
	struct sweep_point *point = &curve->points[step->point];
	struct sweep_run run;
	int number = pending_signal();
	int r;

	if (number > 0) {
		course->signal = number;
		return -EINTR;
	}
	r = sweep_run_one(&course->runner, &curve->name, point->workers, &run, &course->signal);
	if (r < 0)
		return r;
	run.order = order;
	if (!step->warm_up) {
		point->runs[step->repeat] = run;
		return 0;
	}
	free(run.failure);
	json_decref(run.report);
	return 0;
}

/* 0 at the end of the course; -EINTR; other errors have been said. */
static int go(struct course *course)
{
	course->from_ns = monotonic_ns();
	for (size_t i = 0; i < course->count; i++) {
		int r;

		show_progress(course, i);
		r = take_step(course, &course->steps[i], i);
		clear_progress(course);
		if (r == -EINTR)
			return r;
		if (r == -ECHILD) {
			log_line("partraced ended unexpectedly; what is done so far is reported");
			return r;
		}
		if (r < 0)
			return log_error(r, "run %zu of the sweep", i + 1);
		if (i == 0 && course->options->command && !course->options->common.quiet)
			log_line("about %s left, by the run to warm up",
				 format_duration(left_ns(course, 1)).text);
	}
	return 0;
}

/* ---- what comes of it ---- */

static int write_result(const void *context, FILE *out)
{
	const struct course *course = context;
	const struct common_options *common = &course->options->common;
	struct report_style style = report_style_for(out, common->colour);
	json_t *document;
	int r;

	if (course->options->csv) {
		sweep_csv(out, course->result);
		return fflush(out) ? -errno : 0;
	}
	if (!common->json)
		return sweep_print(out, course->result, &style);
	document = sweep_document(course->result);
	if (!document)
		return -ENOMEM;
	r = document_write(document, out, false);
	json_decref(document);
	return r;
}

static int write_svg(const void *context, FILE *out)
{
	const struct course *course = context;

	return sweep_svg(out, course->result);
}

/* The picture goes where --output would. */
static struct common_options svg_options(const struct sweep_options *options)
{
	struct common_options common = options->common;

	common.output = options->svg;
	return common;
}

static int write_all(const struct course *course)
{
	struct common_options common = svg_options(course->options);
	int picture = STATUS_DONE, status;

	if (course->options->svg)
		picture = output_by(&common, stdout, write_svg, course);
	status = output_by(&course->options->common, stdout, write_result, course);
	return status == STATUS_DONE ? picture : status;
}

static int report(struct course *course)
{
	struct sweep_result *result = course->result;
	size_t runs;
	int status;

	for (size_t c = 0; c < result->count; c++)
		if (curve_finish(&result->curves[c]) < 0)
			return STATUS_FAILED;
	runs = result_runs(result);
	if (!runs) {
		log_line("no run was finished, so there is nothing to report");
		return STATUS_FAILED;
	}
	status = write_all(course);
	if (status == STATUS_DONE && result_failures(result) == runs)
		return STATUS_FAILED;
	return status;
}

static int run_course(struct course *course)
{
	struct sweep_result *result = course->result;
	int status, r;

	announce(course);
	course->show = !course->options->common.quiet && isatty(STDERR_FILENO);
	r = go(course);
	result->interrupted = r < 0;
	result->taken_ns = monotonic_ns() - course->from_ns;
	status = report(course);
	if (r < 0 && r != -EINTR)
		return STATUS_FAILED;
	if (status == STATUS_DONE && course->signal && course->signal != SIGINT)
		return 128 + course->signal;
	return status;
}

/* ---- beginning and end ---- */

static void stamp(char *ret, size_t size)
{
	struct timespec now;
	struct tm parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(ret, size, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* 0: none of the workloads has one. */
static uint64_t task_time_ns(const struct sweep_options *options)
{
	for (size_t i = 0; i < options->axes.workload_count; i++)
		if (workload_knows(options->axes.workloads[i], OPTION_TASK_TIME))
			return options->plan.task_time_ns;
	return 0;
}

static int prepare(const struct sweep_options *options, struct sweep_result *result)
{
	size_t curves = axes_curves(&options->axes);

	*result = (struct sweep_result){
		.axes = &options->axes,
		.command = options->command,
		.seed = options->seed,
		.tasks = options->plan.tasks,
		.task_time_ns = task_time_ns(options),
		.planned = curves * options->axes.workers_count * options->axes.repeat,
		.probed = !options->no_probe,
	};
	stamp(result->started_at, sizeof(result->started_at));
	result->curves = calloc(curves, sizeof(*result->curves));
	if (!result->curves)
		return -ENOMEM;
	result->count = curves;
	for (size_t c = 0; c < curves; c++)
		if (curve_init(&result->curves[c], &options->axes, c) < 0)
			return -ENOMEM;
	return 0;
}

static void release(struct course *course)
{
	for (size_t c = 0; c < course->result->count; c++)
		curve_release(&course->result->curves[c]);
	free(course->result->curves);
	free(course->steps);
}

/* One daemon for all runs. */
static int open_daemon(const struct sweep_options *options, struct daemon **ret)
{
	const struct sweep_axes *axes = &options->axes;
	char why[256] = "";
	int status = STATUS_FAILED;
	int r = daemon_open(
		common_slots(&options->common, axes->workers[axes->workers_count - 1] + 1024), ret,
		&status, why, sizeof(why));

	if (!r)
		return STATUS_DONE;
	if (r != -ECHILD)
		log_line("%s", why);
	return status;
}

static int sweep(const struct sweep_options *options)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	_cleanup_close_ int signals = -1;
	struct sweep_result result;
	struct course course = { .options = options, .result = &result };
	int status = STATUS_DONE;

	sigprocmask(SIG_BLOCK, NULL, &course.runner.mask);
	signals = common_signals();
	if (!options->no_probe)
		status = open_daemon(options, &daemon);
	if (status != STATUS_DONE)
		return status;
	course.runner.options = options;
	course.runner.daemon = daemon;
	course.runner.signals = signals;
	if (prepare(options, &result) < 0 ||
	    plan_steps(&options->axes, options->seed, &course.steps, &course.count) < 0) {
		log_line("out of memory");
		status = STATUS_FAILED;
	} else {
		status = run_course(&course);
	}
	release(&course);
	return status;
}

int verb_sweep(int argc, char **argv)
{
	struct sweep_options options;
	struct common_options svg;
	int status = STATUS_DONE;

	argv[0] = "partrace sweep";
	sweep_options_parse(argc, argv, &options);
	if (!options.no_probe)
		status = require_machine("; or see the times alone with --no-probe");
	if (status == STATUS_DONE)
		status = output_check(&options.common);
	svg = svg_options(&options);
	if (status == STATUS_DONE)
		status = output_check(&svg);
	if (status != STATUS_DONE)
		return status;
	if (options.command)
		child_use_callers_path();
	return sweep(&options);
}
