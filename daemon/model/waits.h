/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: in which system calls threads waited. A thread brings a few rows, the target sums them;
 * what found no row, in a thread or here, is told as "others", so that rows add up to their cause.
 */
#ifndef PARTRACE_MODEL_WAITS_H
#define PARTRACE_MODEL_WAITS_H

#include "abi/thread.h"
#include "api/report.h"

#define WAIT_SUMS_MAX 128

struct wait_sum {
	uint32_t key;
	uint64_t count;
	uint64_t time_ns;
};

struct wait_sums {
	struct wait_sum rows[WAIT_SUMS_MAX];
	size_t count;
};

void wait_sums_add(struct wait_sums *sums, const struct syscall_totals rows[SYSCALL_ROWS]);
/* A thread's own rows in the same form. */
size_t wait_rows_of(const struct syscall_totals rows[SYSCALL_ROWS],
		    struct wait_sum ret[SYSCALL_ROWS]);

/* How many report rows waits_fill() writes at most for so many sums. */
#define WAIT_ROWS_FOR(sums) ((sums) + WAIT_COUNT)

/* Fills figures->waits[].syscalls with rows from `room` on; the end of what was used. */
struct report_syscall *waits_fill(struct report_figures *figures, const struct wait_sum *sums,
				  size_t count, struct report_syscall *room);

#endif
