/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: waits that the probes took for one cause and that are another. By the futex call alone a
 * semaphore that serves as a lock, and Python's GIL, are conditions; what is known of the lock
 * itself decides. Sums stay what they were: only causes change.
 */
#ifndef PARTRACE_MODEL_WAIT_MOVES_H
#define PARTRACE_MODEL_WAIT_MOVES_H

#include <stddef.h>
#include <stdint.h>

#include "api/report.h"
#include "daemon/model/waits.h"

struct wait_move {
	uint64_t tid;
	uint64_t pid;
	enum wait_cause from;
	enum wait_cause to;
	uint64_t count;
	uint64_t time_ns;
	uint64_t ready_ns;
};

/* By TID, so that wait_moves_of() finds a thread's. */
void wait_moves_sort(struct wait_move *moves, size_t count);
struct wait_move *wait_moves_of(struct wait_move *moves, size_t count, uint64_t tid,
				size_t *ret_count);

/* At most what is there; returns what was moved. */
struct wait_move wait_move_figures(struct report_figures *figures, const struct wait_move *move);
/*
 * Cuts a thread's moves, one after the other, to what its figures have: what its row cannot give,
 * the sums of all rows must not give either.
 */
void wait_moves_cut(struct wait_move *moves, size_t count, uint64_t pid,
		    const struct report_figures *figures);
/*
 * As wait_move_figures(), for rows of system calls, of which there may come to be more, within
 * `room`: what finds none is told as "others" of its new cause.
 */
void wait_move_rows(struct wait_sum *rows, size_t *count, size_t room,
		    const struct wait_move *move);

#endif
