// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/sweep_options.h"

#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/sweep/settle.h"
#include "cli/verbs/parse.h"
#include "cli/verbs/sweep_axes.h"
#include "cli/verbs/usage.h"

#define TASKS_MAX      1000000000ull
#define REPEAT_DEFAULT 5
#define SEED_DEFAULT   1

enum {
	KEY_MODE = 256,
	KEY_RUNTIME,
	KEY_PYTHON,
	KEY_CPUS,
	KEY_SEED,
	KEY_TASKS,
	KEY_TASK_TIME,
	KEY_SHARE,
	KEY_KIND,
	KEY_EXEC,
	KEY_NO_PROBE,
};

static const struct argp_option options[] = {
	{ "workers", 'w', "LIST", 0,
	  "Numbers of workers, such as 1-8 or 1,2,4,8 (default: as far as four times the CPUs)",
	  0 },
	{ "mode", KEY_MODE, "LIST", 0, "threads, procs or threads,procs (the default)", 0 },
	{ "runtime", KEY_RUNTIME, "LIST", 0,
	  "native (the default), python or native,python: a curve for each", 0 },
	{ "python", KEY_PYTHON, "PATH", 0, "--runtime python: the interpreter (default: python3)",
	  0 },
	{ "cpus", KEY_CPUS, "LIST", 0,
	  "On so many CPUs, such as 1,2: a curve for each (default: all usable ones)", 0 },
	{ "repeat", 'r', "N", 0, "Measure every point N times (default 5)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of the order in which the runs are shuffled (default 1)", 0 },
	{ "tasks", KEY_TASKS, "N", 0, "Tasks of a run (default 100)", 0 },
	{ "task-time", KEY_TASK_TIME, "TIME", 0, "Length of one task (default 20ms)", 0 },
	{ "lock-share", KEY_SHARE, "SHARE", 0,
	  "lock, rwlock: part of the work under the lock (70%)", 0 },
	{ "kind", KEY_KIND, "KIND", 0, "As run takes it, such as phases (lock), file (io)", 0 },
	{ "exec", KEY_EXEC, "CMD", 0,
	  "Run this shell command instead of workloads, with {n} replaced by the number of workers",
	  0 },
	{ "user", 'u', "NAME", 0, "--exec: run the command as this user", 0 },
	{ "no-probe", KEY_NO_PROBE, NULL, 0, "Times without probes; needs no root", 0 },
	{ "quiet", 'q', NULL, 0, "Say nothing on stderr but errors", 0 },
	{ "verbose", 'v', NULL, 0, "Say on stderr what partraced is asked, and for how long", 0 },
	{ 0 },
};

static void refuse(struct argp_state *state, const char *option, const char *text,
		   const char *takes)
{
	usage_error(state, "%s %s is not understood; it takes %s", option, text, takes);
}

static void set_command(struct argp_state *state, struct sweep_options *sweep, const char *text)
{
	if (!strstr(text, "{n}"))
		usage_error(state,
			    "--exec '%s' has no {n} where the number of workers goes, such as "
			    "--exec 'xz -T{n} -k -c FILE'",
			    text);
	sweep->command = text;
}

static void set_account(struct argp_state *state, struct sweep_options *sweep, const char *name)
{
	sweep->account = getpwnam(name);
	if (!sweep->account)
		usage_error(state, "there is no user %s", name);
}

/* What says how a workload works says nothing to a command. */
static void check_command(struct argp_state *state, const struct sweep_options *sweep)
{
	static const struct {
		unsigned int option;
		const char *name;
	} of_workloads[] = { { OPTION_TASKS, "--tasks" },
			     { OPTION_TASK_TIME, "--task-time" },
			     { OPTION_LOCK_SHARE, "--lock-share" },
			     { OPTION_KIND, "--kind" } };

	if (sweep->axes.mode_count)
		usage_error(state, "--mode is for workloads; a command has its own");
	if (sweep->axes.runtime_count)
		usage_error(state, "--runtime is for workloads; a command has its own");
	for (size_t i = 0; i < ARRAY_LEN(of_workloads); i++)
		if (sweep->plan.given & of_workloads[i].option)
			usage_error(state, "%s is for workloads; say it to the command itself",
				    of_workloads[i].name);
}

static void check_end(struct argp_state *state, struct sweep_options *sweep)
{
	struct sweep_axes *axes = &sweep->axes;

	if (sweep->command && axes->workload_count)
		usage_error(state, "workloads and --exec exclude each other; give one of them");
	if (!sweep->command && !axes->workload_count)
		usage_error(state, "sweep needs a workload or --exec 'CMD with {n}'; `partrace "
				   "workloads` lists them");
	if (sweep->command)
		check_command(state, sweep);
	if (sweep->plan.python && !axes_include(axes, RUNTIME_PYTHON))
		usage_error(state, "--python is for --runtime python");
	if (sweep->account && !sweep->command)
		usage_error(state, "--user is for --exec");
	sweep_axes_complete(state, axes, &sweep->plan);
}

static void set_task_time(struct argp_state *state, struct workload_plan *plan,
			  const char *argument)
{
	if (parse_duration(argument, &plan->task_time_ns) < 0 || plan->task_time_ns < 10000 ||
	    plan->task_time_ns > 3600 * NSEC_PER_SEC)
		refuse(state, "--task-time", argument, "10us to 1h, with the unit");
	plan->given |= OPTION_TASK_TIME;
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
		set_task_time(state, &sweep->plan, argument);
		return 0;
	case KEY_PYTHON:
		sweep->plan.python = argument;
		return 0;
	case KEY_SHARE:
		if (parse_share(argument, &sweep->plan.lock_share) < 0)
			refuse(state, "--lock-share", argument, "a share such as 30% or 0.3");
		sweep->plan.given |= OPTION_LOCK_SHARE;
		return 0;
	case KEY_KIND:
		sweep->plan.kind = argument;
		sweep->plan.given |= OPTION_KIND;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What is measured against each other. */
static error_t parse_axis(int key, char *argument, struct argp_state *state)
{
	struct sweep_axes *axes = &((struct sweep_options *)state->input)->axes;

	switch (key) {
	case 'w':
		sweep_axes_set_workers(state, axes, argument);
		return 0;
	case KEY_CPUS:
		sweep_axes_set_cpus(state, axes, argument);
		return 0;
	case KEY_MODE:
		sweep_axes_set_modes(state, axes, argument);
		return 0;
	case KEY_RUNTIME:
		sweep_axes_set_runtimes(state, axes, argument);
		return 0;
	case ARGP_KEY_ARG:
		sweep_axes_add_workload(state, axes, argument);
		return 0;
	default:
		return parse_value(key, argument, state);
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct sweep_options *sweep = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &sweep->common;
		state->child_inputs[2] = &sweep->output;
		sweep->output.common = &sweep->common;
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
	case 'q':
		sweep->common.quiet = true;
		return 0;
	case 'v':
		sweep->common.verbose = true;
		return 0;
	case ARGP_KEY_END:
		check_end(state, sweep);
		return 0;
	default:
		return parse_axis(key, argument, state);
	}
}

void sweep_options_parse(int argc, char **argv, struct sweep_options *ret)
{
	static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 },
						      { &html_argp, 0, NULL, 0 },
						      { &sweep_output_argp, 0, NULL, 0 },
						      { 0 } };
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
		"  sudo partrace sweep lock --kind phases --workers 1-8 --json -o sweep.json\n"
		"  partrace report sweep.json\n"
		"  sudo partrace sweep cpu --runtime native,python\n"
		"  sudo partrace sweep --exec 'xz -T{n} -k -c /var/tmp/big' --workers 1-4\n"
		"  sudo partrace sweep cpu io --html sweep.html\n"
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
