// SPDX-License-Identifier: BSD-2-Clause
/* partraced: one thread around one event loop. */
#include <errno.h>
#include <libgen.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/own_proc.h"
#include "base/owned.h"
#include "base/standard_streams.h"
#include "base/units.h"
#include "daemon/gathering.h"
#include "daemon/rights.h"
#include "daemon/server/server.h"
#include "daemon/settings.h"
#include "daemon/turns.h"
#include "daemon/watcher.h"

#define EXIT_CANNOT 3

#define TICK_US (WATCHER_TICK_NS / 1000)
/* The probes' cost is sampled over two ticks: one begun in a session is ended after it. */
#define TICKS_AFTER_LAST 3

/* The housekeeping timer runs while there are sessions. */
struct housekeeping {
	struct watcher *watcher;
	sd_event_source *timer;
	sd_event_source *ending; /* on while there are sessions to be taken away */
	unsigned int ticks_left; /* 0: the timer is off */
};

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

static void fetch_stacks(void *context)
{
	watcher_drain(context);
}

static void fetch_names(void *context)
{
	watcher_take_names(context);
}

static bool is_watching(const struct watcher *watcher)
{
	struct session_summary summary;

	return watcher_session_at(watcher, 0, &summary);
}

static int on_tick(sd_event_source *source, uint64_t when_us, void *context)
{
	struct housekeeping *keeping = context;

	(void)when_us;
	watcher_tick(keeping->watcher);
	if (is_watching(keeping->watcher))
		keeping->ticks_left = TICKS_AFTER_LAST;
	else if (--keeping->ticks_left == 0)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return sd_event_source_set_time_relative(source, TICK_US);
}

/* One in a turn, for others wait. */
static int on_ending(sd_event_source *source, void *context)
{
	struct housekeeping *keeping = context;

	(void)source;
	watcher_end_one(keeping->watcher);
	return 0;
}

/* After whatever happened: it may have opened the first session. An idle daemon sleeps. */
static int on_happened(sd_event_source *source, void *context)
{
	struct housekeeping *keeping = context;

	(void)source;
	if (watcher_has_ended_ones(keeping->watcher))
		sd_event_source_set_enabled(keeping->ending, SD_EVENT_ONESHOT);
	if (keeping->ticks_left || !is_watching(keeping->watcher))
		return 0;
	keeping->ticks_left = TICKS_AFTER_LAST;
	sd_event_source_set_time_relative(keeping->timer, TICK_US);
	return sd_event_source_set_enabled(keeping->timer, SD_EVENT_ON);
}

static int add_housekeeping(sd_event *event, struct housekeeping *keeping)
{
	int r = sd_event_add_time_relative(event, &keeping->timer, CLOCK_MONOTONIC, TICK_US, 1000,
					   on_tick, keeping);

	if (r >= 0)
		r = sd_event_source_set_enabled(keeping->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(event, &keeping->ending, on_ending, keeping);
	return r < 0 ? r : sd_event_add_post(event, NULL, on_happened, keeping);
}

/* With a leash the terminal's Ctrl-C is the CLI's to decide on. */
static int add_sources(sd_event *event, const struct settings *settings, struct watcher *watcher)
{
	int r = sd_event_add_signal(event, NULL, SIGTERM, on_signal, NULL);

	if (r >= 0 && settings->leash < 0)
		r = sd_event_add_signal(event, NULL, SIGINT, on_signal, NULL);
	if (r >= 0 && settings->leash >= 0)
		r = sd_event_add_io(event, NULL, settings->leash, EPOLLHUP, on_leash, NULL);
	if (r >= 0)
		r = sd_event_add_io(event, NULL, watcher_fd(watcher), EPOLLIN, on_records, watcher);
	return r;
}

static int serve(const struct settings *settings, int listening_fd, struct watcher *watcher)
{
	sd_event *event = NULL;
	struct server *server = NULL;
	struct housekeeping keeping = { .watcher = watcher };
	struct gathering stacks = { 0 }, names = { 0 };
	int r = sd_event_default(&event);

	if (r >= 0)
		r = add_sources(event, settings, watcher);
	if (r >= 0)
		r = add_housekeeping(event, &keeping);
	if (r >= 0)
		r = gathering_start(event, watcher_stacks_fd(watcher), fetch_stacks, watcher,
				    &stacks);
	if (r >= 0)
		r = gathering_start(event, watcher_names_fd(watcher), fetch_names, watcher, &names);
	if (r >= 0)
		r = server_start(event, listening_fd, watcher, &server);
	if (r >= 0) {
		sd_notify(0, "READY=1");
		if (!settings->quiet && settings->leash < 0)
			log_line("ready for up to %u threads at once; SIGTERM ends it",
				 settings->watcher.max_threads);
		r = turns_loop(event, watcher_turns(watcher));
	}
	server_stop(server);
	gathering_stop(&stacks);
	gathering_stop(&names);
	sd_event_source_unref(keeping.timer);
	sd_event_source_unref(keeping.ending);
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

static int refuse_listening(const struct settings *settings, int r)
{
	if (r == -EADDRINUSE)
		log_line("another partraced answers at %s", settings->socket);
	else if (r == -EEXIST)
		log_line("%s is not a socket, and is left alone", settings->socket);
	else if (r == -EPROTO)
		log_line("what was handed over (LISTEN_FDS) is not one listening Unix socket");
	else
		log_error(r, "listen on %s", settings->socket);
	return r == -EACCES || r == -EPERM ? EXIT_CANNOT : EXIT_FAILURE;
}

static int watch(const struct settings *settings, int listening_fd)
{
	struct watcher *watcher = NULL;
	char why[512] = "out of memory";
	int r = watcher_open(&settings->watcher, &watcher, why, sizeof(why));

	if (r < 0) {
		log_line("%s", why);
		return r == -EPERM || r == -EACCES || r == -ENOENT || r == -EOPNOTSUPP
			       ? EXIT_CANNOT
			       : EXIT_FAILURE;
	}
	r = serve(settings, listening_fd, watcher);
	if (r < 0)
		log_error(r, "serve");
	watcher_close(watcher);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A socket in somebody else's folder could not be taken away at the end. */
static uint64_t rights_to_unlink(const char *socket)
{
	_cleanup_free_ char *copy = strdup(socket);
	struct stat folder;

	if (!copy || stat(dirname(copy), &folder) < 0 || folder.st_uid != geteuid())
		return UINT64_C(1) << CAP_DAC_OVERRIDE;
	return 0;
}

static int run(const struct settings *settings)
{
	const char *problem = own_proc_problem();
	char text[200];
	bool made;
	int status, r, fd;

	if (problem) {
		log_line("%s", problem);
		return EXIT_CANNOT;
	}
	if (limits_problem(text, sizeof(text)) ||
	    limit_problem(&limit_of_files, text, sizeof(text))) {
		log_line("%s", text);
		return EXIT_FAILURE;
	}
	fd = server_listen(settings->socket, &made);
	if (fd < 0)
		return refuse_listening(settings, fd);
	r = rights_drop(made ? rights_to_unlink(settings->socket) : 0);
	if (r < 0)
		log_error(r, "rights that are not needed stay");
	status = watch(settings, fd);
	if (made)
		unlink(settings->socket);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings;

	keep_standard_streams();
	limits_outlive_file_size();
	settings_parse(argc, argv, &settings);
	prepare_signals(settings.leash >= 0);
	rights_raise_files();
	return run(&settings);
}
