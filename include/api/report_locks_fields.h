/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of the report's part on locks; see report_fields.h, which includes this. */
#ifndef PARTRACE_API_REPORT_LOCKS_FIELDS_H
#define PARTRACE_API_REPORT_LOCKS_FIELDS_H

static const struct field report_stack_fields[] = {
	FIELD(FIELD_TEXT, struct report_stack, role, "role"),
	FIELD(FIELD_U64, struct report_stack, waits, "waits"),
	FIELD(FIELD_U64, struct report_stack, wait_ns, "wait_ns"),
	FIELD(FIELD_TEXT, struct report_stack, end, "end"),
	FIELD_LASTING_ROWS(struct report_stack, frames, frames_count, "frames",
			   report_frame_fields),
	{ 0 },
};

static const struct field report_place_fields[] = {
	FIELD(FIELD_TEXT, struct report_place, module, "module"),
	FIELD(FIELD_TEXT, struct report_place, symbol, "symbol"),
	FIELD(FIELD_U64, struct report_place, offset, "offset"),
	FIELD(FIELD_TEXT, struct report_place, mapping, "mapping"),
	FIELD(FIELD_TEXT, struct report_place, file, "file"),
	FIELD(FIELD_U64, struct report_place, line, "line"),
	{ 0 },
};

static const struct field report_holder_fields[] = {
	FIELD(FIELD_U64, struct report_holder, tid, "tid"),
	FIELD(FIELD_U64, struct report_holder, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_holder, name, "name"),
	FIELD(FIELD_U64, struct report_holder, blocked_others_ns, "blocked_others_ns"),
	FIELD(FIELD_U64, struct report_holder, releases, "releases"),
	FIELD(FIELD_TEXT, struct report_holder, evidence, "evidence"),
	{ 0 },
};

static const struct field report_waiter_fields[] = {
	FIELD(FIELD_U64, struct report_waiter, tid, "tid"),
	FIELD(FIELD_U64, struct report_waiter, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_waiter, name, "name"),
	FIELD(FIELD_U64, struct report_waiter, waits, "waits"),
	FIELD(FIELD_U64, struct report_waiter, wait_ns, "wait_ns"),
	{ 0 },
};

static const struct field report_holder_state_fields[] = {
	FIELD(FIELD_U64, struct report_holder_state, running, "running"),
	FIELD(FIELD_U64, struct report_holder_state, ready, "ready"),
	FIELD(FIELD_U64, struct report_holder_state, lock, "lock"),
	FIELD(FIELD_U64, struct report_holder_state, io, "io"),
	FIELD(FIELD_U64, struct report_holder_state, other, "other"),
	{ 0 },
};

static const struct field report_lock_fields[] = {
	FIELD(FIELD_TEXT, struct report_lock, id, "id"),
	FIELD(FIELD_TEXT, struct report_lock, name, "name"),
	FIELD(FIELD_TEXT, struct report_lock, kind, "kind"),
	FIELD(FIELD_REAL, struct report_lock, confidence, "confidence"),
	FIELD(FIELD_BOOL, struct report_lock, contended, "contended"),
	FIELD(FIELD_BOOL, struct report_lock, shared, "shared"),
	FIELD(FIELD_U64, struct report_lock, pid, "pid"),
	FIELD_NESTED(FIELD_OBJECT, struct report_lock, place, "place", report_place_fields),
	FIELD(FIELD_U64, struct report_lock, waits, "waits"),
	FIELD(FIELD_U64, struct report_lock, wait_ns, "wait_ns"),
	FIELD(FIELD_U64, struct report_lock, blocked_ns, "blocked_ns"),
	FIELD(FIELD_U64, struct report_lock, max_wait_ns, "max_wait_ns"),
	FIELD(FIELD_U64, struct report_lock, timeouts, "timeouts"),
	FIELD_ROWS(struct report_lock, histogram, histogram_count, "histogram",
		   report_bucket_fields),
	FIELD(FIELD_U64, struct report_lock, waiting_now, "waiting_now"),
	FIELD_ROWS(struct report_lock, holders, holders_count, "holders", report_holder_fields),
	FIELD(FIELD_U64, struct report_lock, more_holders, "more_holders"),
	FIELD(FIELD_U64, struct report_lock, more_holders_ns, "more_holders_ns"),
	FIELD(FIELD_U64, struct report_lock, unattributed_ns, "unattributed_ns"),
	FIELD(FIELD_U64, struct report_lock, excess_ns, "excess_ns"),
	FIELD_ROWS(struct report_lock, waiters, waiters_count, "waiters", report_waiter_fields),
	FIELD(FIELD_U64, struct report_lock, more_waiters, "more_waiters"),
	FIELD(FIELD_U64, struct report_lock, more_waiters_ns, "more_waiters_ns"),
	FIELD_NESTED(FIELD_OBJECT, struct report_lock, holder_state_ns, "holder_state_ns",
		     report_holder_state_fields),
	FIELD(FIELD_TEXT, struct report_lock, holder_waits_for, "holder_waits_for"),
	FIELD(FIELD_U64, struct report_lock, owner_tid, "owner_tid"),
	FIELD(FIELD_REAL, struct report_lock, fairness, "fairness"),
	FIELD(FIELD_REAL, struct report_lock, convoy, "convoy"),
	FIELD_ROWS(struct report_lock, stacks, stacks_count, "stacks", report_stack_fields),
	FIELD(FIELD_U64, struct report_lock, stackless_ns, "stackless_ns"),
	FIELD(FIELD_U64, struct report_lock, members, "members"),
	FIELD(FIELD_TEXT, struct report_lock, crowd, "crowd"),
	{ 0 },
};

static const struct field report_deadlocked_fields[] = {
	FIELD(FIELD_U64, struct report_deadlocked, tid, "tid"),
	FIELD(FIELD_U64, struct report_deadlocked, pid, "pid"),
	FIELD(FIELD_TEXT, struct report_deadlocked, name, "name"),
	FIELD(FIELD_TEXT, struct report_deadlocked, waits_for, "waits_for"),
	FIELD(FIELD_TEXT, struct report_deadlocked, lock, "lock"),
	FIELD(FIELD_TEXT, struct report_deadlocked, lock_name, "lock_name"),
	FIELD(FIELD_U64, struct report_deadlocked, held_by_tid, "held_by_tid"),
	FIELD(FIELD_I64, struct report_deadlocked, since_ns, "since_ns"),
	FIELD(FIELD_TEXT, struct report_deadlocked, end, "end"),
	FIELD_ROWS(struct report_deadlocked, frames, frames_count, "frames", report_frame_fields),
	{ 0 },
};

static const struct field report_deadlock_fields[] = {
	FIELD_ROWS(struct report_deadlock, threads, threads_count, "threads",
		   report_deadlocked_fields),
	{ 0 },
};

static const struct field report_more_locks_fields[] = {
	FIELD(FIELD_U64, struct report_more_locks, locks, "locks"),
	FIELD(FIELD_U64, struct report_more_locks, waits, "waits"),
	FIELD(FIELD_U64, struct report_more_locks, wait_ns, "wait_ns"),
	FIELD(FIELD_U64, struct report_more_locks, lost_waits, "lost_waits"),
	FIELD(FIELD_U64, struct report_more_locks, lost_ns, "lost_ns"),
	FIELD(FIELD_U64, struct report_more_locks, lost_people, "lost_people"),
	{ 0 },
};

#endif
