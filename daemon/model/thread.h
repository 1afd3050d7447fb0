/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what one thread did in a window, out of two looks at its counters. */
#ifndef PARTRACE_MODEL_THREAD_H
#define PARTRACE_MODEL_THREAD_H

#include <stdint.h>

#include "abi/thread.h"
#include "api/report.h"

/* A thread's counters as they stand at one instant, what is still going on included. */
struct thread_values {
	struct report_figures figures; /* voluntary, involuntary, migrations: the kernel's own */
	int64_t stolen_ns;
	int64_t criticality; /* 1/1024 ns */
	uint64_t run_queue[HISTOGRAM_BUCKETS];
	struct syscall_totals syscalls[SYSCALL_ROWS]; /* counts modulo 2^32 */
	uint64_t waits_ended;
	uint64_t max_ready_ns;
	uint64_t clamped;
	uint64_t missed_switches;
};

/*
 * `at_ns` is run-queue clock; `integral` is the set's at that instant. A wait still going on counts
 * as one only when `ends` is set: a window counts the waits that end in it or outlast it.
 */
/* Running, ready and waiting alone, and roughly: a wait that goes on is waiting to its end. */
void thread_times_at(const struct thread_slot *slot, uint64_t at_ns, struct report_figures *ret);
void thread_values_at(const struct thread_slot *slot, uint32_t set, uint64_t at_ns,
		      int64_t integral, bool ends, struct thread_values *ret);

/* What happened between two looks; `from` may be NULL for a thread born in the window. */
void thread_values_since(const struct thread_values *from, struct thread_values *to);

/* Since when it is in its present state, as far as is known; run-queue clock. */
uint64_t thread_since_ns(const struct thread_slot *slot);

/* From its birth to its first run; NO_VALUE when that was before it was watched, or is to come. */
uint64_t thread_born_ready_ns(const struct thread_slot *slot);

const char *thread_state_name(uint32_t state);

#endif
