// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/sweep_options.h"

#include <sched.h>
#include <string.h>

#include "base/units.h"
#include "cli/sweep/settle.h"
#include "cli/verbs/parse.h"

#define TASKS_MAX      1000000000ull
#define REPEAT_DEFAULT 5
#define SEED_DEFAULT   1

enum {
	KEY_MODE = 256,
	KEY_RUNTIME,
	KEY_CPUS,
	KEY_SEED,
	KEY_TASKS,
	KEY_TASK_TIME,
	KEY_SHARE,
	KEY_EXEC,
	KEY_NO_PROBE,
	KEY_CSV,
	KEY_SVG,
};

static const struct argp_option options[] = {
	{ "workers", 'w', "LIST", 0,
	  "Numbers of workers, such as 1-8 or 1,2,4,8 (default: as far as four times the CPUs)",
	  0 },
	{ "mode", KEY_MODE, "LIST", 0, "threads, procs or threads,procs (the default)", 0 },
	{ "runtime", KEY_RUNTIME, "LIST", 0, "native (the default)", 0 },
	{ "cpus", KEY_CPUS, "LIST", 0,
	  "On so many CPUs, such as 1,2: a curve for each (default: all usable ones)", 0 },
	{ "repeat", 'r', "N", 0, "Measure every point N times (default 5)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of the order in which the runs are shuffled (default 1)", 0 },
	{ "tasks", KEY_TASKS, "N", 0, "Tasks of a run (default 100)", 0 },
	{ "task-time", KEY_TASK_TIME, "TIME", 0, "Length of one task (default 20ms)", 0 },
	{ "lock-share", KEY_SHARE, "SHARE", 0,
	  "lock, rwlock: part of the work under the lock (30%)", 0 },
	{ "exec", KEY_EXEC, "CMD", 0,
	  "Run this shell command instead of workloads, with {n} replaced by the number of workers",
	  0 },
	{ "user", 'u', "NAME", 0, "--exec: run the command as this user", 0 },
	{ "no-probe", KEY_NO_PROBE, NULL, 0, "Times without probes; needs no root", 0 },
	{ "csv", KEY_CSV, NULL, 0, "Print a line of CSV for each run", 0 },
	{ "svg", KEY_SVG, "FILE", 0, "Draw the curves into FILE as well", 0 },
	{ "quiet", 'q', NULL, 0, "Say nothing on stderr but errors", 0 },
	{ 0 },
};

static void refuse(struct argp_state *state, const char *option, const char *text,
		   const char *takes)
{
	argp_failure(state, argp_err_exit_status, 0, "%s %s is not understood; it takes %s", option,
		     text, takes);
}

static unsigned int allowed_cpus(void)
{
	cpu_set_t mine;

	return sched_getaffinity(0, sizeof(mine), &mine) == 0 ? (unsigned int)CPU_COUNT(&mine) : 1;
}

static void set_numbers(struct argp_state *state, struct sweep_axes *axes, int key,
			const char *text)
{
	char why[160];
	int r;

	if (key == KEY_CPUS)
		r = axes_parse_numbers(text, allowed_cpus(), axes->cpus, AXIS_CPUS_MAX,
				       &axes->cpus_count, why, sizeof(why));
	else
		r = axes_parse_numbers(text, WORKLOAD_WORKERS_MAX, axes->workers, AXIS_WORKERS_MAX,
				       &axes->workers_count, why, sizeof(why));
	if (r < 0)
		argp_failure(state, argp_err_exit_status, 0, "%s %s %s",
			     key == KEY_CPUS ? "--cpus" : "--workers", text, why);
}

static void set_modes(struct argp_state *state, struct sweep_axes *axes, const char *text)
{
	char why[160];

	if (axes_parse_modes(text, axes, why, sizeof(why)) < 0)
		argp_failure(state, argp_err_exit_status, 0, "--mode %s %s", text, why);
}

static void set_runtime(struct argp_state *state, const char *text)
{
	if (!strcmp(text, "native"))
		return;
	if (strstr(text, "python"))
		argp_failure(state, argp_err_exit_status, 0,
			     "--runtime %s: python is not in this version; native is", text);
	refuse(state, "--runtime", text, "native");
}

static void set_command(struct argp_state *state, struct sweep_options *sweep, const char *text)
{
	if (!strstr(text, "{n}"))
		argp_failure(state, argp_err_exit_status, 0,
			     "--exec '%s' has no {n} where the number of workers goes, such as "
			     "--exec 'xz -T{n} -k -c FILE'",
			     text);
	sweep->command = text;
}

static void set_account(struct argp_state *state, struct sweep_options *sweep, const char *name)
{
	sweep->account = getpwnam(name);
	if (!sweep->account)
		argp_failure(state, argp_err_exit_status, 0, "there is no user %s", name);
}

static void add_workload(struct argp_state *state, struct sweep_axes *axes, const char *name)
{
	const struct workload *workload = workload_find(name);

	if (!workload)
		argp_failure(state, argp_err_exit_status, 0,
			     "there is no workload %s; `partrace workloads` lists them", name);
	for (size_t i = 0; i < axes->workload_count; i++)
		if (axes->workloads[i] == workload)
			argp_failure(state, argp_err_exit_status, 0, "%s is named twice", name);
	if (axes->workload_count == AXIS_WORKLOADS_MAX)
		argp_failure(state, argp_err_exit_status, 0, "at most %u workloads at once",
			     AXIS_WORKLOADS_MAX);
	axes->workloads[axes->workload_count++] = workload;
}

/* With which all of them run. */
static unsigned int fewest_workers(const struct sweep_axes *axes)
{
	unsigned int fewest = 1;

	for (size_t i = 0; i < axes->workload_count; i++)
		if (settle_fewest(axes->workloads[i]) > fewest)
			fewest = settle_fewest(axes->workloads[i]);
	return fewest;
}

/* With the fewest workers: what these allow, more do. */
static void check_workloads(struct argp_state *state, const struct sweep_options *sweep)
{
	const struct sweep_axes *axes = &sweep->axes;
	struct workload_plan plan;
	char why[256];

	for (size_t i = 0; i < axes->workload_count; i++)
		for (size_t mode = 0; mode < axes->mode_count; mode++)
			if (settle_point(&sweep->plan, axes->workloads[i], axes->modes[mode],
					 axes->workers[0], &plan, why, sizeof(why)) < 0)
				argp_failure(state, argp_err_exit_status, 0, "%s", why);
}

static void set_defaults(struct sweep_axes *axes)
{
	if (!axes->cpus_count) {
		axes->cpus[0] = workload_usable_cpus();
		axes->cpus_count = 1;
	}
	if (!axes->workers_count)
		axes_default_workers(axes, axes->cpus[axes->cpus_count - 1], fewest_workers(axes));
	if (!axes->mode_count) {
		axes->modes[0] = WORKER_THREADS;
		axes->modes[1] = WORKER_PROCESSES;
		axes->mode_count = 2;
	}
}

static void check_end(struct argp_state *state, struct sweep_options *sweep)
{
	struct sweep_axes *axes = &sweep->axes;

	if (sweep->command && axes->workload_count)
		argp_failure(state, argp_err_exit_status, 0,
			     "workloads and --exec exclude each other; give one of them");
	if (!sweep->command && !axes->workload_count)
		argp_failure(state, argp_err_exit_status, 0,
			     "sweep needs a workload or --exec 'CMD with {n}'; `partrace "
			     "workloads` lists them");
	if (sweep->command && axes->mode_count)
		argp_failure(state, argp_err_exit_status, 0,
			     "--mode is for workloads; a command has its own");
	if (sweep->account && !sweep->command)
		argp_failure(state, argp_err_exit_status, 0, "--user is for --exec");
	if (sweep->csv && sweep->common.json)
		argp_failure(state, argp_err_exit_status, 0,
			     "--csv and --json exclude each other; give one of them");
	set_defaults(axes);
	check_workloads(state, sweep);
}

/* Those with a number or a text of their own. */
static error_t parse_value(int key, char *argument, struct argp_state *state)
{
	struct sweep_options *sweep = state->input;
	uint64_t count;

	switch (key) {
	case 'r':
		if (parse_count(argument, 1, AXIS_REPEAT_MAX, &count) < 0)
			refuse(state, "--repeat", argument, "a whole number from 1 to 1000");
		sweep->axes.repeat = (unsigned int)count;
		return 0;
	case KEY_SEED:
		if (parse_count(argument, 0, INT64_MAX, &sweep->seed) < 0)
			refuse(state, "--seed", argument, "a whole number");
		return 0;
	case KEY_TASKS:
		if (parse_count(argument, 1, TASKS_MAX, &sweep->plan.tasks) < 0)
			refuse(state, "--tasks", argument, "a whole number from 1 to 1000000000");
		sweep->plan.given |= OPTION_TASKS;
		return 0;
	case KEY_TASK_TIME:
		if (parse_duration(argument, &sweep->plan.task_time_ns) < 0 ||
		    sweep->plan.task_time_ns < 10000 ||
		    sweep->plan.task_time_ns > 3600 * NSEC_PER_SEC)
			refuse(state, "--task-time", argument, "10us to 1h, with the unit");
		sweep->plan.given |= OPTION_TASK_TIME;
		return 0;
	case KEY_SVG:
		sweep->svg = argument;
		return 0;
	case KEY_SHARE:
		if (parse_share(argument, &sweep->plan.lock_share) < 0)
			refuse(state, "--lock-share", argument, "a share such as 30% or 0.3");
		sweep->plan.given |= OPTION_LOCK_SHARE;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct sweep_options *sweep = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &sweep->common;
		return 0;
	case 'w':
	case KEY_CPUS:
		set_numbers(state, &sweep->axes, key, argument);
		return 0;
	case KEY_MODE:
		set_modes(state, &sweep->axes, argument);
		return 0;
	case KEY_RUNTIME:
		set_runtime(state, argument);
		return 0;
	case KEY_EXEC:
		set_command(state, sweep, argument);
		return 0;
	case 'u':
		set_account(state, sweep, argument);
		return 0;
	case KEY_NO_PROBE:
		sweep->no_probe = true;
		return 0;
	case KEY_CSV:
		sweep->csv = true;
		return 0;
	case 'q':
		sweep->common.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		add_workload(state, &sweep->axes, argument);
		return 0;
	case ARGP_KEY_END:
		check_end(state, sweep);
		return 0;
	default:
		return parse_value(key, argument, state);
	}
}

void sweep_options_parse(int argc, char **argv, struct sweep_options *ret)
{
	static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"WORKLOAD [WORKLOAD…]\n--exec 'CMD with {n}'",
		"Runs the same work with more and more workers, again and again in shuffled order, "
		"and reports how it scales: times, speed-up, where the time went at each point, "
		"the law that fits and what ends the gain.\v"
		"Examples:\n"
		"  sudo partrace sweep cpu\n"
		"  sudo partrace sweep cpu io --workers 1,2,4,8 --mode threads\n"
		"  sudo partrace sweep lock --workers 1-8 --json -o sweep.json\n"
		"  sudo partrace sweep --exec 'xz -T{n} -k -c /var/tmp/big' --workers 1-4\n"
		"  partrace sweep io --no-probe --csv",
		children,
		NULL,
		NULL
	};

	*ret = (struct sweep_options){ .axes = { .repeat = REPEAT_DEFAULT },
				       .seed = SEED_DEFAULT,
				       .plan = { .tasks = SWEEP_TASKS,
						 .task_time_ns = SWEEP_TASK_TIME_NS } };
	argp_parse(&argp, argc, argv, 0, NULL, ret);
}
