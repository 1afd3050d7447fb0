/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a watcher, shared by watcher.c (what happens), watcher_tick.c (what time
 * brings) and watcher_sessions.c (who asks). */
#ifndef PARTRACE_WATCHER_PARTS_H
#define PARTRACE_WATCHER_PARTS_H

#include "daemon/deadlocks.h"
#include "daemon/diagnose/diagnose.h"
#include "daemon/lockbook.h"
#include "daemon/model/session.h"
#include "daemon/quota.h"
#include "daemon/probe/probe.h"
#include "daemon/tracers.h"
#include "daemon/watcher.h"
#include "daemon/watcher_cost.h"

/* They share SETS_MAX sets of targets. */
#define SESSIONS_MAX 32u

#define JOINS_MAX 1024u

/* A session that nobody asks about for so long is closed, unless it ends with its client. */
#define SESSION_LEASE_NS 600000000000ull

/* What a report is made of, apart from the tables of CPUs and threads. */
struct looks {
	uint64_t now_ns; /* the window's end */
	struct session_health health;
	struct set_totals totals;
	struct lock_tables tables;
	bool hurried; /* for hurry_end(), once all that moves on is copied */
};

/* All that a final report needs of the probes, as it was when the report was asked for. */
struct frozen {
	struct looks looks; /* its tables are owned copies */
	struct cpu_totals *cpus;
	struct culprit_table *culprits;
	struct thread_slot *slots; /* of the session's members */
	uint32_t slots_count;
	uint64_t asked; /* names that belong to the window (lockbook_asked()) */
};

struct watched {
	char id[SESSION_ID_LEN];
	struct session *session;
	bool is_over; /* nobody finds it any more: watcher_end_one() takes it away */
	char *key;    /* of its targets (targets_key()); sessions with equal targets share a set */
	struct quotas quotas;
	uint32_t ticks;             /* since it was opened */
	uint32_t quotas_at;         /* the slot with which the next look at them begins */
	struct probe_losses losses; /* at the start */
	struct cost_totals cost;
	uint64_t lost_names; /* at the start, as the next */
	uint64_t unnamed;
	uint64_t unopened;
	uint64_t lost_samples;
	uint64_t late_homes;
	uint64_t lost_joins;
	uint64_t asked_ns;     /* CLOCK_MONOTONIC of the last request */
	struct frozen *frozen; /* NULL: its window is still open */
	bool stacks;           /* its reports tell where threads wait now */
	struct {
		uint64_t names;     /* that its report waits for (lockbook_asked()) */
		uint32_t next_slot; /* threads from here on are still to be asked for */
		uint32_t threads;   /* that were */
		bool is_all;        /* nothing found no room */
		bool is_given_up;   /* the next report is made without the rest */
	} asked;
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
	bool wakes_wanted;
	bool shared_wanted; /* there is a new lock that may be shared between processes */
	unsigned int ticks;
	unsigned int quiet_ticks; /* without a wait, until wakes are watched no more */
	int sample_error;         /* why code is not sampled: -errno */
	struct report_host host;
	struct turns turns;
	struct watched sessions[SESSIONS_MAX];
	uint32_t next_set;
	struct cost_meter cost;
	struct join joins[JOINS_MAX]; /* to be marked after the events have been read */
	size_t joins_count;
	uint64_t lost_joins;
	/* of the report made last */
	struct report_quota report_quotas[QUOTAS_MAX];
	struct diagnosis diagnosis;
	struct tracers tracers;
};

/* Does the session watch a thread that is a member of these sets? */
bool watcher_is_in(const struct watched *watched, uint32_t sets);
/* Names, command line and memory (on request) of a process, to the sessions that watch it. */
void watcher_note_process(struct watcher *watcher, uint32_t sets, pid_t pid,
			  uint64_t start_ktime_ns, bool with_memory);
/* Reads all events, and collects what they could not announce. */
void watcher_catch_up(struct watcher *watcher);
/* A session begins: the next look for deadlocks comes within the first ticks of it. */
void watcher_look_soon(struct watcher *watcher);

/*
 * Wakes are watched when a session begins, and until there have been no waits for futexes for a
 * while and nobody is in one for a lock. At first a short while: a program that has none pays for
 * each of its wakes.
 */
#define QUIET_TICKS_AT_FIRST 5
#define QUIET_TICKS          20
/* Watches who ends waits for futexes, for so many ticks or more. */
void watcher_follow_locks(struct watcher *watcher, unsigned int ticks);
/*
 * Asks where threads that share their name wait, to tell them apart by what they were started for;
 * the task iterator has just looked.
 */
void watcher_ask_starts(struct watcher *watcher);
/*
 * Looks and asks at once, where some come and go: they were on a CPU when they were asked, or were
 * gone on before they could be read.
 */
void watcher_ask_starts_again(struct watcher *watcher);
/* Begins or ends, as there are sessions. */
void watcher_sample_code(struct watcher *watcher);
struct watched *watcher_find(struct watcher *watcher, const char *id);
/* Tells the session what /proc knows of its processes. */
void watcher_note_processes(struct watcher *watcher, uint32_t set);
/* Looks at the quotas that bind them now, and at what these took since the last look. */
void watcher_note_quotas(struct watcher *watcher, struct watched *watched);
struct lock_tables watcher_lock_tables(const struct watcher *watcher, uint32_t set);

/* ---- who comes into a watched cgroup: watcher_joins.c ---- */
void watcher_note_join(struct watcher *watcher, const struct event *event);
/* Marks who has come since; not in the middle of reading events, for it runs the iterator. */
void watcher_mark_joins(struct watcher *watcher);

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

/* ---- the window's end: watcher_freeze.c ---- */
/* Reads all events, and looks at what the probes have counted. */
void watcher_look(struct watcher *watcher, struct watched *watched, struct looks *ret);
/* The slot if a thread of the set has it, or had; NULL. */
const struct thread_slot *watcher_member(const struct watcher *watcher, uint32_t index,
					 uint32_t set);
uint32_t watcher_count_members(struct watcher *watcher, uint32_t set);
/* Do names that come now belong to its window? */
bool watcher_takes_names(const struct watcher *watcher, const struct watched *watched);
void watcher_thaw(struct watched *watched);

/* ---- what a report lacks: watcher_losses.c ---- */
/* Of the names that it was to wait for, if patience came to its end. */
void watcher_note_late_names(struct watcher *watcher, struct watched *watched,
			     struct session_health *health);
/* What is known once the report has been made. */
void watcher_add_reasons(struct watcher *watcher, struct watched *watched,
			 const struct report *report);

/* Closes a session whose client is gone. */
void watcher_forget(struct watcher *watcher, struct watched *watched);

#endif
