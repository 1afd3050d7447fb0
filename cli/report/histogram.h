/* SPDX-License-Identifier: BSD-2-Clause */
/* A histogram of times, bucket by bucket. */
#ifndef PARTRACE_REPORT_HISTOGRAM_H
#define PARTRACE_REPORT_HISTOGRAM_H

#include "cli/report/section.h"

/*
 * False, and nothing printed, when it is empty. In at most `rows` rows: where it has more buckets,
 * one, two, three… octaves become one. 0: every bucket.
 */
bool histogram_print(const struct page *page, const char *title,
		     const struct report_bucket *buckets, size_t count, size_t rows);

#endif
