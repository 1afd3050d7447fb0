/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every key of the report, once: where it stands in the structs of report.h and what it is. The
 * daemon's encoder and the client's decoder both walk these tables, so that they cannot disagree.
 * The order here is the order in the document.
 */
#ifndef PARTRACE_API_REPORT_FIELDS_H
#define PARTRACE_API_REPORT_FIELDS_H

#include "api/field.h"
#include "api/report.h"
#include "base/owned.h"

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

#include "api/report_figures_fields.h"

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
	FIELD(FIELD_BOOL, struct report_process, stuck, "stuck"),
	FIELD(FIELD_U64, struct report_process, tracer_pid, "tracer_pid"),
	FIELD(FIELD_TEXT, struct report_process, tracer, "tracer"),
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
	FIELD(FIELD_TEXT, struct report_thread, cause, "cause"),
	FIELD(FIELD_TEXT, struct report_thread, syscall, "syscall"),
	FIELD(FIELD_TEXT, struct report_thread, waits_for, "waits_for"),
	FIELD_LASTING_ROWS(struct report_thread, frames, frames_count, "frames",
			   report_frame_fields),
	FIELD(FIELD_TEXT, struct report_thread, frames_end, "frames_end"),
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
	FIELD(FIELD_U64, struct report_completeness, late_stacks, "late_stacks"),
	FIELD(FIELD_U64, struct report_completeness, unchecked_processes, "unchecked_processes"),
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
	FIELD_ROWS(struct report, lock_crowds, lock_crowds_count, "lock_crowds",
		   report_lock_fields),
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
