/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: one session's window over the probes' tables of locks. It keeps a first look at them and
 * the stacks that came since, and makes the report's rows: the words of one lock put together,
 * waits that still last counted up to now.
 *
 * Memory: a first look for each row that was taken then; at most LOCK_STACKS_MAX stacks.
 */
#ifndef PARTRACE_MODEL_LOCK_WINDOW_H
#define PARTRACE_MODEL_LOCK_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/thread.h"
#include "api/report.h"
#include "abi/totals.h"
#include "daemon/model/lock_fact.h"
#include "daemon/model/wait_moves.h"

#define LOCK_ROWS_IN_REPORT 1000
#define LOCK_PEOPLE_IN_ROW  100 /* waiters, holders; the rest is in the sums */
#define LOCK_STACKS_IN_ROW  20
#define LOCK_STACKS_MAX     8192

struct lock_window;

/* Where a thread waits now: no frames where that is not known. */
struct standing_stack {
	const struct report_frame *frames;
	size_t frames_count;
	bool whole; /* down to the thread's start */
};

/* As reports have it; NULL: there is no stack. */
static inline const char *standing_stack_end(const struct standing_stack *stack)
{
	if (!stack->frames_count)
		return NULL;
	return stack->whole ? "root" : "short";
}

/*
 * Did the lock's memory name this holder, whenever it was asked: for most of the time that others
 * waited and that answers tell of?
 */
bool lock_edge_is_owners(const struct lock_edge *edge);

static inline bool slot_waits_for_lock(const struct thread_slot *slot)
{
	return slot->state == THREAD_WAITING && slot->futex && slot->lock.row;
}

struct lock_window *lock_window_new(uint32_t set);
void lock_window_free(struct lock_window *window);

/* The window opens: first the tables, then each thread that waits for a futex. -ENOMEM. */
int lock_window_open(struct lock_window *window, const struct lock_tables *tables, uint64_t now_ns);
int lock_window_open_thread(struct lock_window *window, const struct thread_slot *slot,
			    uint64_t now_ns);
/* A thread that becomes a member later, with what it did before. -ENOMEM. */
int lock_window_join_thread(struct lock_window *window, const struct lock_tables *tables,
			    const struct thread_slot *slot, uint64_t now_ns);

/* A stack of the row, as unwound; equal ones (the same `frames`, for these are interned) add up. */
int lock_window_stack(struct lock_window *window, struct lock_ref lock, enum stack_role role,
		      uint64_t waits, uint64_t wait_ns, const struct report_frame *frames,
		      size_t frames_count, bool whole);

/* In the last report, of waits that belong under another cause than their calls say: the time that
 * no thread is known for, and that stays where it is. */
uint64_t lock_window_threadless_ns(const struct lock_window *window);

/* Stacks that were cut off before the thread's start. */
/* Those that found no room among LOCK_STACKS_MAX. */
uint64_t lock_window_lost_stacks(const struct lock_window *window);
uint64_t lock_window_short_stacks(const struct lock_window *window);

/*
 * A report: the tables, then every live thread, then the waits, which tell what was waited for
 * under another cause than the probes took it for, then the end, which fills report->locks and
 * more_locks. These are the window's, and valid until the next report begins.
 */
int lock_window_report_begin(struct lock_window *window, const struct lock_tables *tables,
			     lock_fact_fn fact_of, void *context, uint64_t now_ns);
int lock_window_report_thread(struct lock_window *window, const struct thread_slot *slot);
/* Where that thread waits now: the stack of a wait that has not ended. */
int lock_window_report_stack(struct lock_window *window, const struct thread_slot *slot,
			     const struct standing_stack *stack);
int lock_window_report_waits(struct lock_window *window, struct wait_move **ret_moves,
			     size_t *ret_count);
int lock_window_report_end(struct lock_window *window, struct report *report);

/* The id of the lock that a thread waits for, once a report has begun; NULL: for none. */
const char *lock_window_waits_for(const struct lock_window *window, const struct thread_slot *slot);

#endif
