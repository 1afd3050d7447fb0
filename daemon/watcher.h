/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's core: joins the probes (daemon/probe) to the model (daemon/model). The server knows
 * only this.
 */
#ifndef PARTRACE_WATCHER_H
#define PARTRACE_WATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "api/report.h"
#include "daemon/targets.h"
#include "daemon/turns.h"

struct watcher;

#define WATCHER_TICK_NS 100000000ull

struct watcher_settings {
	uint32_t max_threads; /* slots for targets that live at once */
};

/* What a client asks for; the texts are copied. */
struct session_request {
	struct target_request targets;
	bool ends_with_client;       /* the session is closed when targets.client ends */
	bool stacks;                 /* the reports tell where each thread waits now */
	struct report_target target; /* echoed; its pids are left to the daemon */
};

#define SESSION_ID_LEN 17 /* 16 random hex digits and NUL */

struct session_summary {
	char id[SESSION_ID_LEN];
	const char *kind;       /* as report_target's; the session's, as the next */
	const char *started_at; /* RFC 3339 */
	uint64_t duration_ns;   /* up to now */
	uint64_t live_threads;  /* members that have not ended */
};

/* Loads and attaches the probes. -errno with one sentence in `why`. */
int watcher_open(const struct watcher_settings *settings, struct watcher **ret, char *why,
		 size_t why_size);
void watcher_close(struct watcher *watcher);

/* For the event loop: readable when threads have exited; then call watcher_drain(). */
int watcher_fd(const struct watcher *watcher);
/* Readable when stacks have come, likewise; these can wait for a moment. */
int watcher_stacks_fd(const struct watcher *watcher);
void watcher_drain(struct watcher *watcher);
/* Readable when code and locks have got their names; then call watcher_take_names(). */
int watcher_names_fd(const struct watcher *watcher);
void watcher_take_names(struct watcher *watcher);
/* Housekeeping, to be called every WATCHER_TICK_NS or so while there are sessions. */
void watcher_tick(struct watcher *watcher);

/* As it was when the watcher was opened. */
const struct report_host *watcher_host(const struct watcher *watcher);
/* Of the event loop that calls all this, which keeps them here. */
struct turns *watcher_turns(struct watcher *watcher);

/*
 * -ESRCH: a target does not exist; -ENOSPC: too many sessions or threads; -EINVAL: no target.
 * `why` has one sentence for the client.
 */
int watcher_session_open(struct watcher *watcher, const struct session_request *request,
			 char id[SESSION_ID_LEN], char *why, size_t why_size);

/*
 * Names of code and locks come from files, by a thread of their own. A report that is made before
 * they have come lacks them, and says so: ask, call watcher_session_has_names() until it is true or
 * patience is at its end, then make the report. It asks on for what found no room at first. Of no
 * such session it is true at once.
 */
void watcher_session_ask_names(struct watcher *watcher, const char *id);
bool watcher_session_has_names(struct watcher *watcher, const char *id);
/* Patience is at its end: the report that is made next says what it lacks. */
void watcher_session_give_up(struct watcher *watcher, const char *id);
/*
 * The window ends now, and only the names asked for by then are still waited for: reports tell no
 * more of what happens. Without memory for that it stays open.
 */
void watcher_session_freeze(struct watcher *watcher, const char *id);

/*
 * The report up to now; valid until the next call of a watcher_ function. -ENOENT: no such session;
 * -ENOMEM.
 */
int watcher_session_report(struct watcher *watcher, const char *id, const struct report **ret);
/* Somebody has asked for it: its lease begins anew. (Reports do so by themselves.) */
void watcher_session_asked(struct watcher *watcher, const char *id);
/* Nobody finds it any more. -ENOENT: no such session. */
int watcher_session_close(struct watcher *watcher, const char *id);
/*
 * One of those that were closed, or whose client has ended, is taken away: it has thousands of
 * threads that are watched no more then, and the event loop waits. False: there is none.
 */
bool watcher_end_one(struct watcher *watcher);
bool watcher_has_ended_ones(const struct watcher *watcher);

/* Walks the sessions: index 0…; false after the last. */
bool watcher_session_at(const struct watcher *watcher, size_t index, struct session_summary *ret);

#endif
