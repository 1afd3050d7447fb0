// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/settings.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "api/routes.h"
#include "api/version.h"

#define EXIT_USAGE 2

enum { OPTION_SOCKET = 's', OPTION_MAX_THREADS = 't', OPTION_LEASH = 256 };

static const struct argp_option options[] = {
	{ "socket", OPTION_SOCKET, "PATH", 0, "Listen here (default " DAEMON_SOCKET ")", 0 },
	{ "max-threads", OPTION_MAX_THREADS, "N", 0,
	  "Watch at most N threads that live at once (default 16384)", 0 },
	{ "leash", OPTION_LEASH, "FD", 0, "End when this pipe is closed at its other end", 0 },
	{ "quiet", 'q', NULL, 0, "Say nothing but errors", 0 },
	{ 0 },
};

static unsigned long parse_number(struct argp_state *state, const char *text, unsigned long low,
				  unsigned long high)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	/* strtoul would take a space, a sign and, for -1, the largest number there is. */
	if (errno || *end || !isdigit((unsigned char)*text) || value < low || value > high)
		argp_error(state, "%s is not a whole number from %lu to %lu", text, low, high);
	return value;
}

static int parse_leash(struct argp_state *state, const char *text)
{
	int fd = (int)parse_number(state, text, 0, 65535);
	struct stat status;

	if (fstat(fd, &status) < 0 || !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
		argp_error(state, "--leash %d is not an open pipe", fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case OPTION_SOCKET:
		settings->socket = argument;
		return 0;
	case OPTION_MAX_THREADS:
		settings->watcher.max_threads = parse_number(state, argument, 1, MAX_THREADS_LIMIT);
		return 0;
	case OPTION_LEASH:
		settings->leash = parse_leash(state, argument);
		return 0;
	case 'q':
		settings->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "partraced takes no arguments: %s", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const char *argp_program_version = "partraced " PARTRACE_VERSION;

void settings_parse(int argc, char **argv, struct settings *ret)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Watches scheduler and futex waits of chosen threads, and answers partrace "
		       "over a Unix socket. Runs in the foreground; SIGTERM ends it."
		       "\vExit status: 0 done, 1 failed, 2 wrong usage, 3 this machine or user "
		       "cannot.",
	};

	*ret = (struct settings){ .socket = DAEMON_SOCKET,
				  .watcher.max_threads = MAX_THREADS_DEFAULT,
				  .leash = -1 };
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, ret);
}
