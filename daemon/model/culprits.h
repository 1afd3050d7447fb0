/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: who made the target wait for a CPU, summed over the CPUs. */
#ifndef PARTRACE_MODEL_CULPRITS_H
#define PARTRACE_MODEL_CULPRITS_H

#include <stdbool.h>

#include "abi/totals.h"
#include "api/report.h"

#define CULPRITS_MAX       512 /* tasks summed */
#define CULPRITS_IN_REPORT 16

struct culprit_sum {
	struct report_culprit row;
	char name[COMM_LEN + 1];
	bool is_kernel;
	bool is_own;
};

struct culprit_sums {
	struct culprit_sum rows[CULPRITS_MAX];
	size_t count;
	uint64_t idle_ns;
	uint64_t own_ns;     /* the target's own without a row */
	uint64_t others_ns;  /* others without one */
	uint64_t earlier_ns; /* behind whom is not known */
	struct report_culprit report[CULPRITS_IN_REPORT];
};

/* Nothing yet, nor an older sum. */
void culprits_clear(struct culprit_sums *sums);

/* One CPU's table, of which only the sums of `set` count. */
void culprits_add(struct culprit_sums *sums, const struct culprit_table *table, uint32_t set);

/* Takes off what had been there at a first look; a row that has begun anew meanwhile stays. */
void culprits_since(const struct culprit_sums *from, struct culprit_sums *to);

/* Fills the culprits of `ret`, whose other figures are there; `threads` tells who is a target. */
void culprits_fill(struct culprit_sums *sums, uint64_t ready_ns,
		   const struct report_thread *threads, size_t threads_count,
		   struct report_run_queue *ret);

#endif
