/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: who made the target wait for a CPU, summed over the CPUs. */
#ifndef PARTRACE_MODEL_CULPRITS_H
#define PARTRACE_MODEL_CULPRITS_H

#include "abi/totals.h"
#include "api/report.h"

#define CULPRITS_MAX       512 /* tasks summed */
#define CULPRITS_IN_REPORT 16

struct culprit_sum {
	struct report_culprit row;
	char name[COMM_LEN + 1];
	uint32_t is_kernel;
};

struct culprit_sums {
	struct culprit_sum rows[CULPRITS_MAX];
	size_t count;
	uint64_t idle_ns;
	uint64_t lost_ns; /* of rows that others took, or that found no room here */
	struct report_culprit report[CULPRITS_IN_REPORT];
};

/* One CPU's table, of which only the sums of `set` count. */
void culprits_add(struct culprit_sums *sums, const struct culprit_table *table, uint32_t set);

/* Takes off what had been there at a first look; a row that has begun anew meanwhile stays. */
void culprits_since(const struct culprit_sums *from, struct culprit_sums *to);

/* Fills the culprits of `ret`, whose other figures are there; `threads` tells who is a target. */
void culprits_fill(struct culprit_sums *sums, uint64_t ready_ns,
		   const struct report_thread *threads, size_t threads_count,
		   struct report_run_queue *ret);

#endif
