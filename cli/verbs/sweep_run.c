// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/sweep_run.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "cli/client/document.h"
#include "cli/sweep/settle.h"
#include "cli/verbs/child.h"
#include "cli/verbs/play.h"

#define KILL_PATIENCE_MS 2000
#define ERROR_BYTES      160

static int fail(struct sweep_run *run, const char *why)
{
	run->failure = strdup(why);
	return run->failure ? 0 : -ENOMEM;
}

/* The first so many of those allowed here. */
static void choose_cpus(unsigned int count, cpu_set_t *ret)
{
	cpu_set_t mine;

	CPU_ZERO(ret);
	sched_getaffinity(0, sizeof(mine), &mine);
	for (int cpu = 0; cpu < CPU_SETSIZE && count; cpu++) {
		if (!CPU_ISSET(cpu, &mine))
			continue;
		CPU_SET(cpu, ret);
		count--;
	}
}

/* Takes the document over. */
static int keep(struct sweep_run *run, json_t *document, unsigned int workers, uint64_t elapsed_ns,
		uint64_t tasks)
{
	struct report report;
	char why[256];

	run->report = document;
	run->elapsed_ns = elapsed_ns;
	if (report_decode(document, &report, why, sizeof(why)) < 0)
		return fail(run, why);
	run->account = account_of(&report, json_object_get(document, "workload"), workers,
				  elapsed_ns, tasks);
	report_release(&report);
	return 0;
}

static int run_workload(const struct sweep_runner *runner, const struct sweep_curve_name *curve,
			unsigned int workers, struct sweep_run *run, int *ret_signal)
{
	_cleanup_(workload_run_freep) struct workload_run *workload = NULL;
	struct workload_plan asked = runner->options->plan, plan = { 0 };
	struct play play = { .plan = &plan, .daemon = runner->daemon };
	struct play_end end = { 0 };
	char why[640] = "out of memory";
	int r;

	asked.runtime = curve->runtime;
	r = settle_point(&asked, curve->workload, curve->mode, workers, &plan, why, sizeof(why));

	plan.rounds_per_ns = runner->rounds_per_ns;
	plan.has_cpus = true;
	choose_cpus(curve->cpus, &plan.cpus);
	if (!r)
		r = workload_start(&plan, &workload, why, sizeof(why));
	play.workload = workload;
	if (!r && runner->daemon)
		r = play_watch(&play, why, sizeof(why));
	if (!r)
		r = play_through(&play, runner->signals, &end, why, sizeof(why));
	if (r < 0)
		return r == -ECHILD ? r : fail(run, why);
	if (end.signal) {
		*ret_signal = end.signal;
		json_decref(end.document);
		return -EINTR;
	}
	return keep(run, end.document, workers, end.elapsed_ns, end.tasks);
}

/* ---- a command ---- */

/* Every {n} becomes the number; malloc'ed. */
static char *with_number(const char *command, unsigned int number)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *found;

	if (!out)
		return NULL;
	for (; (found = strstr(command, "{n}")); command = found + strlen("{n}"))
		fprintf(out, "%.*s%u", (int)(found - command), command, number);
	fputs(command, out);
	return fclose(out) == 0 ? text : NULL;
}

/* Its whole group, and with force when it doesn't listen. */
static void end_child(const struct child *child)
{
	struct pollfd fd = { .fd = child->pidfd, .events = POLLIN };

	kill(-child->pid, SIGTERM);
	if (poll(&fd, 1, KILL_PATIENCE_MS) == 0)
		kill(-child->pid, SIGKILL);
}

/* 0 when it has ended; -EINTR, -ECHILD. */
static int wait_for_end(const struct sweep_runner *runner, const struct child *child,
			int *ret_signal)
{
	struct signalfd_siginfo info;
	struct pollfd fds[] = { { .fd = child->pidfd, .events = POLLIN },
				{ .fd = runner->signals, .events = POLLIN },
				{ .fd = runner->daemon ? daemon_fd(runner->daemon) : -1,
				  .events = POLLIN } };

	for (;;) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents)
			return 0;
		if (fds[1].revents && read(runner->signals, &info, sizeof(info)) == sizeof(info)) {
			*ret_signal = (int)info.ssi_signo;
			end_child(child);
			return -EINTR;
		}
		if (fds[2].revents) {
			end_child(child);
			return -ECHILD;
		}
	}
}

/* The last line that it wrote to standard error; "" where it said nothing. */
static void last_error(int errors, char ret[ERROR_BYTES])
{
	char text[4096];
	off_t size = lseek(errors, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0;
	ssize_t got = pread(errors, text, sizeof(text) - 1, from);
	char *line;

	ret[0] = '\0';
	while (got > 0 && strchr("\r\n ", text[got - 1]))
		got--;
	if (got <= 0)
		return;
	text[got] = '\0';
	line = strrchr(text, '\n');
	snprintf(ret, ERROR_BYTES, "%.150s", line ? line + 1 : text);
}

static int say_status(struct sweep_run *run, int status, int errors)
{
	char why[ERROR_BYTES + 64], said[ERROR_BYTES];

	last_error(errors, said);
	if (status > 128)
		snprintf(why, sizeof(why), "killed by signal %d%s%s", status - 128,
			 *said ? ": " : "", said);
	else
		snprintf(why, sizeof(why), "exit status %d%s%s", status, *said ? ": " : "", said);
	return fail(run, why);
}

/* What is known of it without a daemon: nothing but its time. */
static int finish_command(const struct sweep_runner *runner, const char *id, unsigned int workers,
			  uint64_t elapsed_ns, struct sweep_run *run)
{
	json_t *document = NULL;
	char why[256] = "";

	run->elapsed_ns = elapsed_ns;
	if (!runner->daemon)
		return 0;
	if (session_finish(runner->daemon, id, &document, why, sizeof(why)) < 0)
		return fail(run, why);
	return keep(run, document, workers, elapsed_ns, 0);
}

static int watch_command(const struct sweep_runner *runner, struct child *child, char **arguments,
			 unsigned int workers, struct sweep_run *run, int *ret_signal)
{
	char id[32] = "", why[256] = "";
	uint64_t from_ns;
	int r = 0;

	if (runner->daemon)
		r = session_create(runner->daemon, session_ids("pids", &child->pid, 1),
				   (struct session_options){ .follow = true },
				   child_target_json(arguments), id, why, sizeof(why));
	if (r < 0)
		return fail(run, why);
	from_ns = monotonic_ns();
	r = child_go(child);
	if (r) {
		snprintf(why, sizeof(why), "it cannot be started: %s", strerror(r));
		return fail(run, why);
	}
	r = wait_for_end(runner, child, ret_signal);
	if (r < 0)
		return r;
	return finish_command(runner, id, workers, monotonic_ns() - from_ns, run);
}

static int run_command(const struct sweep_runner *runner, const struct sweep_curve_name *curve,
		       unsigned int workers, struct sweep_run *run, int *ret_signal)
{
	_cleanup_free_ char *text = with_number(runner->options->command, workers);
	_cleanup_close_ int errors = memfd_create("errors", MFD_CLOEXEC);
	char *arguments[] = { "sh", "-c", text, NULL };
	struct child child = CHILD_NONE;
	cpu_set_t cpus;
	struct child_command command = { .program = "/bin/sh",
					 .arguments = arguments,
					 .account = runner->options->account,
					 .apart = true,
					 .errors = errors,
					 .cpus = &cpus };
	int r;

	if (!text || errors < 0)
		return -ENOMEM;
	choose_cpus(curve->cpus, &cpus);
	r = child_start(&command, &runner->mask, &child);
	if (r < 0)
		return fail(run, strerror(-r));
	r = watch_command(runner, &child, arguments, workers, run, ret_signal);
	child_release(&child);
	if (!r && !run->failure && child.status)
		return say_status(run, child.status, errors);
	return r;
}

int sweep_run_one(const struct sweep_runner *runner, const struct sweep_curve_name *curve,
		  unsigned int workers, struct sweep_run *ret, int *ret_signal)
{
	struct sweep_run run = { 0 };
	int r = curve->workload ? run_workload(runner, curve, workers, &run, ret_signal)
				: run_command(runner, curve, workers, &run, ret_signal);

	if (r < 0) {
		free(run.failure);
		json_decref(run.report);
		return r;
	}
	*ret = run;
	return 0;
}
