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
#include "cli/verbs/run_options.h"
#include "cli/workload/workload.h"

#define STOP_PATIENCE_MS 2000

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
	struct run_options run = { 0 };
	_cleanup_(workload_run_freep) struct workload_run *workload = NULL;
	_cleanup_close_ int signals = -1;
	char why[256] = "out of memory";
	int status;

	argv[0] = "partrace run";
	argp_parse(&run_argp, argc, argv, 0, NULL, &run);
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
