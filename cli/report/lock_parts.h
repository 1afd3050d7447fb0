/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces that the outputs on locks are put together from. */
#ifndef PARTRACE_REPORT_LOCK_PARTS_H
#define PARTRACE_REPORT_LOCK_PARTS_H

#include "cli/report/format.h"
#include "cli/report/locks.h"
#include "cli/report/section.h"

/* From then to the window's end. Unsigned, for a saved report may say that it began at any time. */
static inline uint64_t lasting_ns(const struct report *report, int64_t since_ns)
{
	bool is_over = since_ns > 0 && (uint64_t)since_ns >= report->window.duration_ns;

	return is_over ? 0 : report->window.duration_ns - (uint64_t)since_ns;
}

#define LOCK_NAME_BYTES 160u

/* Whole percents: "90 %", "<1 %". */
struct figure lock_percent(uint64_t part, uint64_t whole);

/* Its kind; with a question mark where that is less than likely. */
struct figure lock_kind_text(const struct report_lock *lock);

/* Who waited for it, folded: worker-1…8. */
void lock_waiters_text(const struct report_lock *lock, char *ret, size_t size);

/* Its main holder, with the TID where another one has the same name; "" when none is known. */
void lock_main_holder_text(const struct report_lock *lock, char *ret, size_t size);
/* The main holder where it is most of them, else all, folded; "not known". */
void lock_holders_text(const struct report_lock *lock, char *ret, size_t size);

/* Up to `limit` rows of those that are contended, or are not; the others summed in one. */
void lock_table_print(const struct page *page, bool contended, size_t limit);

/* waiters ──wait──▶ lock ──held by──▶ holder, who stands where, and what the holder waits for. */
void lock_picture_print(const struct page *page, const struct report_lock *lock);

/* Place, waits, fairness, convoy, in words. */
void lock_facts_print(const struct page *page, const struct report_lock *lock);

/* All that is known of one. */
void lock_detail_print(const struct page *page, const struct report_lock *lock);

/* "waiter: 4,412 waits, 38.20 s, 71 % of the wait"; returns `ret`. */
const char *lock_stack_text(const struct report_lock *lock, const struct report_stack *stack,
			    char ret[LOCK_NAME_BYTES]);

/* What part of its waits no stack stands for; nothing when all have one. */
void lock_stackless_print(const struct page *page, uint64_t stackless_ns, uint64_t wait_ns);
/* The same of all contended locks, and how many stacks were lost or cut off. */
void lock_loss_print(const struct page *page, bool stackless_said);

/* In which threads were blocked by locks of files (flock, fcntl), which have no rows. */
uint64_t lock_files_blocked_ns(const struct report *report);
/* How long, and what is not known of them; nothing where none was waited for. */
void lock_files_print(const struct page *page);

/* That frames of contended locks are code without names, and how it gets some; nothing where none
 * is. */
void lock_unnamed_print(const struct page *page);

/* "DEADLOCK  a (1) waits for m1, …" for each from number `from` on, as long as it can be read. */
void deadlock_alarm_print(const struct page *page, size_t from);

/* "Deadlocks  none", where there are none and the daemon has looked for them. */
void deadlock_none_print(const struct page *page);

/* "index_get", "liborder.so+0x1234" and "index.c:88", "liborder.so" or "". */
#define FRAME_TEXT_BYTES 300u
void frame_function(const struct report_frame *frame, char ret[FRAME_TEXT_BYTES]);
void frame_place(const struct report_frame *frame, char ret[FRAME_TEXT_BYTES]);

/*
 * At most `limit` frames, a line each; '>' marks the program's own code. `end` is
 * "short" where the stack ends before the thread's start; NULL: not known.
 */
void stack_print(const struct page *page, const struct report_frame *frames, size_t count,
		 size_t limit, const char *end);

#endif
