/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about a report's locks that several outputs ask. Pure. */
#ifndef PARTRACE_REPORT_LOCKS_H
#define PARTRACE_REPORT_LOCKS_H

#include "api/report.h"
#include "cli/report/format.h"

/* Its name, else its id. */
const char *locks_name(const struct report_lock *lock);
/* The longest waited for of the contended ones, or the crowd that it is in; NULL: there is none. */
const struct report_lock *locks_foremost(const struct report *report);
/* A lock or a crowd; NULL when there is none, or `id` is NULL. */
const struct report_lock *locks_by_id(const struct report *report, const char *id);
/* The crowd that sums it; NULL: it is told by itself. */
const struct report_lock *locks_crowd_of(const struct report *report,
					 const struct report_lock *lock);

/* What it is told as: its crowd, else itself; NULL of NULL. */
const struct report_lock *locks_told(const struct report *report, const struct report_lock *lock);

/*
 * All that is waited for, each wait in one of them: crowds in place of the rows that they sum, and
 * the locks of no crowd; in the report's order, the longest waited for first. NULL: that was all.
 */
struct lock_walk {
	const struct report *report;
	size_t locks, crowds; /* that were passed */
};
const struct report_lock *locks_next(struct lock_walk *walk);

/* As a user names it: its id, its number in the report's order (from 1), or a name only it has. */
const struct report_lock *locks_find(const struct report *report, const char *which);
/* Those whose id or name is most like `which`; how many of at most `limit`. */
size_t locks_nearest(const struct report *report, const char *which, const struct report_lock **ret,
		     size_t limit);

/* NULL when it has no row. */
const struct report_thread *locks_thread(const struct report *report, uint64_t tid);
/* "compactor (4251)", "TID 4251" when it is not in the report. */
struct figure locks_thread_label(const struct report *report, uint64_t tid);

/* What its holders' shares are of: the blocked time, of which each part has one holder at most. */
uint64_t locks_blocked_ns(const struct report_lock *lock);

/* Further rows, which the report only counts; reports of earlier versions do not tell. */
uint64_t locks_more(uint64_t more);

/* Who holds it now, by its memory; 0 when nobody or not known. */
uint64_t locks_owner(const struct report_lock *lock);

/* Where the program's own code waits (or releases, or holds), equal places summed. */
struct lock_caller {
	const struct report_frame *frame;
	const struct report_stack *stack; /* the heaviest of them */
	uint64_t waits;
	uint64_t wait_ns;
};

/* The heaviest first; *ret_whole_ns is the sum over all of that role, also those without room. */
size_t locks_callers(const struct report_lock *lock, const char *role, struct lock_caller *ret,
		     size_t limit, uint64_t *ret_whole_ns);
/* Of those with frames; NULL when the role has none. */
const struct report_stack *locks_heaviest_stack(const struct report_lock *lock, const char *role);

/* Over the locks that were contended, or over those that were not; the maximum is one wait's. */
struct lock_sums {
	size_t locks;
	uint64_t waits;
	uint64_t wait_ns;
	uint64_t max_wait_ns;
	uint64_t stackless_ns;
};
struct lock_sums locks_sums(const struct report *report, bool contended);

#endif
