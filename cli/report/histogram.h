/* SPDX-License-Identifier: BSD-2-Clause */
/* A histogram of times, bucket by bucket. */
#ifndef PARTRACE_REPORT_HISTOGRAM_H
#define PARTRACE_REPORT_HISTOGRAM_H

#include "cli/report/section.h"

/* False, and nothing printed, when it is empty. */
bool histogram_print(const struct page *page, const char *title,
		     const struct report_bucket *buckets, size_t count);

#endif
