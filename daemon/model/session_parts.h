/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a session, shared by session.c (it opens), session_rows.c (threads),
 * session_starts.c, session_cpus.c, session_timeline.c, session_completeness.c and
 * session_report.c (the document).
 */
#ifndef PARTRACE_MODEL_SESSION_PARTS_H
#define PARTRACE_MODEL_SESSION_PARTS_H

#include "daemon/model/buckets.h"
#include "daemon/model/culprits.h"
#include "daemon/model/life.h"
#include "daemon/model/process.h"
#include "daemon/model/session.h"
#include "daemon/model/thread.h"
#include "daemon/model/waits.h"

#define REASONS_COUNTED 15
#define REASONS_MAX     (REASONS_COUNTED + 2) /* and those of session_add_reason() */

struct first_look {
	uint32_t generation;
	struct thread_values values;
};

struct cpu_look {
	uint64_t idle_ns;
	uint64_t stolen_ns;
	uint64_t target_ns;
};

struct cpu_row {
	struct cpu_look look;
	bool online; /* looked at for this report */
};

/* A live thread's picture so far. */
struct thread_life {
	uint32_t generation;
	struct life life;
};

/* What a thread in a slot was started for. */
struct thread_start {
	uint32_t generation;
	uint32_t asked; /* how often its stack was asked for */
	const char *function;
};

/* A row and what it points to. */
struct thread_row {
	uint32_t index, generation; /* of its slot */
	struct report_thread row;
	char name[COMM_LEN + 1];
	struct life life;
	struct syscall_totals syscalls[SYSCALL_ROWS];
	struct bucket_range buckets; /* of the session's exited_buckets or row_buckets */
};

struct session_sums {
	struct report_figures figures;
	uint64_t run_queue[HISTOGRAM_BUCKETS];
	struct wait_sums waits;
	uint64_t max_ready_ns;
	uint64_t clamped;
	uint64_t missed_switches;
	uint64_t threads;
};

struct session {
	uint32_t set;
	uint32_t slot_count;
	uint32_t cpu_count;
	struct report_target target; /* owned copies */
	char started_at[40];
	uint64_t opened_ns;

	/* the first look */
	struct set_totals first_set;
	struct cpu_look *first_cpus; /* [cpu_count] */
	struct culprit_sums first_culprits;
	struct first_look **first; /* [slot_count]; NULL: not there at the start */

	/* since then */
	struct life_clock clock;
	struct thread_life **lives;  /* [slot_count]; NULL: not met yet */
	struct thread_start *starts; /* [slot_count] */
	struct thread_row *exited;   /* [SESSION_EXITED_ROWS] */
	size_t exited_count;
	struct bucket_list exited_buckets;
	struct session_sums exited_sums;
	struct process_table *processes;
	struct lock_window *locks;
	struct code_window *code;

	/* the report being made */
	uint64_t now_ns;
	struct set_totals last_set;
	struct cpu_row *cpus; /* [cpu_count] */
	struct thread_row *rows;
	size_t row_count;
	size_t row_room;
	struct bucket_list row_buckets;
	struct session_sums sums;
	struct wait_move *moves; /* of the locks' */
	size_t moves_count;
	struct report report;
	struct report_cpu *report_cpus;
	struct report_process *report_processes;
	size_t report_process_count;
	struct report_thread *report_threads;
	struct life *report_lives; /* in percent */
	struct report_syscall *report_syscalls;
	struct culprit_sums culprits;
	uint64_t *report_pids;
	uint64_t levels[SET_LEVELS];
	struct report_bucket buckets[HISTOGRAM_BUCKETS];
	const char *reasons[REASONS_MAX];
	char reason_texts[REASONS_MAX][240];
};

/* Of the thread that has, or had, the slot; NULL: not known. */
const char *session_start_of(const struct session *session, uint32_t index, uint32_t generation);

/* A thread that runs when it is looked at first, or last, has used its CPU up to there. */
void session_runs_first(struct session *session, const struct thread_slot *slot, uint64_t at_ns);
void session_runs_last(struct session *session, const struct thread_slot *slot);

/* Parts of the report: session_report_end() has made room for them. */
void session_fill_cpus(struct session *session, uint64_t duration_ns);
void session_fill_completeness(struct session *session, const struct session_health *health);
/* After the totals. */
void session_fill_probes(struct session *session, const struct session_health *health);

#endif
