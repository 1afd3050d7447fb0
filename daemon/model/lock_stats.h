/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: figures over a lock's waits, and the ranking of rows: the first ones stay, the rest is
 * summed.
 */
#ifndef PARTRACE_MODEL_LOCK_STATS_H
#define PARTRACE_MODEL_LOCK_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/histogram.h"
#include "api/report.h"
#include "api/report_locks.h"

/*
 * Jain's fairness index: (sum of x)^2 / (n * sum of x^2). 1 when all waited alike (nobody at all
 * included), 1/n when one alone did; NaN below two waiters.
 */
double fairness_of_waiters(const struct report_waiter *waiters, size_t count);

/* Share of the waits that found another waiter there, 0…1; 0 when there was no wait. */
double convoy_of(uint64_t found_another, uint64_t waits);

void lock_histogram_add(uint64_t to[HISTOGRAM_BUCKETS], const uint64_t from[HISTOGRAM_BUCKETS]);
/* The rows of a report, empty buckets left out; `rows` has room for HISTOGRAM_BUCKETS. */
size_t lock_histogram_rows(const uint64_t buckets[HISTOGRAM_BUCKETS], struct report_bucket *rows);

/* What had no place among the first rows. */
struct rows_rest {
	size_t rows;
	uint64_t count; /* waits, releases */
	uint64_t time_ns;
};

/*
 * Each sorts all `count` rows, worst first, and returns how many are to be shown, at most `keep`;
 * the others stand behind them, still the caller's, and are added to the sums.
 *
 * Locks: contended ones before all others, so that no idle pool takes a contended lock's place;
 * then by wait_ns. Holders by blocked_others_ns, waiters and stacks by wait_ns.
 */
size_t locks_rank(struct report_lock *rows, size_t count, size_t keep,
		  struct report_more_locks *more);
size_t holders_rank(struct report_holder *rows, size_t count, size_t keep, struct rows_rest *rest);
size_t waiters_rank(struct report_waiter *rows, size_t count, size_t keep, struct rows_rest *rest);
size_t stacks_rank(struct report_stack *rows, size_t count, size_t keep, struct rows_rest *rest);

#endif
