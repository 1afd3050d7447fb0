// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "api/version.h"
#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/parse.h"
#include "cli/workload/workload.h"

#define TASKS_DEFAULT        100
#define TASKS_MAX            1000000000ull
#define TASK_TIME_DEFAULT_NS (100 * NSEC_PER_MSEC)
#define LOCK_SHARE_DEFAULT   0.3
#define STOP_PATIENCE_MS     2000

struct run_options {
	struct common_options common;
	struct workload_plan plan;
	bool has_mode;
	bool has_tasks;
	bool no_probe;
};

enum {
	OPTION_PROCS = 256,
	OPTION_TASKS,
	OPTION_TASK_TIME,
	OPTION_CPUS,
	OPTION_NO_PROBE,
	OPTION_SHARE
};

static const struct argp_option options[] = {
	{ "threads", 't', "N", 0, "Work in N threads (default: as many as there are usable CPUs)",
	  0 },
	{ "procs", OPTION_PROCS, "N", 0, "Work in N processes", 0 },
	{ "processes", OPTION_PROCS, NULL, OPTION_ALIAS, NULL, 0 },
	{ "tasks", OPTION_TASKS, "N", 0, "Tasks for the pool (default 100)", 0 },
	{ "task-time", OPTION_TASK_TIME, "TIME", 0, "Length of one task (default 100ms)", 0 },
	{ "cpus", OPTION_CPUS, "LIST", 0, "Run on these CPUs only, such as 0,2-3", 0 },
	{ "lock-share", OPTION_SHARE, "SHARE", 0, "lock: part of the work under the lock (30%)",
	  0 },
	{ "no-probe", OPTION_NO_PROBE, NULL, 0,
	  "The workload and its own timing alone; needs no root", 0 },
	{ 0 },
};

static void refuse(struct argp_state *state, const char *option, const char *text,
		   const char *takes)
{
	argp_failure(state, argp_err_exit_status, 0, "%s %s is not understood; it takes %s", option,
		     text, takes);
}

static void set_mode(struct argp_state *state, struct run_options *run, enum worker_mode mode,
		     const char *text)
{
	uint64_t count;

	if (run->has_mode && run->plan.mode != mode)
		argp_failure(state, argp_err_exit_status, 0,
			     "--threads and --procs exclude each other; give one of them");
	if (parse_count(text, 1, WORKLOAD_WORKERS_MAX, &count) < 0)
		refuse(state, mode == WORKER_THREADS ? "--threads" : "--procs", text,
		       "a whole number from 1 to 32768");
	run->has_mode = true;
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
		argp_failure(state, argp_err_exit_status, 0,
			     "--cpus %s names a CPU that is not there or not allowed here", text);
	plan->has_cpus = true;
}

static void set_workload(struct argp_state *state, struct run_options *run, const char *name)
{
	if (run->plan.workload)
		argp_failure(state, argp_err_exit_status, 0, "%s: only one workload can be run",
			     name);
	run->plan.workload = workload_find(name);
	if (!run->plan.workload)
		argp_failure(state, argp_err_exit_status, 0,
			     "there is no workload %s; `partrace workloads` lists them", name);
}

static void check_end(struct argp_state *state, struct run_options *run)
{
	struct workload_plan *plan = &run->plan;

	if (!plan->workload)
		argp_failure(state, argp_err_exit_status, 0,
			     "run needs a workload; `partrace workloads` lists them");
	if (run->has_tasks && run->common.duration_ns)
		argp_failure(state, argp_err_exit_status, 0,
			     "--tasks and --duration exclude each other; give one of them");
	if (run->no_probe && run->common.fail_on.count)
		argp_failure(state, argp_err_exit_status, 0,
			     "--fail-on and --no-probe exclude each other: findings need probes");
	plan->duration_ns = run->common.duration_ns;
	if (run->has_mode)
		return;
	plan->workers = workload_usable_cpus();
	if (plan->has_cpus && (unsigned int)CPU_COUNT(&plan->cpus) < plan->workers)
		plan->workers = (unsigned int)CPU_COUNT(&plan->cpus);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct run_options *run = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &run->common;
		return 0;
	case 't':
		set_mode(state, run, WORKER_THREADS, argument);
		return 0;
	case OPTION_PROCS:
		set_mode(state, run, WORKER_PROCESSES, argument);
		return 0;
	case OPTION_TASKS:
		if (parse_count(argument, 1, TASKS_MAX, &run->plan.tasks) < 0)
			refuse(state, "--tasks", argument, "a whole number from 1 to 1000000000");
		run->has_tasks = true;
		return 0;
	case OPTION_TASK_TIME:
		if (parse_duration(argument, &run->plan.task_time_ns) < 0 ||
		    run->plan.task_time_ns < 10000 || run->plan.task_time_ns > 3600 * NSEC_PER_SEC)
			refuse(state, "--task-time", argument, "10us to 1h, with the unit");
		return 0;
	case OPTION_CPUS:
		set_cpus(state, &run->plan, argument);
		return 0;
	case OPTION_SHARE:
		if (parse_share(argument, &run->plan.lock_share) < 0)
			refuse(state, "--lock-share", argument, "a share such as 30% or 0.3");
		return 0;
	case OPTION_NO_PROBE:
		run->no_probe = true;
		return 0;
	case ARGP_KEY_ARG:
		set_workload(state, run, argument);
		return 0;
	case ARGP_KEY_END:
		check_end(state, run);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- the run ---- */

static const char *mode_name(const struct workload_plan *plan)
{
	return plan->mode == WORKER_THREADS ? "threads" : "processes";
}

static json_t *target_json(const struct workload_plan *plan)
{
	return json_pack("{s:s,s:s,s:s,s:i,s:[]}", "kind", "run", "workload",
			 workload_name(plan->workload), "mode", mode_name(plan), "workers",
			 (int)plan->workers, "command");
}

static void announce(const struct run_options *run)
{
	const struct workload_plan *plan = &run->plan;

	if (run->common.quiet)
		return;
	if (plan->duration_ns)
		log_line("watching %u %s of %s for %.3g s; Ctrl-C ends it and prints what was "
			 "gathered",
			 plan->workers, mode_name(plan), workload_name(plan->workload),
			 (double)plan->duration_ns / 1e9);
	else
		log_line("watching %u %s of %s until %lu tasks are done; Ctrl-C ends it and prints "
			 "what "
			 "was gathered",
			 plan->workers, mode_name(plan), workload_name(plan->workload),
			 plan->tasks);
}

/* 0 when the workload has ended; the signal that ended it; -ECHILD when the daemon died. */
static int wait_for_end(struct workload_run *workload, struct daemon *daemon, int signals)
{
	struct pollfd fds[] = { { .fd = workload_fd(workload), .events = POLLIN },
				{ .fd = signals, .events = POLLIN },
				{ .fd = daemon ? daemon_fd(daemon) : -1, .events = POLLIN } };
	struct signalfd_siginfo info;
	int signal_number = 0;

	for (;;) {
		int ready = poll(fds, ARRAY_LEN(fds), signal_number ? STOP_PATIENCE_MS : -1);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			return -ECHILD;
		if (fds[0].revents || ready == 0)
			return signal_number;
		if (fds[1].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (signal_number)
				return signal_number;
			signal_number = (int)info.ssi_signo;
			workload_stop(workload);
		}
	}
}

static int finish(const struct run_options *run, struct workload_run *workload, json_t *document,
		  int signal_number)
{
	struct workload_result result;
	char why[256] = "";
	int r = workload_finish(workload, &result, why, sizeof(why));

	if (r < 0) {
		log_line("%s; there is no report without its share of the work", why);
		return STATUS_FAILED;
	}
	json_object_set_new(document, "workload", workload_json(&run->plan, &result));
	r = output_report(&run->common, stdout, document, !run->no_probe);
	if (r == STATUS_DONE && signal_number && signal_number != SIGINT)
		return 128 + signal_number;
	return r;
}

static int run_probed(const struct run_options *run, struct workload_run *workload, int signals)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	const struct workload_plan *plan = &run->plan;
	uint32_t slots = common_slots(&run->common, plan->workers + 1024);
	json_t *document = NULL;
	char id[32], why[256] = "";
	int status = STATUS_FAILED, ended;
	int r = daemon_open(slots, &daemon, &status, why, sizeof(why));

	if (r == -ECHILD)
		return status;
	if (!r)
		r = session_create(daemon,
				   session_ids(plan->mode == WORKER_THREADS ? "tids" : "pids",
					       workload_targets(workload), plan->workers),
				   (struct session_options){ .follow = true }, target_json(plan),
				   id, why, sizeof(why));
	if (r < 0) {
		log_line("%s", why);
		return r == -EPERM ? STATUS_CANNOT : STATUS_FAILED;
	}
	announce(run);
	workload_go(workload);
	ended = wait_for_end(workload, daemon, signals);
	if (ended == -ECHILD) {
		log_line("partraced ended unexpectedly, so there is no report; the workload was "
			 "stopped");
		return STATUS_FAILED;
	}
	r = session_finish(daemon, id, &document, why, sizeof(why));
	if (r < 0) {
		log_line("%s", why);
		return STATUS_FAILED;
	}
	status = finish(run, workload, document, ended);
	json_decref(document);
	return status;
}

static json_t *unprobed_document(const struct run_options *run)
{
	struct utsname name;
	struct timespec now;
	struct tm parts;
	char started_at[40];

	uname(&name);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(started_at, sizeof(started_at), "%Y-%m-%dT%H:%M:%SZ", &parts);
	return json_pack("{s:s,s:s,s:{s:s,s:I,s:n,s:I},s:o,s:{s:s},s:n}", "schema", REPORT_SCHEMA,
			 "partrace", PARTRACE_VERSION, "host", "kernel", name.release, "cpus",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "cpu_model", "memory_bytes",
			 (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "target",
			 target_json(&run->plan), "window", "started_at", started_at, "probes");
}

static int run_unprobed(const struct run_options *run, struct workload_run *workload, int signals)
{
	json_t *document = unprobed_document(run);
	uint64_t from_ns = monotonic_ns();
	int status, ended;

	if (!document)
		return STATUS_FAILED;
	workload_go(workload);
	ended = wait_for_end(workload, NULL, signals);
	json_object_set_new(json_object_get(document, "window"), "duration_ns",
			    json_integer((json_int_t)(monotonic_ns() - from_ns)));
	status = finish(run, workload, document, ended);
	json_decref(document);
	return status;
}

int verb_run(int argc, char **argv)
{
	static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 },
						      { &fail_on_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"WORKLOAD",
		"Runs a built-in workload and reports where its time went.\v"
		"Examples:\n"
		"  sudo partrace run cpu --threads 8\n"
		"  sudo partrace run io --procs 8 --tasks 200\n"
		"  sudo partrace run lock --threads 4 --duration 5s --json -o lock.json\n"
		"  sudo partrace run lock --threads 8 --fail-on problem\n"
		"  partrace run cpu --no-probe",
		children,
		NULL,
		NULL
	};
	struct run_options run = { .plan = { .tasks = TASKS_DEFAULT,
					     .task_time_ns = TASK_TIME_DEFAULT_NS,
					     .lock_share = LOCK_SHARE_DEFAULT } };
	_cleanup_(workload_run_freep) struct workload_run *workload = NULL;
	_cleanup_close_ int signals = -1;
	char why[256] = "out of memory";
	int status;

	argv[0] = "partrace run";
	argp_parse(&argp, argc, argv, 0, NULL, &run);
	if (!run.no_probe) {
		status = require_machine("; or see the workload's own timing with --no-probe");
		if (status != STATUS_DONE)
			return status;
	}
	status = output_check(&run.common);
	if (status != STATUS_DONE)
		return status;
	signals = common_signals();
	if (workload_start(&run.plan, &workload, why, sizeof(why)) < 0) {
		log_line("%s", why);
		return STATUS_FAILED;
	}
	return run.no_probe ? run_unprobed(&run, workload, signals)
			    : run_probed(&run, workload, signals);
}
