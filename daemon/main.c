// SPDX-License-Identifier: BSD-2-Clause
/* partraced: one thread around one event loop. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "api/routes.h"
#include "api/version.h"
#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "daemon/server/server.h"
#include "daemon/watcher.h"

#define EXIT_USAGE  2
#define EXIT_CANNOT 3

#define TICK_US         100000u
#define THREADS_DEFAULT 16384u
#define THREADS_MAX     1048576ul

struct settings {
	const char *socket;
	struct watcher_settings watcher;
	int leash;
};

enum { OPTION_SOCKET = 's', OPTION_MAX_THREADS = 't', OPTION_LEASH = 256 };

static const struct argp_option options[] = {
	{ "socket", OPTION_SOCKET, "PATH", 0, "Listen here (default " DAEMON_SOCKET ")", 0 },
	{ "max-threads", OPTION_MAX_THREADS, "N", 0,
	  "Watch at most N threads that live at once (default 16384)", 0 },
	{ "leash", OPTION_LEASH, "FD", 0, "End when this pipe is closed at its other end", 0 },
	{ 0 },
};

static unsigned long parse_number(struct argp_state *state, const char *text, unsigned long low,
				  unsigned long high)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || value < low || value > high)
		argp_error(state, "%s is not a whole number from %lu to %lu", text, low, high);
	return value;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case OPTION_SOCKET:
		settings->socket = argument;
		return 0;
	case OPTION_MAX_THREADS:
		settings->watcher.max_threads = parse_number(state, argument, 1, THREADS_MAX);
		return 0;
	case OPTION_LEASH:
		settings->leash = (int)parse_number(state, argument, 3, 65535);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "partraced takes no arguments: %s", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)info;
	(void)context;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_leash(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)fd;
	(void)events;
	(void)context;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_records(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)fd;
	(void)events;
	watcher_drain(context);
	return 0;
}

/* Ten times a second while somebody watches; else once a second, to notice that somebody does. */
static int on_tick(sd_event_source *source, uint64_t when_us, void *context)
{
	struct session_summary summary;
	bool watched = watcher_session_at(context, 0, &summary);

	(void)when_us;
	if (watched)
		watcher_tick(context);
	return sd_event_source_set_time_relative(source, watched ? TICK_US : 2 * TICK_US);
}

/* With a leash the terminal's Ctrl-C is the CLI's to decide on. */
static int add_sources(sd_event *event, const struct settings *settings, struct watcher *watcher)
{
	sd_event_source *tick;
	int r = sd_event_add_signal(event, NULL, SIGTERM, on_signal, NULL);

	if (r >= 0 && settings->leash < 0)
		r = sd_event_add_signal(event, NULL, SIGINT, on_signal, NULL);
	if (r >= 0 && settings->leash >= 0)
		r = sd_event_add_io(event, NULL, settings->leash, EPOLLHUP, on_leash, NULL);
	if (r >= 0)
		r = sd_event_add_io(event, NULL, watcher_fd(watcher), EPOLLIN, on_records, watcher);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &tick, CLOCK_MONOTONIC, TICK_US, 1000,
					       on_tick, watcher);
	if (r >= 0)
		r = sd_event_source_set_enabled(tick, SD_EVENT_ON);
	return r;
}

static int serve(const struct settings *settings, int listening_fd, struct watcher *watcher)
{
	sd_event *event = NULL;
	struct server *server = NULL;
	int r = sd_event_default(&event);

	if (r >= 0)
		r = add_sources(event, settings, watcher);
	if (r >= 0)
		r = server_start(event, listening_fd, watcher, &server);
	if (r >= 0) {
		sd_notify(0, "READY=1");
		r = sd_event_loop(event);
	}
	server_stop(server);
	sd_event_unref(event);
	return r;
}

static void prepare_signals(bool leashed)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (leashed)
		signal(SIGINT, SIG_IGN);
}

static int run(const struct settings *settings)
{
	struct watcher *watcher = NULL;
	char why[512] = "out of memory";
	bool made;
	int r, fd = server_listen(settings->socket, &made);

	if (fd == -EADDRINUSE) {
		log_line("another partraced answers at %s", settings->socket);
		return EXIT_FAILURE;
	}
	if (fd < 0) {
		log_error(fd, "listen on %s", settings->socket);
		return EXIT_FAILURE;
	}
	r = watcher_open(&settings->watcher, &watcher, why, sizeof(why));
	if (r < 0) {
		log_line("%s", why);
	} else {
		r = serve(settings, fd, watcher);
		if (r < 0)
			log_error(r, "serve");
		watcher_close(watcher);
	}
	if (made)
		unlink(settings->socket);
	if (r == -EPERM || r == -ENOENT || r == -EOPNOTSUPP)
		return EXIT_CANNOT;
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *argp_program_version = "partraced " PARTRACE_VERSION;

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Watches scheduler and futex waits of chosen threads, and answers partrace "
		       "over a "
		       "Unix socket. Runs in the foreground; SIGTERM ends it.",
	};
	struct settings settings = { .socket = DAEMON_SOCKET,
				     .watcher.max_threads = THREADS_DEFAULT,
				     .leash = -1 };

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	prepare_signals(settings.leash >= 0);
	return run(&settings);
}
