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
	uint64_t lost_locks; /* waits for futexes that found no row */
	uint64_t deep_joins; /* tasks that came into a cgroup too deep to see all its parents */
	uint64_t lost_joins; /* processes that came into a watched cgroup and could not be marked */
	uint64_t sampled_ns; /* 0: not measured */
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

uint32_t session_set(const struct session *session);
/* Its part on locks: the watcher shows it the tables, and it fills its rows of the report. */
struct lock_window *session_locks(const struct session *session);

/* The window opens: first look at the set, then at each CPU and each member thread. */
void session_open(struct session *session, uint64_t now_ns, const char *started_at,
		  const struct set_totals *set);
void session_open_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
		      const struct culprit_table *culprits);
/* `slot` is a consistent copy. -ENOMEM. */
int session_open_thread(struct session *session, uint32_t index, const struct thread_slot *slot);

/*
 * The picture over time: the clock is started once, with the width of the first columns; then,
 * whenever session_column_due() says so, every live member is shown and the column is closed.
 */
void session_timeline_start(struct session *session, uint64_t column_ns);
bool session_column_due(const struct session *session, uint64_t now_ns, uint64_t slack_ns);
int session_column_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  uint64_t now_ns);
void session_column_close(struct session *session, uint64_t now_ns);

/* What /proc says of a process (start 0: the newest of its PID); NO_VALUE and NULL leave what is
 * known. */
int session_process(struct session *session, uint32_t pid, uint64_t start_ktime_ns,
		    const char *name, const char *command, uint64_t rss_bytes, uint64_t pss_bytes);

/* A member has made its last switch. */
int session_exit(struct session *session, uint32_t index, const struct thread_slot *slot);

/* A report is made of the same looks again, with the threads that still live. */
int session_report_begin(struct session *session, uint64_t now_ns, const struct set_totals *set);
void session_report_cpu(struct session *session, uint32_t cpu, const struct cpu_totals *totals,
			const struct culprit_table *culprits);
/* `frames`: where it waits, when that is known. */
int session_report_thread(struct session *session, uint32_t index, const struct thread_slot *slot,
			  const struct report_frame *frames, size_t frames_count);
/* The report is the session's and valid until the next session_report_begin(). */
struct report *session_report_end(struct session *session, const struct report_host *host,
				  const struct session_health *health);

const char *session_kind(const struct session *session);
const char *session_started_at(const struct session *session);
uint64_t session_opened_ns(const struct session *session);

#endif
