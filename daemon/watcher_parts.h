/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a watcher, shared by watcher.c (what happens) and watcher_sessions.c (who asks). */
#ifndef PARTRACE_WATCHER_PARTS_H
#define PARTRACE_WATCHER_PARTS_H

#include "daemon/deadlocks.h"
#include "daemon/diagnose/diagnose.h"
#include "daemon/lockbook.h"
#include "daemon/model/session.h"
#include "daemon/quota.h"
#include "daemon/probe/probe.h"
#include "daemon/watcher.h"
#include "daemon/watcher_cost.h"

/* They share SETS_MAX sets of targets. */
#define SESSIONS_MAX 32u

#define JOINS_MAX 1024u

/* A session that nobody asks about for so long is closed, unless it ends with its client. */
#define SESSION_LEASE_NS 600000000000ull

struct watched {
	char id[SESSION_ID_LEN];
	struct session *session;
	char *key; /* of its targets (targets_key()); sessions with equal targets share a set */
	struct quotas quotas;       /* at the start */
	struct probe_losses losses; /* at the start */
	struct cost_totals cost;
	uint64_t lost_joins; /* at the start */
	uint64_t asked_ns;   /* CLOCK_MONOTONIC of the last request */
	bool stacks;         /* its reports tell where threads wait now */
	int client; /* pidfd: the session ends with this process; -1: none, so by its lease */
};

/* A process that came into a watched cgroup. */
struct join {
	uint32_t sets;
	pid_t pid;
};

struct watcher {
	struct probe *probe;
	struct lockbook *lockbook;
	struct deadlocks *deadlocks;
	uint64_t futex_waits; /* of the probes' counter, at the last tick */
	bool wakes_wanted;
	bool shared_wanted; /* there is a new lock that may be shared between processes */
	unsigned int ticks;
	unsigned int quiet_ticks; /* since it last moved */
	struct report_host host;
	struct watched sessions[SESSIONS_MAX];
	uint32_t next_set;
	struct cost_meter cost;
	struct join joins[JOINS_MAX]; /* to be marked after the events have been read */
	size_t joins_count;
	uint64_t lost_joins;
	/* of the report made last */
	struct quotas quotas;
	struct report_quota report_quotas[QUOTAS_MAX];
	struct diagnosis diagnosis;
};

/* Does the session watch a thread that is a member of these sets? */
bool watcher_is_in(const struct watched *watched, uint32_t sets);
/* Names, command line and memory (on request) of a process, to the sessions that watch it. */
void watcher_note_process(struct watcher *watcher, uint32_t sets, pid_t pid,
			  uint64_t start_ktime_ns, bool with_memory);
/* Reads all events, and collects what they could not announce. */
void watcher_catch_up(struct watcher *watcher);
/* Watches who ends waits for futexes, until there have been none for a while. */
void watcher_follow_locks(struct watcher *watcher);
struct watched *watcher_find(struct watcher *watcher, const char *id);
/* Tells the session what /proc knows of its processes. */
void watcher_note_processes(struct watcher *watcher, uint32_t set);
/* The quotas that bind them, as they stand when the session begins. */
void watcher_note_quotas(struct watcher *watcher, struct watched *watched);
struct lock_tables watcher_lock_tables(const struct watcher *watcher, uint32_t set);

/* ---- sets: watcher_sets.c ---- */
bool watcher_set_is_used(const struct watcher *watcher, uint32_t set);
/* One that no session has; -ENOSPC. */
int watcher_free_set(struct watcher *watcher);
/* One that has just these targets; -ENOENT. */
int watcher_shared_set(struct watcher *watcher, const struct target_request *request,
		       const char *key);
void watcher_clear_set(struct watcher *watcher, uint32_t set);
/* Gives rows of locks back in which only sets without a session have figures. */
void watcher_forget_locks(struct watcher *watcher);

/* Closes a session whose client is gone. */
void watcher_forget(struct watcher *watcher, struct watched *watched);

#endif
