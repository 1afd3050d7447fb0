// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/sweep/document.h"
#include "cli/verb.h"
#include "cli/verbs/child.h"
#include "cli/verbs/interpreter.h"
#include "cli/verbs/sweep_course.h"

/* ---- what comes of it ---- */

static int write_result(const struct sweep_options *options, const struct sweep_result *result)
{
	json_t *document = sweep_document(result);
	int status;

	if (!document) {
		log_line("out of memory");
		return STATUS_FAILED;
	}
	/* First: whoever reads what is printed may close the pipe before its end. */
	output_save(&options->common, document);
	status = sweep_output_write(&options->output, result, document);
	json_decref(document);
	return status;
}

static int report(const struct sweep_options *options, struct sweep_result *result)
{
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
	status = write_result(options, result);
	if (status == STATUS_DONE && result_failures(result) == runs)
		return STATUS_FAILED;
	return status;
}

static int run_course(struct sweep_course *course)
{
	struct sweep_result *result = course->result;
	int status, r;

	sweep_course_announce(course);
	course->show = !course->options->common.quiet && isatty(STDERR_FILENO);
	r = sweep_course_run(course);
	result->interrupted = r < 0;
	result->taken_ns = monotonic_ns() - course->from_ns;
	status = report(course->options, result);
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

static void release(struct sweep_course *course)
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
	uint32_t most = axes->workers[axes->workers_count - 1];
	struct daemon_wish wish = common_wish(&options->common, most + 1024);
	char why[256] = "";
	int status = STATUS_FAILED;
	int r = daemon_open(&wish, ret, &status, why, sizeof(why));

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
	struct sweep_course course = { .options = options, .result = &result };
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
	course.runner.rounds_per_ns = options->command ? 0 : workload_calibrate();
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
	char interpreter[4096];
	int status = STATUS_DONE;

	argv[0] = "partrace sweep";
	sweep_options_parse(argc, argv, &options);
	if (!options.no_probe)
		status = require_machine("; or see the times alone with --no-probe");
	if (status == STATUS_DONE)
		status = sweep_output_check(&options.output);
	if (status != STATUS_DONE)
		return status;
	if (options.command)
		child_use_callers_path();
	if (axes_include(&options.axes, RUNTIME_PYTHON))
		status = interpreter_find(&options.plan, interpreter, sizeof(interpreter));
	if (status != STATUS_DONE)
		return status;
	return sweep(&options);
}
