/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: the histograms of many threads in one list, for most of them are short. */
#ifndef PARTRACE_MODEL_BUCKETS_H
#define PARTRACE_MODEL_BUCKETS_H

#include <stddef.h>

#include "abi/histogram.h"
#include "api/report.h"

struct bucket_list {
	struct report_bucket *rows; /* moves when it grows */
	size_t count;
	size_t room;
};

/* Which rows of a list are one thread's. */
struct bucket_range {
	size_t at;
	size_t count;
};

void bucket_list_release(struct bucket_list *list);

/* Adds what is not empty of a histogram: 0 or -ENOMEM, and then nothing was added. */
int bucket_list_add(struct bucket_list *list, const uint64_t buckets[HISTOGRAM_BUCKETS],
		    struct bucket_range *ret);

/* Until the list grows. */
void bucket_list_fill(const struct bucket_list *list, const struct bucket_range *range,
		      struct report_run_queue *ret);

#endif
