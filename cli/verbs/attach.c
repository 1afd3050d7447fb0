// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/parse.h"
#include "cli/verbs/watch.h"

#define INTERVAL_MIN_NS (100 * NSEC_PER_MSEC)
#define INTERVAL_MAX_NS (3600 * NSEC_PER_SEC)
/* Room for threads that are born while it watches. */
#define SLOTS_TO_SPARE 4096u

struct attach_options {
	struct common_options common;
	json_t *pids;
	json_t *tids;
	json_t *names;
	json_t *cgroups;
	bool all;
	bool no_follow;
	uint64_t interval_ns;
	double max_cost;
	char what[200]; /* the targets as they were named */
};

enum { OPTION_CGROUP = 256, OPTION_NO_FOLLOW, OPTION_MAX_COST };

static const struct argp_option options[] = {
	{ "pid", 'p', "PID,…", 0, "Processes, with all their threads and future children", 0 },
	{ "tid", 't', "TID,…", 0, "Single threads", 0 },
	{ "name", 'n', "NAME", 0, "All processes of this name; a pattern such as 'worker*' too",
	  0 },
	{ "cgroup", OPTION_CGROUP, "PATH", 0,
	  "Everything in a cgroup, now and later: its path, a systemd unit, a container's ID", 0 },
	{ "all", 'a', NULL, 0, "Everything but PID 0", 0 },
	{ "no-follow", OPTION_NO_FOLLOW, NULL, 0, "Leave out children and threads that come later",
	  0 },
	{ "interval", 'i', "TIME", 0, "A line each interval; with --json, NDJSON", 0 },
	{ "max-cost", OPTION_MAX_COST, "SHARE", 0,
	  "Detach when the probes take more of the CPUs, such as 1%", 0 },
	{ 0 },
};

/* ---- the targets ---- */

static void name_target(struct attach_options *attach, const char *format, const char *text)
{
	size_t used = strlen(attach->what), room = sizeof(attach->what) - used;

	if (used)
		used += (size_t)snprintf(attach->what + used, room, ", ");
	if (used < sizeof(attach->what))
		snprintf(attach->what + used, sizeof(attach->what) - used, format, text);
}

/* "4242,4250": whole numbers above 0. */
static void add_ids(struct argp_state *state, const char *option, const char *text, json_t *list)
{
	const char *at = text;

	do {
		char *end = (char *)at;
		long id;

		errno = 0;
		id = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : -1;
		if (id == 0)
			argp_failure(state, argp_err_exit_status, 0,
				     "%s 0 is the kernel's idle task, which is no target", option);
		if (id < 0 || errno || id > INT_MAX || (*end && *end != ','))
			argp_failure(state, argp_err_exit_status, 0,
				     "%s %s is not understood; it takes numbers such as 4242 or "
				     "4242,4250; a process can be given by its name with -n",
				     option, text);
		json_array_append_new(list, json_integer(id));
		at = *end ? end + 1 : NULL;
	} while (at);
}

static void add_text(struct argp_state *state, const char *option, const char *text, json_t *list)
{
	if (!*text)
		argp_failure(state, argp_err_exit_status, 0, "%s needs a name", option);
	json_array_append_new(list, json_string(text));
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789,")] == '\0';
}

static void add_bare(struct argp_state *state, struct attach_options *attach, const char *text)
{
	if (is_number(text)) {
		add_ids(state, "PID", text, attach->pids);
		name_target(attach, "PID %s", text);
	} else {
		add_text(state, "attach", text, attach->names);
		name_target(attach, "%s", text);
	}
}

static error_t parse_target(int key, char *argument, struct argp_state *state)
{
	struct attach_options *attach = state->input;

	switch (key) {
	case 'p':
		add_ids(state, "--pid", argument, attach->pids);
		name_target(attach, "PID %s", argument);
		return 0;
	case 't':
		add_ids(state, "--tid", argument, attach->tids);
		name_target(attach, "TID %s", argument);
		return 0;
	case 'n':
		add_text(state, "--name", argument, attach->names);
		name_target(attach, "%s", argument);
		return 0;
	case OPTION_CGROUP:
		add_text(state, "--cgroup", argument, attach->cgroups);
		name_target(attach, "cgroup %s", argument);
		return 0;
	case 'a':
		attach->all = true;
		name_target(attach, "everything%s", "");
		return 0;
	case ARGP_KEY_ARG:
		add_bare(state, attach, argument);
		return 0;
	case ARGP_KEY_END:
		if (!*attach->what)
			argp_failure(state, argp_err_exit_status, 0,
				     "attach needs a target: a PID, a name, --cgroup or -a");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct attach_options *attach = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &attach->common;
		return 0;
	case OPTION_NO_FOLLOW:
		attach->no_follow = true;
		return 0;
	case 'i':
		if (parse_duration(argument, &attach->interval_ns) < 0 ||
		    attach->interval_ns < INTERVAL_MIN_NS || attach->interval_ns > INTERVAL_MAX_NS)
			argp_failure(state, argp_err_exit_status, 0,
				     "--interval %s is not understood; it takes 100ms to 1h, with "
				     "the unit",
				     argument);
		return 0;
	case OPTION_MAX_COST:
		if (parse_share(argument, &attach->max_cost) < 0 || attach->max_cost <= 0)
			argp_failure(
				state, argp_err_exit_status, 0,
				"--max-cost %s is not understood; it takes a share such as 1%%",
				argument);
		return 0;
	default:
		return parse_target(key, argument, state);
	}
}

/* ---- the watch ---- */

/* As many threads as the machine has now, and some. */
static uint32_t slots_wanted(const struct attach_options *attach)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/loadavg", "re");
	unsigned int tasks = 0;

	if (file && fscanf(file, "%*f %*f %*f %*u/%u", &tasks) != 1)
		tasks = 0;
	return common_slots(&attach->common, tasks + SLOTS_TO_SPARE);
}

static void announce(const struct attach_options *attach)
{
	char time[32] = "until Ctrl-C";

	if (attach->common.quiet)
		return;
	if (attach->common.duration_ns)
		snprintf(time, sizeof(time), "for %.3g s",
			 (double)attach->common.duration_ns / 1e9);
	log_line("watching %s %s%s; it is neither stopped nor slowed by more than the probes' cost",
		 attach->what, time, attach->common.duration_ns ? ", or until Ctrl-C" : "");
}

static void say_how_it_ended(const struct attach_options *attach, int end)
{
	if (end == WATCH_COST)
		log_line("detached: the probes took more than %.3g %% of the CPUs (--max-cost)",
			 attach->max_cost * 100);
	else if (end == WATCH_TARGETS && !attach->common.quiet)
		log_line("all targets have ended");
}

static int open_session(struct attach_options *attach, struct daemon *daemon, char id[32],
			char *why, size_t why_size)
{
	json_t *targets =
		json_pack("{s:O,s:O,s:O,s:O,s:b}", "pids", attach->pids, "tids", attach->tids,
			  "names", attach->names, "cgroups", attach->cgroups, "all", attach->all);
	json_t *target = json_pack("{s:s,s:s}", "kind", "attach", "what", attach->what);

	return session_create(daemon, targets, !attach->no_follow, target, id, why, why_size);
}

static int report(const struct attach_options *attach, struct daemon *daemon, const char *id,
		  int signal_number)
{
	json_t *document = NULL;
	char why[256] = "";
	int status = STATUS_FAILED;

	if (session_finish(daemon, id, &document, why, sizeof(why)) < 0)
		log_line("%s", why);
	else
		status = output_report(&attach->common, stdout, document, true);
	json_decref(document);
	if (status == STATUS_DONE && signal_number && signal_number != SIGINT)
		return 128 + signal_number;
	return status;
}

static int attach_to(struct attach_options *attach, int signals)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	char id[32], why[256] = "";
	int status = STATUS_FAILED, signal_number = 0;
	int r = daemon_open(slots_wanted(attach), &daemon, &status, why, sizeof(why));
	struct watch watch = { .common = &attach->common,
			       .id = id,
			       .signals = signals,
			       .interval_ns = attach->interval_ns,
			       .max_cost = attach->max_cost,
			       .may_grow = attach->all || json_array_size(attach->cgroups) };

	if (r == -ECHILD)
		return status;
	if (!r)
		r = open_session(attach, daemon, id, why, sizeof(why));
	if (!r) {
		announce(attach);
		watch.daemon = daemon;
		r = watch_until_end(&watch, &signal_number, why, sizeof(why));
	}
	if (r < 0) {
		log_line("%s", why);
		return r == -EPERM ? STATUS_CANNOT : STATUS_FAILED;
	}
	say_how_it_ended(attach, r);
	return report(attach, daemon, id, signal_number);
}

int verb_attach(int argc, char **argv)
{
	static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"[PID|NAME]…",
		"Watches programs that are running already, and reports where their threads' time "
		"went. Targets compose. The target is never stopped, traced (ptrace) or changed.\v"
		"Without --duration it watches until Ctrl-C or until all targets have ended.\n\n"
		"Examples:\n"
		"  sudo partrace attach 4242 -d 10s\n"
		"  sudo partrace attach orderd -i 1s\n"
		"  sudo partrace attach -p 4242,4250 -n 'worker*' --no-follow\n"
		"  sudo partrace attach --cgroup nginx.service -d 1m --json -o nginx.json\n"
		"  sudo partrace attach -a -d 5s --max-cost 1%",
		children,
		NULL,
		NULL
	};
	struct attach_options attach = { .pids = json_array(),
					 .tids = json_array(),
					 .names = json_array(),
					 .cgroups = json_array() };
	_cleanup_close_ int signals = -1;
	int status;

	argv[0] = "partrace attach";
	argp_parse(&argp, argc, argv, 0, NULL, &attach);
	attach.common.one_line = attach.interval_ns > 0;
	status = require_machine("");
	if (status == STATUS_DONE)
		status = output_check(&attach.common);
	if (status == STATUS_DONE) {
		signals = common_signals();
		status = attach_to(&attach, signals);
	}
	json_decref(attach.pids);
	json_decref(attach.tids);
	json_decref(attach.names);
	json_decref(attach.cgroups);
	return status;
}
