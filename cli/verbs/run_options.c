// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/run_options.h"

#include <string.h>

#include "base/units.h"
#include "cli/verbs/parse.h"
#include "cli/verbs/usage.h"

#define TASKS_MAX 1000000000ull
#define CYCLE_MAX 1000000 /* what makes sense is the workload's affair */

enum {
	KEY_PROCS = 256,
	KEY_TASKS,
	KEY_TASK_TIME,
	KEY_CPUS,
	KEY_NO_PROBE,
	KEY_SHARE,
	KEY_FIXED,
	KEY_CYCLE,
	KEY_KIND,
	KEY_BY,
	KEY_RUNTIME,
	KEY_PYTHON,
	KEY_START,
	KEY_WORK
};

static const struct argp_option options[] = {
	{ "threads", 't', "N", 0, "Work in N threads (default: as many as there are usable CPUs)",
	  0 },
	{ "procs", KEY_PROCS, "N", 0, "Work in N processes", 0 },
	{ "processes", KEY_PROCS, NULL, OPTION_ALIAS, NULL, 0 },
	{ "tasks", KEY_TASKS, "N", 0, "Tasks for the pool (default 100)", 0 },
	{ "task-time", KEY_TASK_TIME, "TIME", 0, "Length of one task (default 100ms)", 0 },
	{ "cpus", KEY_CPUS, "LIST", 0, "Run on these CPUs only, such as 0,2-3", 0 },
	{ "fixed", KEY_FIXED, NULL, 0,
	  "lock, gil, race, starvation, deadlock, livelock: the cured twin", 0 },
	{ "lock-share", KEY_SHARE, "SHARE", 0,
	  "lock, rwlock: part of the work under the lock (70%)", 0 },
	{ "kind", KEY_KIND, "KIND", 0,
	  "io: socket (default) or file; lock: slices (default) or phases", 0 },
	{ "by", KEY_BY, "CAUSE", 0, "starvation: lock (default) or nice", 0 },
	{ "cycle", KEY_CYCLE, "N", 0, "deadlock: members of the cycle (default: all)", 0 },
	{ "runtime", KEY_RUNTIME, "RUNTIME", 0,
	  "native (default), or python: cpu, io, mixed, lock, gil, ipc and spawn in CPython", 0 },
	{ "python", KEY_PYTHON, "PATH", 0, "--runtime python: the interpreter (default: python3)",
	  0 },
	{ "start", KEY_START, "METHOD", 0,
	  "--runtime python --procs: fork (default), spawn or forkserver", 0 },
	{ "work", KEY_WORK, "KIND", 0,
	  "--runtime python, cpu: loop (default), or hash, which releases the GIL", 0 },
	{ "no-probe", KEY_NO_PROBE, NULL, 0, "The workload and its own timing alone; needs no root",
	  0 },
	{ 0 },
};

static void refuse(struct argp_state *state, const char *option, const char *text,
		   const char *takes)
{
	usage_error(state, "%s %s is not understood; it takes %s", option, text, takes);
}

static void set_mode(struct argp_state *state, struct run_options *run, enum worker_mode mode,
		     const char *text)
{
	uint64_t count;

	if ((run->plan.given & OPTION_WORKERS) && run->plan.mode != mode)
		usage_error(state, "--threads and --procs exclude each other; give one of them");
	if (parse_count(text, 1, WORKLOAD_WORKERS_MAX, &count) < 0)
		refuse(state, mode == WORKER_THREADS ? "--threads" : "--procs", text,
		       "a whole number from 1 to 32768");
	run->plan.given |= OPTION_WORKERS;
	run->plan.mode = mode;
	run->plan.workers = (unsigned int)count;
}

static void set_cpus(struct argp_state *state, struct workload_plan *plan, const char *text)
{
	cpu_set_t mine, both;

	if (parse_cpus(text, &plan->cpus) < 0)
		refuse(state, "--cpus", text, "a list of CPU numbers, such as 0,2-3");
	sched_getaffinity(0, sizeof(mine), &mine);
	CPU_AND(&both, &mine, &plan->cpus);
	if (!CPU_EQUAL(&both, &plan->cpus))
		usage_error(state, "--cpus %s names a CPU that is not there or not allowed here",
			    text);
	plan->has_cpus = true;
}

static void set_workload(struct argp_state *state, struct run_options *run, const char *name)
{
	if (run->plan.workload)
		usage_error(state, "%s: only one workload can be run", name);
	run->plan.workload = workload_find(name);
	if (!run->plan.workload)
		usage_error(state, "there is no workload %s; `partrace workloads` lists them",
			    name);
}

static unsigned int usable_cpus(const struct workload_plan *plan)
{
	unsigned int usable = workload_usable_cpus();

	if (plan->has_cpus && (unsigned int)CPU_COUNT(&plan->cpus) < usable)
		usable = (unsigned int)CPU_COUNT(&plan->cpus);
	return usable;
}

static void check_end(struct argp_state *state, struct run_options *run)
{
	struct workload_plan *plan = &run->plan;
	char why[256];

	if (!plan->workload)
		usage_error(state, "run needs a workload; `partrace workloads` lists them");
	if (run->no_probe && run->common.fail_on.count)
		usage_error(state,
			    "--fail-on and --no-probe exclude each other: findings need probes");
	plan->duration_ns = run->common.duration_ns;
	if (workload_settle(plan, usable_cpus(plan), why, sizeof(why)) < 0)
		usage_error(state, "%s", why);
}

static void set_tasks(struct argp_state *state, struct workload_plan *plan, const char *text)
{
	if (parse_count(text, 1, TASKS_MAX, &plan->tasks) < 0)
		refuse(state, "--tasks", text, "a whole number from 1 to 1000000000");
	plan->given |= OPTION_TASKS;
}

static void set_task_time(struct argp_state *state, struct workload_plan *plan, const char *text)
{
	if (parse_duration(text, &plan->task_time_ns) < 0 || plan->task_time_ns < 10000 ||
	    plan->task_time_ns > 3600 * NSEC_PER_SEC)
		refuse(state, "--task-time", text, "10us to 1h, with the unit");
	plan->given |= OPTION_TASK_TIME;
}

static void set_share(struct argp_state *state, struct workload_plan *plan, const char *text)
{
	if (parse_share(text, &plan->lock_share) < 0)
		refuse(state, "--lock-share", text, "a share such as 30% or 0.3");
	plan->given |= OPTION_LOCK_SHARE;
}

static void set_cycle(struct argp_state *state, struct workload_plan *plan, const char *text)
{
	uint64_t count;

	if (parse_count(text, 0, CYCLE_MAX, &count) < 0)
		refuse(state, "--cycle", text, "a whole number from 2");
	plan->cycle = (unsigned int)count;
	plan->given |= OPTION_CYCLE;
}

static void set_runtime(struct argp_state *state, struct workload_plan *plan, const char *text)
{
	if (!strcmp(text, "python"))
		plan->runtime = RUNTIME_PYTHON;
	else if (strcmp(text, "native") != 0)
		refuse(state, "--runtime", text, "native or python");
}

/* One of the names, NULL at the end. */
static const char *one_of(struct argp_state *state, const char *option, const char *text,
			  const char *const *names, const char *takes)
{
	for (; *names; names++)
		if (!strcmp(*names, text))
			return text;
	refuse(state, option, text, takes);
	return NULL;
}

/* What is asked of a twin in Python. */
static error_t parse_twin(int key, const char *argument, struct argp_state *state)
{
	static const char *const starts[] = { "fork", "spawn", "forkserver", NULL };
	static const char *const works[] = { "loop", "hash", NULL };
	struct workload_plan *plan = &((struct run_options *)state->input)->plan;

	switch (key) {
	case KEY_RUNTIME:
		set_runtime(state, plan, argument);
		return 0;
	case KEY_PYTHON:
		plan->python = argument;
		plan->given |= OPTION_PYTHON;
		return 0;
	case KEY_START:
		plan->start =
			one_of(state, "--start", argument, starts, "fork, spawn or forkserver");
		plan->given |= OPTION_START;
		return 0;
	case KEY_WORK:
		plan->work = one_of(state, "--work", argument, works, "loop or hash");
		plan->given |= OPTION_WORK;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What only some workloads know; whether this one does is asked at the end. */
static error_t parse_special(int key, const char *argument, struct argp_state *state)
{
	struct workload_plan *plan = &((struct run_options *)state->input)->plan;

	switch (key) {
	case KEY_TASKS:
		set_tasks(state, plan, argument);
		return 0;
	case KEY_TASK_TIME:
		set_task_time(state, plan, argument);
		return 0;
	case KEY_SHARE:
		set_share(state, plan, argument);
		return 0;
	case KEY_FIXED:
		plan->given |= OPTION_FIXED;
		return 0;
	case KEY_CYCLE:
		set_cycle(state, plan, argument);
		return 0;
	case KEY_KIND:
		plan->kind = argument;
		plan->given |= OPTION_KIND;
		return 0;
	case KEY_BY:
		plan->by = argument;
		plan->given |= OPTION_BY;
		return 0;
	default:
		return parse_twin(key, argument, state);
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct run_options *run = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] =
			&run->common;
		return 0;
	case 't':
		set_mode(state, run, WORKER_THREADS, argument);
		return 0;
	case KEY_PROCS:
		set_mode(state, run, WORKER_PROCESSES, argument);
		return 0;
	case KEY_CPUS:
		set_cpus(state, &run->plan, argument);
		return 0;
	case KEY_NO_PROBE:
		run->no_probe = true;
		return 0;
	case ARGP_KEY_ARG:
		set_workload(state, run, argument);
		return 0;
	case ARGP_KEY_END:
		check_end(state, run);
		return 0;
	default:
		return parse_special(key, argument, state);
	}
}

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 },
					      { &fail_on_argp, 0, NULL, 0 },
					      { &html_argp, 0, NULL, 0 },
					      { 0 } };
const struct argp run_argp = {
	options,
	parse_option,
	"WORKLOAD",
	"Runs a built-in workload and reports where its time went.\v"
	"Examples:\n"
	"  sudo partrace run cpu --threads 8\n"
	"  sudo partrace run io --procs 8 --tasks 200\n"
	"  sudo partrace run lock --threads 4 --duration 5s --json -o lock.json\n"
	"  sudo partrace run lock --threads 8 --fail-on problem\n"
	"  sudo partrace run deadlock --threads 5 --cycle 3\n"
	"  sudo partrace run starvation --by nice\n"
	"  sudo partrace run race --fixed\n"
	"  sudo partrace run cpu --runtime python --threads 4"
	"\n"
	"  partrace run cpu --no-probe",
	children,
	NULL,
	NULL
};
