/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of where time went and of the run queue; see report_fields.h, which includes this. */
#ifndef PARTRACE_API_REPORT_FIGURES_FIELDS_H
#define PARTRACE_API_REPORT_FIGURES_FIELDS_H

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
	FIELD(FIELD_U64, struct report_run_queue, more_own_ns, "more_own_ns"),
	FIELD(FIELD_U64, struct report_run_queue, earlier_ns, "earlier_ns"),
	FIELD(FIELD_U64, struct report_run_queue, short_ns, "short_ns"),
	{ 0 },
};

#endif
