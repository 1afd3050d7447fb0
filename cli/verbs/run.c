// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/interpreter.h"
#include "cli/verbs/play.h"
#include "cli/verbs/run_options.h"
#include "cli/workload/workload.h"

static void announce(const struct run_options *run)
{
	const struct workload_plan *plan = &run->plan;

	if (run->common.quiet)
		return;
	if (plan->duration_ns)
		log_line("watching %u %s of %s for %s; Ctrl-C ends it and prints what was "
			 "gathered",
			 plan->workers, play_mode_name(plan), workload_name(plan->workload),
			 format_span(plan->duration_ns).text);
	else
		log_line("watching %u %s of %s until %lu tasks are done; Ctrl-C ends it and prints "
			 "what "
			 "was gathered",
			 plan->workers, play_mode_name(plan), workload_name(plan->workload),
			 plan->tasks);
}

static int play_and_report(const struct run_options *run, struct play *play, int signals)
{
	struct play_end end;
	char why[640] = "";
	int status, r = play_through(play, signals, &end, why, sizeof(why));

	if (r < 0) {
		log_line("%s", why);
		return STATUS_FAILED;
	}
	status = output_report(&run->common, stdout, end.document, !run->no_probe);
	json_decref(end.document);
	if (status == STATUS_DONE && end.signal && end.signal != SIGINT)
		return 128 + end.signal;
	return status;
}

static int run_probed(const struct run_options *run, struct workload_run *workload, int signals)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	struct play play = { .plan = &run->plan, .workload = workload };
	struct daemon_wish wish = common_wish(&run->common, run->plan.workers + 1024);
	char why[256] = "";
	int status = STATUS_FAILED;
	int r = daemon_open(&wish, &daemon, &status, why, sizeof(why));

	if (r == -ECHILD)
		return status;
	play.daemon = daemon;
	if (!r)
		r = play_watch(&play, why, sizeof(why));
	if (r < 0) {
		log_line("%s", why);
		return r == -EPERM ? STATUS_CANNOT : STATUS_FAILED;
	}
	announce(run);
	return play_and_report(run, &play, signals);
}

static int run_unprobed(const struct run_options *run, struct workload_run *workload, int signals)
{
	struct play play = { .plan = &run->plan, .workload = workload };

	return play_and_report(run, &play, signals);
}

int verb_run(int argc, char **argv)
{
	struct run_options run = { 0 };
	_cleanup_(workload_run_freep) struct workload_run *workload = NULL;
	_cleanup_close_ int signals = -1;
	char why[512] = "out of memory", interpreter[4096];
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
	if (run.plan.runtime == RUNTIME_PYTHON)
		status = interpreter_find(&run.plan, interpreter, sizeof(interpreter));
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
