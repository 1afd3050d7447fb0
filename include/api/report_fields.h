/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every key of the report, once: where it stands in the structs of report.h and what it is. The
 * daemon's encoder and the client's decoder both walk these tables, so that they cannot disagree.
 * The order here is the order in the document.
 */
#ifndef PARTRACE_API_REPORT_FIELDS_H
#define PARTRACE_API_REPORT_FIELDS_H

#include "api/report.h"
#include "base/owned.h"

enum field_kind {
	FIELD_U64,     /* uint64_t; NO_VALUE is null */
	FIELD_I64,     /* int64_t */
	FIELD_REAL,    /* double; NaN is null */
	FIELD_BOOL,    /* bool */
	FIELD_TEXT,    /* const char *; NULL is null */
	FIELD_OBJECT,  /* a struct inside this one, an object of its own in the document */
	FIELD_EMBED,   /* a struct inside this one whose keys stand among this one's */
	FIELD_LIST,    /* array of structs: pointer, and a size_t count */
	FIELD_U64S,    /* array of uint64_t */
	FIELD_U8S,     /* array of uint8_t */
	FIELD_TEXTS,   /* array of const char * */
	FIELD_FIGURES, /* array of struct report_evidence, an object in the document */
	FIELD_ABSENT,  /* in no struct: null, until the client knows better */
};

/* A table ends with a field that has no name. */
struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t count_offset;        /* of the lists */
	size_t size;                /* of one element of a FIELD_LIST */
	const struct field *fields; /* of objects and lists */
};

#define FIELD(kind_, type, member, key)                                                            \
	{                                                                                          \
		.name = key, .kind = kind_, .offset = offsetof(type, member)                       \
	}
#define FIELD_NESTED(kind_, type, member, key, table)                                              \
	{                                                                                          \
		.name = key, .kind = kind_, .offset = offsetof(type, member), .fields = table      \
	}
#define FIELD_ARRAY(kind_, type, member, counter, key)                                             \
	{                                                                                          \
		.name = key, .kind = kind_, .offset = offsetof(type, member),                      \
		.count_offset = offsetof(type, counter)                                            \
	}
#define FIELD_ROWS(type, member, counter, key, table)                                              \
	{                                                                                          \
		.name = key, .kind = FIELD_LIST, .offset = offsetof(type, member),                 \
		.count_offset = offsetof(type, counter), .size = sizeof(*((type *)0)->member),     \
		.fields = table                                                                    \
	}

static const struct field report_host_fields[] = {
	FIELD(FIELD_TEXT, struct report_host, kernel, "kernel"),
	FIELD(FIELD_U64, struct report_host, cpus, "cpus"),
	FIELD(FIELD_TEXT, struct report_host, cpu_model, "cpu_model"),
	FIELD(FIELD_U64, struct report_host, memory_bytes, "memory_bytes"),
	{ 0 },
};

static const struct field report_target_fields[] = {
	FIELD(FIELD_TEXT, struct report_target, kind, "kind"),
	FIELD(FIELD_TEXT, struct report_target, what, "what"),
	FIELD(FIELD_TEXT, struct report_target, workload, "workload"),
	FIELD(FIELD_TEXT, struct report_target, runtime, "runtime"),
	FIELD(FIELD_TEXT, struct report_target, mode, "mode"),
	FIELD(FIELD_U64, struct report_target, workers, "workers"),
	FIELD_ARRAY(FIELD_TEXTS, struct report_target, command, command_count, "command"),
	FIELD_ARRAY(FIELD_U64S, struct report_target, pids, pids_count, "pids"),
	{ 0 },
};

static const struct field report_window_fields[] = {
	FIELD(FIELD_TEXT, struct report_window, started_at, "started_at"),
	FIELD(FIELD_U64, struct report_window, duration_ns, "duration_ns"),
	{ 0 },
};

static const struct field report_syscall_fields[] = {
	FIELD(FIELD_TEXT, struct report_syscall, name, "name"),
	FIELD(FIELD_TEXT, struct report_syscall, file, "file"),
	FIELD(FIELD_U64, struct report_syscall, count, "count"),
	FIELD(FIELD_U64, struct report_syscall, time_ns, "time_ns"),
	{ 0 },
};

static const struct field report_wait_fields[] = {
	FIELD(FIELD_U64, struct report_wait, count, "count"),
	FIELD(FIELD_U64, struct report_wait, time_ns, "time_ns"),
	FIELD(FIELD_U64, struct report_wait, ready_ns, "ready_ns"),
	FIELD_ROWS(struct report_wait, syscalls, syscalls_count, "syscalls", report_syscall_fields),
	{ 0 },
};

#define FIELD_WAIT(cause, key)                                                                     \
	FIELD_NESTED(FIELD_OBJECT, struct report_figures, waits[cause], key, report_wait_fields)

static const struct field report_waits_fields[] = {
	FIELD_WAIT(WAIT_LOCK, "lock"),
	FIELD_WAIT(WAIT_CONDITION, "condition"),
	FIELD_WAIT(WAIT_IO, "io"),
	FIELD_WAIT(WAIT_IPC, "ipc"),
	FIELD_WAIT(WAIT_POLL, "poll"),
	FIELD_WAIT(WAIT_SLEEP, "sleep"),
	FIELD_WAIT(WAIT_CHILD, "child"),
	FIELD_WAIT(WAIT_FAULT, "fault"),
	FIELD_WAIT(WAIT_STOPPED, "stopped"),
	FIELD_WAIT(WAIT_OTHER, "other"),
	{ 0 },
};
_Static_assert(ARRAY_LEN(report_waits_fields) == WAIT_COUNT + 1, "a key for every wait");

static const struct field report_switches_fields[] = {
	FIELD(FIELD_U64, struct report_figures, voluntary, "voluntary"),
	FIELD(FIELD_U64, struct report_figures, involuntary, "involuntary"),
	{ 0 },
};

/* switches{} and waits{} are objects over the members of the same struct: offset 0. */
static const struct field report_figures_fields[] = {
	FIELD(FIELD_U64, struct report_figures, running_ns, "running_ns"),
	FIELD(FIELD_U64, struct report_figures, ready_ns, "ready_ns"),
	FIELD(FIELD_U64, struct report_figures, waiting_ns, "waiting_ns"),
	{ .name = "switches", .kind = FIELD_OBJECT, .fields = report_switches_fields },
	FIELD(FIELD_U64, struct report_figures, migrations, "migrations"),
	FIELD(FIELD_U64, struct report_figures, stolen_ns, "stolen_ns"),
	FIELD(FIELD_U64, struct report_figures, yields, "yields"),
	{ .name = "waits", .kind = FIELD_OBJECT, .fields = report_waits_fields },
	{ 0 },
};

static const struct field report_bucket_fields[] = {
	FIELD(FIELD_U64, struct report_bucket, up_to_ns, "up_to_ns"),
	FIELD(FIELD_U64, struct report_bucket, count, "count"),
	{ 0 },
};

static const struct field report_run_queue_fields[] = {
	FIELD(FIELD_U64, struct report_run_queue, count, "count"),
	FIELD(FIELD_U64, struct report_run_queue, mean_ns, "mean_ns"),
	FIELD(FIELD_U64, struct report_run_queue, p50_ns, "p50_ns"),
	FIELD(FIELD_U64, struct report_run_queue, p90_ns, "p90_ns"),
	FIELD(FIELD_U64, struct report_run_queue, p99_ns, "p99_ns"),
	FIELD(FIELD_U64, struct report_run_queue, max_ns, "max_ns"),
	FIELD_ROWS(struct report_run_queue, histogram, histogram_count, "histogram",
		   report_bucket_fields),
	{ 0 },
};

static const struct field report_culprit_fields[] = {
	FIELD(FIELD_U64, struct report_culprit, tid, "tid"),
	FIELD(FIELD_U64, struct report_culprit, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_culprit, name, "name"),
	FIELD(FIELD_TEXT, struct report_culprit, kind, "kind"),
	FIELD(FIELD_U64, struct report_culprit, ahead_ns, "ahead_ns"),
	FIELD(FIELD_U64, struct report_culprit, ahead, "ahead"),
	FIELD(FIELD_U64, struct report_culprit, taken_ns, "taken_ns"),
	FIELD(FIELD_U64, struct report_culprit, taken, "taken"),
	{ 0 },
};

/* The whole target's run queue: its figures and who stood in the way. */
static const struct field report_whole_run_queue_fields[] = {
	{ .name = "run_queue", .kind = FIELD_EMBED, .fields = report_run_queue_fields },
	FIELD_ROWS(struct report_run_queue, culprits, culprits_count, "culprits",
		   report_culprit_fields),
	FIELD(FIELD_U64, struct report_run_queue, idle_ns, "idle_ns"),
	FIELD(FIELD_U64, struct report_run_queue, more_ns, "more_ns"),
	FIELD(FIELD_U64, struct report_run_queue, short_ns, "short_ns"),
	{ 0 },
};

static const struct field report_transitions_fields[] = {
	FIELD(FIELD_U64, struct report_transitions, ready_to_running, "ready_to_running"),
	FIELD(FIELD_U64, struct report_transitions, running_to_ready, "running_to_ready"),
	FIELD(FIELD_U64, struct report_transitions, running_to_waiting, "running_to_waiting"),
	FIELD(FIELD_U64, struct report_transitions, waiting_to_ready, "waiting_to_ready"),
	{ 0 },
};

static const struct field report_totals_fields[] = {
	FIELD(FIELD_U64, struct report_totals, processes, "processes"),
	FIELD(FIELD_U64, struct report_totals, threads, "threads"),
	FIELD_NESTED(FIELD_EMBED, struct report_totals, figures, "", report_figures_fields),
	{ 0 },
};

static const struct field report_parallelism_fields[] = {
	FIELD(FIELD_REAL, struct report_parallelism, mean, "mean"),
	FIELD(FIELD_U64, struct report_parallelism, max, "max"),
	FIELD_ARRAY(FIELD_U64S, struct report_parallelism, time_at_level_ns, levels,
		    "time_at_level_ns"),
	FIELD(FIELD_U64, struct report_parallelism, late_ns, "late_ns"),
	FIELD(FIELD_U64, struct report_parallelism, unsettled, "unsettled"),
	{ 0 },
};

static const struct field report_cpu_fields[] = {
	FIELD(FIELD_U64, struct report_cpu, cpu, "cpu"),
	FIELD(FIELD_U64, struct report_cpu, target_ns, "target_ns"),
	FIELD(FIELD_U64, struct report_cpu, other_ns, "other_ns"),
	FIELD(FIELD_U64, struct report_cpu, idle_ns, "idle_ns"),
	FIELD(FIELD_U64, struct report_cpu, stolen_ns, "stolen_ns"),
	{ 0 },
};

static const struct field report_quota_fields[] = {
	FIELD(FIELD_TEXT, struct report_quota, cgroup, "cgroup"),
	FIELD(FIELD_REAL, struct report_quota, cpus, "cpus"),
	FIELD(FIELD_U64, struct report_quota, watched_ns, "watched_ns"),
	FIELD(FIELD_U64, struct report_quota, throttled_ns, "throttled_ns"),
	FIELD(FIELD_U64, struct report_quota, periods, "periods"),
	FIELD(FIELD_U64, struct report_quota, throttled_periods, "throttled_periods"),
	{ 0 },
};

static const struct field report_memory_fields[] = {
	FIELD(FIELD_U64, struct report_process, rss_bytes, "rss_bytes"),
	FIELD(FIELD_U64, struct report_process, pss_bytes, "pss_bytes"),
	{ 0 },
};

static const struct field report_process_fields[] = {
	FIELD(FIELD_U64, struct report_process, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_process, name, "name"),
	FIELD(FIELD_TEXT, struct report_process, command, "command"),
	FIELD(FIELD_U64, struct report_process, threads, "threads"),
	FIELD(FIELD_U64, struct report_process, folded, "folded_threads"),
	{ .name = "memory", .kind = FIELD_OBJECT, .fields = report_memory_fields },
	FIELD_NESTED(FIELD_EMBED, struct report_process, figures, "", report_figures_fields),
	{ 0 },
};

static const struct field report_frame_fields[] = {
	FIELD(FIELD_TEXT, struct report_frame, function, "function"),
	FIELD(FIELD_U64, struct report_frame, offset, "offset"),
	FIELD(FIELD_TEXT, struct report_frame, module, "module"),
	FIELD(FIELD_TEXT, struct report_frame, file, "file"),
	FIELD(FIELD_U64, struct report_frame, line, "line"),
	FIELD(FIELD_TEXT, struct report_frame, kind, "kind"),
	{ 0 },
};

static const struct field report_life_fields[] = {
	FIELD_ARRAY(FIELD_U8S, struct report_life, running.percent, running.columns, "running"),
	FIELD_ARRAY(FIELD_U8S, struct report_life, ready.percent, ready.columns, "ready"),
	FIELD_ARRAY(FIELD_U8S, struct report_life, waiting.percent, waiting.columns, "waiting"),
	{ 0 },
};

static const struct field report_timeline_fields[] = {
	FIELD(FIELD_U64, struct report_timeline, columns, "columns"),
	FIELD(FIELD_U64, struct report_timeline, column_ns, "column_ns"),
	{ 0 },
};

static const struct field report_thread_fields[] = {
	FIELD(FIELD_U64, struct report_thread, tid, "tid"),
	FIELD(FIELD_U64, struct report_thread, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_thread, name, "name"),
	FIELD(FIELD_TEXT, struct report_thread, state, "state"),
	FIELD(FIELD_I64, struct report_thread, started_ns, "started_ns"),
	FIELD(FIELD_U64, struct report_thread, exited_ns, "exited_ns"),
	FIELD(FIELD_I64, struct report_thread, since_ns, "since_ns"),
	FIELD(FIELD_U64, struct report_thread, born_ready_ns, "born_ready_ns"),
	FIELD_NESTED(FIELD_OBJECT, struct report_thread, transitions, "transitions",
		     report_transitions_fields),
	FIELD_NESTED(FIELD_EMBED, struct report_thread, figures, "", report_figures_fields),
	FIELD(FIELD_U64, struct report_thread, criticality_ns, "criticality_ns"),
	FIELD_NESTED(FIELD_OBJECT, struct report_thread, run_queue, "run_queue",
		     report_run_queue_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report_thread, life, "life", report_life_fields),
	FIELD(FIELD_TEXT, struct report_thread, start, "start"),
	FIELD(FIELD_TEXT, struct report_thread, syscall, "syscall"),
	FIELD(FIELD_TEXT, struct report_thread, waits_for, "waits_for"),
	FIELD_ROWS(struct report_thread, frames, frames_count, "frames", report_frame_fields),
	{ 0 },
};

#include "api/report_locks_fields.h"
#include "api/report_code_fields.h"

static const struct field report_finding_fields[] = {
	FIELD(FIELD_TEXT, struct report_finding, id, "id"),
	FIELD(FIELD_TEXT, struct report_finding, severity, "severity"),
	FIELD(FIELD_REAL, struct report_finding, confidence, "confidence"),
	FIELD(FIELD_TEXT, struct report_finding, title, "title"),
	FIELD(FIELD_TEXT, struct report_finding, detail, "detail"),
	FIELD_ARRAY(FIELD_FIGURES, struct report_finding, evidence, evidence_count, "evidence"),
	FIELD(FIELD_TEXT, struct report_finding, advice, "advice"),
	{ 0 },
};

static const struct field report_probes_fields[] = {
	FIELD(FIELD_U64, struct report_probes, events, "events"),
	FIELD(FIELD_REAL, struct report_probes, ns_per_event, "ns_per_event"),
	FIELD(FIELD_REAL, struct report_probes, share_of_cpu, "share_of_cpu"),
	FIELD(FIELD_U64, struct report_probes, sampled_ns, "sampled_ns"),
	{ 0 },
};

static const struct field report_completeness_fields[] = {
	FIELD(FIELD_BOOL, struct report_completeness, complete, "complete"),
	FIELD(FIELD_U64, struct report_completeness, lost_records, "lost_records"),
	FIELD(FIELD_U64, struct report_completeness, untracked_threads, "untracked_threads"),
	FIELD(FIELD_U64, struct report_completeness, lost_stacks, "lost_stacks"),
	FIELD(FIELD_U64, struct report_completeness, short_stacks, "short_stacks"),
	FIELD(FIELD_U64, struct report_completeness, lost_samples, "lost_samples"),
	FIELD(FIELD_U64, struct report_completeness, clamped, "clamped"),
	FIELD(FIELD_U64, struct report_completeness, missed_switches, "missed_switches"),
	FIELD_ARRAY(FIELD_TEXTS, struct report_completeness, reasons, reasons_count, "reasons"),
	{ 0 },
};

static const struct field report_fields[] = {
	FIELD(FIELD_TEXT, struct report, schema, "schema"),
	FIELD(FIELD_TEXT, struct report, partrace, "partrace"),
	FIELD_NESTED(FIELD_OBJECT, struct report, host, "host", report_host_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, target, "target", report_target_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, window, "window", report_window_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, totals, "totals", report_totals_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, parallelism, "parallelism",
		     report_parallelism_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, run_queue, "run_queue",
		     report_whole_run_queue_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, timeline, "timeline", report_timeline_fields),
	FIELD_ROWS(struct report, cpus, cpus_count, "cpus", report_cpu_fields),
	FIELD_ROWS(struct report, quotas, quotas_count, "quotas", report_quota_fields),
	FIELD_ROWS(struct report, processes, processes_count, "processes", report_process_fields),
	FIELD_ROWS(struct report, threads, threads_count, "threads", report_thread_fields),
	FIELD_ROWS(struct report, locks, locks_count, "locks", report_lock_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, more_locks, "more_locks",
		     report_more_locks_fields),
	FIELD_ARRAY(FIELD_TEXTS, struct report, notes, notes_count, "notes"),
	FIELD_ROWS(struct report, deadlocks, deadlocks_count, "deadlocks", report_deadlock_fields),
	FIELD_ROWS(struct report, code, code_count, "code", report_code_fields),
	FIELD_ROWS(struct report, code_stacks, code_stacks_count, "code_stacks",
		   report_code_stack_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, sampling, "sampling", report_sampling_fields),
	FIELD(FIELD_TEXT, struct report, verdict, "verdict"),
	FIELD_ROWS(struct report, findings, findings_count, "findings", report_finding_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, probes, "probes", report_probes_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, completeness, "completeness",
		     report_completeness_fields),
	{ .name = "workload", .kind = FIELD_ABSENT }, /* of `run`, which sets it */
	{ 0 },
};

/* What /timeline answers: of each thread only who it is and its life. */
static const struct field report_thread_life_fields[] = {
	FIELD(FIELD_U64, struct report_thread, tid, "tid"),
	FIELD(FIELD_U64, struct report_thread, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_thread, name, "name"),
	FIELD(FIELD_TEXT, struct report_thread, state, "state"),
	FIELD(FIELD_I64, struct report_thread, started_ns, "started_ns"),
	FIELD(FIELD_U64, struct report_thread, exited_ns, "exited_ns"),
	FIELD_NESTED(FIELD_OBJECT, struct report_thread, life, "life", report_life_fields),
	{ 0 },
};

static const struct field report_lives_fields[] = {
	FIELD_NESTED(FIELD_OBJECT, struct report, window, "window", report_window_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, timeline, "timeline", report_timeline_fields),
	FIELD_ROWS(struct report, threads, threads_count, "threads", report_thread_life_fields),
	{ 0 },
};

/* What /totals answers: the sums alone, cheap to ask for often. */
static const struct field report_sums_fields[] = {
	FIELD_NESTED(FIELD_OBJECT, struct report, window, "window", report_window_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, totals, "totals", report_totals_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, parallelism, "parallelism",
		     report_parallelism_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, probes, "probes", report_probes_fields),
	FIELD_NESTED(FIELD_OBJECT, struct report, completeness, "completeness",
		     report_completeness_fields),
	{ 0 },
};

#endif
