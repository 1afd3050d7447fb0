// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/sweep_course.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "cli/report/format.h"

/* A command's time is not known before it has run. */
static uint64_t estimate_ns(const struct sweep_course *course, size_t from, size_t to)
{
	const struct workload_plan *plan = &course->options->plan;

	if (course->options->command)
		return 0;
	return plan_estimate_all_ns(&course->options->axes, course->steps, from, to, plan->tasks,
				    plan->task_time_ns);
}

static uint64_t left_ns(const struct sweep_course *course, size_t done)
{
	return plan_left_ns(estimate_ns(course, 0, done), estimate_ns(course, done, course->count),
			    done, course->count - done, monotonic_ns() - course->from_ns);
}

/* Of a guess, the hundredths say nothing. */
static struct figure about(uint64_t ns)
{
	uint64_t seconds = (ns + NSEC_PER_SEC / 2) / NSEC_PER_SEC;
	struct figure figure = { 0 };

	if (seconds < 10)
		return format_duration(ns);
	if (seconds < 120)
		snprintf(figure.text, sizeof(figure.text), "%" PRIu64 " s", seconds);
	else
		snprintf(figure.text, sizeof(figure.text), "%" PRIu64 " min", (seconds + 30) / 60);
	return figure;
}

void sweep_course_announce(const struct sweep_course *course)
{
	const struct sweep_axes *axes = &course->options->axes;
	size_t points = axes_curves(axes) * axes->workers_count;
	char length[96] = "";

	if (course->options->common.quiet)
		return;
	if (!course->options->command)
		snprintf(length, sizeof(length), " in about %s",
			 about(estimate_ns(course, 0, course->count)).text);
	log_line("%s%s: %s, each %s, after one to warm up%s; Ctrl-C ends it and reports what is "
		 "done",
		 format_things(course->count, "run").text, length,
		 format_things(points, "point").text,
		 axes->repeat == 1 ? "once" : format_things(axes->repeat, "time").text,
		 course->options->command ? ", by which the time is known" : "");
}

static void show_progress(const struct sweep_course *course, size_t done)
{
	struct sweep_curve_name curve;
	unsigned int workers;

	if (!course->show || done >= course->count)
		return;
	curve = axes_curve(&course->options->axes, course->steps[done].curve);
	workers = course->options->axes.workers[course->steps[done].point];
	fprintf(stderr, "\r\033[Krun %zu of %zu", done + 1, course->count);
	if (curve.workload)
		fprintf(stderr, ": %s%s, %s", workload_name(curve.workload),
			curve.runtime == RUNTIME_PYTHON ? " in python" : "",
			format_things(workers, curve.mode == WORKER_THREADS ? "thread" : "process")
				.text);
	else
		fprintf(stderr, ": %u workers", workers);
	if (done || !course->options->command)
		fprintf(stderr, ", about %s left", about(left_ns(course, done)).text);
	fflush(stderr);
}

static void clear_progress(const struct sweep_course *course)
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

static int take_step(struct sweep_course *course, const struct sweep_step *step, uint64_t order)
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

int sweep_course_run(struct sweep_course *course)
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
				 about(left_ns(course, 1)).text);
	}
	return 0;
}
