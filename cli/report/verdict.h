/* SPDX-License-Identifier: BSD-2-Clause */
/* The plain sentence on top: parallelism reached, and what kept the threads from running. Pure. */
#ifndef PARTRACE_REPORT_VERDICT_H
#define PARTRACE_REPORT_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "api/report.h"

/* Of all thread time: running, ready, and each cause of waiting; they sum to the whole. */
enum { SHARE_RUNNING, SHARE_READY, SHARE_WAITS, SHARE_COUNT = SHARE_WAITS + WAIT_COUNT };

struct verdict_shares {
	uint64_t whole_ns;
	uint64_t ns[SHARE_COUNT];
};

/*
 * A lock wait lasts until the thread runs again, as the program's own clock sees it: the run-queue
 * delay that ended it stands under lock here, and not under ready.
 */
struct verdict_shares verdict_shares(const struct report_figures *figures);

/* The same of lock waits alone: blocked, and the run-queue delay that ended them. */
uint64_t verdict_lock_wait_ns(const struct report_figures *figures);

/* "PARALLELISM 1.87 of 2 CPUs", and where the time went in a sentence; cut to `size` bytes. */
void verdict_title(const struct report *report, char *ret, size_t size);
void verdict_sentence(const struct report *report, char *ret, size_t size);

/* Whether a process of it is stuck: its deadlocks are then more than the circles that are known. */
bool verdict_hangs(const struct report *report);

#endif
