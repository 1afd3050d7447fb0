/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: sums of figures, and percentiles out of histograms. */
#ifndef PARTRACE_MODEL_FIGURES_H
#define PARTRACE_MODEL_FIGURES_H

#include "abi/histogram.h"
#include "api/report.h"

void figures_add(struct report_figures *to, const struct report_figures *from);

/*
 * Count, mean, percentiles and maximum of the run-queue waits in `buckets`; `total_ns` is their
 * sum, `max_ns` the longest that the thread has ever met: it bounds the window's.
 */
void run_queue_summary(const uint64_t buckets[HISTOGRAM_BUCKETS], uint64_t total_ns,
		       uint64_t max_ns, struct report_run_queue *ret);

/* Fills the histogram rows (empty buckets left out). `rows` has room for HISTOGRAM_BUCKETS. */
void run_queue_rows(const uint64_t buckets[HISTOGRAM_BUCKETS], struct report_bucket *rows,
		    struct report_run_queue *ret);

#endif
