/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: one client's window over counters that only grow. The watcher feeds it looks at the shared
 * memory and facts from /proc; it keeps the first look, what has exited since, and makes reports.
 *
 * Memory is bounded: a first look for each thread that lived at the start, SESSION_EXITED_ROWS rows
 * of exited threads (the rest are folded into their process), SESSION_PROCESS_ROWS processes (the
 * rest are folded into one row of PID 0).
 */
#ifndef PARTRACE_MODEL_SESSION_H
#define PARTRACE_MODEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/thread.h"
#include "abi/totals.h"
#include "api/report.h"
#include "daemon/model/code_window.h"
#include "daemon/model/lock_window.h"

#define SESSION_EXITED_ROWS  4096
#define SESSION_PROCESS_ROWS 4096

struct session;

/* The numbers behind probes{} and completeness{}, as differences over the window. */
struct session_health {
	uint64_t lost_records;
	uint64_t untracked_threads;
	uint64_t recursion_misses;
	uint64_t lost_stacks;
	uint64_t
		lost_edges; /* rows of a thread and a lock: waiters and holders that are not told */
	uint64_t lost_locks; /* waits for futexes that found no row */
	uint64_t late_homes; /* shared locks of which one process's waits were apart for a while */
	uint64_t deep_joins; /* tasks that came into a cgroup too deep to see all its parents */
	uint64_t lost_samples;     /* of code */
	uint64_t sample_period_ns; /* 0: code is not sampled, and the note says why */
	const char *sample_note;
	uint64_t late_stacks; /* whose names had not come when the report was made, as the next */
	uint64_t late_places; /* of locks */
	uint64_t unnamed;     /* names of code that found no room in the daemon's memory */
	uint64_t unopened;    /* times that a file with names was not opened: too many are */
	uint64_t lost_joins; /* processes that came into a watched cgroup and could not be marked */
	uint64_t lost_quotas; /* CPU quotas of cgroups that found no row */
	uint64_t sampled_ns;  /* 0: not measured */
	double ns_per_event;
	double share_of_cpu;
};

/*
 * `set` is the session's index among the sets; `slots` the bound on slot indexes. The target's
 * texts are copied. NULL when out of memory.
 */
struct session *session_new(uint32_t set, uint32_t slots, uint32_t cpus,
			    const struct report_target *target);
void session_free(struct session *session);

/* As session_new() was told. */
uint32_t session_set(const struct session *session);
/* Its part on locks: the watcher shows it the tables, and it fills its rows of the report. */
struct lock_window *session_locks(const struct session *session);
/* Its part on code, likewise. */
struct code_window *session_code(const struct session *session);

/* The window opens: first look at the set, then at each CPU and each member thread. */
void session_open(struct session *session, uint64_t now_ns, const char *started_at,
		  const struct set_totals *set);
void session_open_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
		      const struct culprit_table *culprits);
/* `slot` is a consistent copy. -EINVAL: no such slot; -ENOMEM. */
int session_open_thread(struct session *session, uint32_t index, const struct thread_slot *slot);
/*
 * The same of a thread that becomes a member later and was another session's until now: what it has
 * done so far is not this window's.
 */
int session_join_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			uint64_t now_ns, const struct set_totals *set);

/*
 * The picture over time: the clock is started once, with the width of the first columns; then,
 * whenever session_column_due() says so, every live member is shown and the column is closed.
 * Times are run-queue clock. -EINVAL: no such slot; -ENOMEM.
 */
void session_timeline_start(struct session *session, uint64_t column_ns);
bool session_column_due(const struct session *session, uint64_t now_ns, uint64_t slack_ns);
int session_column_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  uint64_t now_ns);
void session_column_close(struct session *session, uint64_t now_ns);

/*
 * What a thread was started for (thread_start.h), known by a stack of it; it may have ended since.
 * The text is borrowed for as long as the session lives.
 */
void session_note_start(struct session *session, uint32_t index, uint32_t generation,
			const char *function);
/* Whether to ask for a stack of it, because that is not known: true a few times for each thread. */
bool session_wants_start(struct session *session, uint32_t index, uint32_t generation);

/*
 * What /proc says of a process (start 0: the newest of its PID); NO_VALUE and NULL leave what is
 * known.
 */
int session_process(struct session *session, uint32_t pid, uint64_t start_ktime_ns,
		    const char *name, const char *command, uint64_t rss_bytes, uint64_t pss_bytes);
/* It executes another program: what its memory was is no longer known. */
void session_forget_memory(struct session *session, uint32_t pid, uint64_t start_ktime_ns);

/* A member has made its last switch. -EINVAL: no such slot; -ENOMEM: it has no row. */
int session_exit(struct session *session, uint32_t index, const struct thread_slot *slot);

/*
 * A report with so many threads is about to be made: their room, whose pages cost as much as what
 * is put there, is made already, in an earlier turn of the event loop. Without memory it is not.
 */
void session_expect_threads(struct session *session, size_t count);
/* A report is made of the same looks again, with the threads that still live. -ENOMEM. */
int session_report_begin(struct session *session, uint64_t now_ns, const struct set_totals *set);
void session_report_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
			const struct culprit_table *culprits);
/* `stack`: where it waits, when that is known; `show` it in its row, too. */
int session_report_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  const struct standing_stack *stack, bool show);
/* The report is the session's and valid until the next session_report_begin(). */
struct report *session_report_end(struct session *session, const struct report_host *host,
				  const struct session_health *health);
/*
 * Besides what the health tells: what the report that was ended last lacks, in words. There is room
 * for two.
 */
void session_add_reason(struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As it was opened with: the target's kind, and the instant as text (RFC 3339) and on its clock. */
const char *session_kind(const struct session *session);
const char *session_started_at(const struct session *session);
uint64_t session_opened_ns(const struct session *session);

#endif
