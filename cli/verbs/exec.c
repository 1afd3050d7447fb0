// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/report/format.h"
#include "cli/verb.h"
#include "cli/verbs/child.h"
#include "cli/verbs/common.h"
#include "cli/verbs/exec_end.h"
#include "cli/verbs/lookup.h"
#include "cli/verbs/usage.h"

struct exec_options {
	struct common_options common;
	const char *user;
	char **command; /* NULL-terminated */
	char program[4096];
	struct passwd *account; /* of `user` */
};

static const struct argp_option options[] = {
	{ "user", 'u', "NAME", 0, "Run the command as this user (default: as the caller)", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct exec_options *exec = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] =
			&exec->common;
		return 0;
	case 'u':
		exec->user = argument;
		exec->account = getpwnam(argument);
		if (!exec->account)
			usage_error(state, "there is no user %s", argument);
		return 0;
	case ARGP_KEY_ARGS:
		exec->command = state->argv + state->next;
		if (!**exec->command)
			usage_error(state, "the name of the command is empty: partrace exec -- CMD "
					   "ARGS…");
		return 0;
	case ARGP_KEY_NO_ARGS:
		usage_error(state, "exec needs a command: partrace exec -- CMD ARGS…");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Finds the program as the user behind sudo would; the command gets that PATH too. */
static int find_program(struct exec_options *exec)
{
	const char *name = exec->command[0];
	int r;

	child_use_callers_path();
	r = lookup_program(name, getenv("PATH"), exec->program, sizeof(exec->program));
	if (!r)
		return STATUS_DONE;
	if (r == -EACCES) {
		log_line("%s cannot be executed: it is no program, or not marked as one",
			 exec->program);
		return 126;
	}
	if (strchr(name, '/')) {
		log_line("there is no file %s to execute", name);
		return 127;
	}
	log_line("there is no command %s in PATH; name it in full: "
		 "sudo partrace exec -- \"$(command -v %s)\" …",
		 name, name);
	return 127;
}

static int open_signals(sigset_t *ret_old)
{
	static const int handled[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(handled); i++)
		sigaddset(&set, handled[i]);
	sigprocmask(SIG_BLOCK, &set, ret_old);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* The terminal has sent its Ctrl-C to the command as well; what a process sends is handed on. */
static void hand_on(int signals, const struct child *child)
{
	struct signalfd_siginfo info;
	bool from_terminal;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	from_terminal = info.ssi_code == SI_KERNEL;
	if (!from_terminal)
		kill(child->pid, (int)info.ssi_signo);
}

/* Until the command or the window ends: 0; -ECHILD when the daemon died. */
static int wait_for_end(const struct child *child, const struct daemon *daemon, int signals,
			uint64_t duration_ns)
{
	uint64_t until_ns = monotonic_ns() + duration_ns;
	struct pollfd fds[] = { { .fd = child->pidfd, .events = POLLIN },
				{ .fd = signals, .events = POLLIN },
				{ .fd = daemon ? daemon_fd(daemon) : -1, .events = POLLIN } };

	for (;;) {
		uint64_t now_ns = monotonic_ns();
		int timeout_ms = -1;

		if (duration_ns && now_ns >= until_ns)
			return 0;
		if (duration_ns)
			timeout_ms = (int)((until_ns - now_ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
		if (poll(fds, ARRAY_LEN(fds), timeout_ms) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents)
			return 0;
		if (fds[1].revents)
			hand_on(signals, child);
		if (fds[2].revents)
			return -ECHILD;
	}
}

static void announce(const struct exec_options *exec)
{
	if (exec->common.quiet)
		return;
	if (exec->common.duration_ns)
		log_line("watching %s and its children for %s; the command goes on after that",
			 exec->command[0], format_span(exec->common.duration_ns).text);
	else
		log_line("watching %s and its children until it ends", exec->command[0]);
}

/* With -d the window may end first, and what lives then is the command itself. */
static bool has_ended(const struct child *child)
{
	struct pollfd end = { .fd = child->pidfd, .events = POLLIN };

	return poll(&end, 1, 0) == 1;
}

static int report(const struct exec_options *exec, struct daemon *daemon, const char *id,
		  bool command_ended)
{
	json_t *document = NULL;
	char why[256];
	int status;

	if (session_finish(daemon, id, &document, why, sizeof(why)) < 0) {
		log_line("%s", why);
		return STATUS_FAILED;
	}
	status = output_report(&exec->common, stderr, document, true);
	if (command_ended && !exec->common.quiet)
		exec_end_say_children(document, exec->command[0]);
	json_decref(document);
	return status;
}

static int watch(const struct exec_options *exec, struct child *child, struct daemon *daemon,
		 int signals)
{
	char id[32], why[256] = "";
	int status, r = session_create(daemon, session_ids("pids", &child->pid, 1),
				       (struct session_options){ .follow = true },
				       child_target_json(exec->command), id, why, sizeof(why));

	if (r < 0) {
		log_line("%s", why);
		return r == -EPERM ? STATUS_CANNOT : STATUS_FAILED;
	}
	announce(exec);
	r = child_go(child);
	if (r) {
		log_line("%s cannot be started: %s", exec->program, strerror(r));
		child_reap(child);
		return 126;
	}
	r = wait_for_end(child, daemon, signals, exec->common.duration_ns);
	if (r == -ECHILD) {
		log_line(
			"partraced ended unexpectedly, so there is no report; the command goes on");
		status = STATUS_FAILED;
	} else {
		status = report(exec, daemon, id, has_ended(child));
	}
	wait_for_end(child, NULL, signals, 0);
	child_reap(child);
	if (!exec->common.quiet)
		exec_end_say_signal(child, exec->command[0]);
	return child->status ? child->status : status;
}

static int run_watched(const struct exec_options *exec)
{
	_cleanup_(daemon_closep) struct daemon *daemon = NULL;
	_cleanup_close_ int signals = -1;
	struct child child = { .pidfd = -1, .go = -1, .failed = -1 };
	struct daemon_wish wish = common_wish(&exec->common, 0);
	char why[256] = "";
	sigset_t mask;
	int r, status = STATUS_FAILED;

	signals = open_signals(&mask);
	r = daemon_open(&wish, &daemon, &status, why, sizeof(why));
	if (r == -ECHILD)
		return status;
	if (!r) {
		struct child_command command = { .program = exec->program,
						 .arguments = exec->command,
						 .account = exec->account };

		r = child_start(&command, &mask, &child);
		if (r < 0)
			snprintf(why, sizeof(why), "cannot start a process: %s", strerror(-r));
	}
	if (r < 0) {
		log_line("%s", why);
		return STATUS_FAILED;
	}
	status = watch(exec, &child, daemon, signals);
	child_release(&child);
	return status;
}

int verb_exec(int argc, char **argv)
{
	static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 },
						      { &fail_on_argp, 0, NULL, 0 },
						      { &html_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"-- CMD [ARG…]",
		"Runs a command and reports where its threads' and children's time went. The "
		"report goes "
		"to stderr, the exit status is the command's own. If partrace is killed, the "
		"command gets "
		"SIGTERM.\v"
		"Examples:\n"
		"  sudo partrace exec -- ./server --port 80\n"
		"  sudo partrace exec -o report.txt -- make -j8\n"
		"  sudo partrace exec -u \"$USER\" --json -o report.json -- python3 pool.py",
		children,
		NULL,
		NULL
	};
	struct exec_options exec = { 0 };
	int status;

	argv[0] = "partrace exec";
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &exec);
	status = require_machine("");
	if (status == STATUS_DONE)
		status = find_program(&exec);
	if (status == STATUS_DONE)
		status = output_check(&exec.common);
	return status == STATUS_DONE ? run_watched(&exec) : status;
}
