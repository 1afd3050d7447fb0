/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the table of locks: how wide its columns are, for all rows that it will have. */
#ifndef PARTRACE_REPORT_LOCK_COLUMNS_H
#define PARTRACE_REPORT_LOCK_COLUMNS_H

#include "cli/report/locks.h"
#include "cli/report/section.h"

#define LOCK_NUMBER 4u /* "  1 " */
#define LOCK_SHARE  6u /* " 100 %", after the holder */
#define LOCK_GAP    3u

struct lock_columns {
	unsigned int name;
	unsigned int kind;
	unsigned int waits, wait, max; /* without the gap before each; max 0: no room */
	unsigned int gap;
	unsigned int holder; /* 0: no room, or nobody to name */
	uint64_t largest_ns;
};

/* Of the first `crowds` crowds, the first `limit` locks that are contended or not, and the rest. */
struct lock_columns lock_columns_of(const struct page *page, bool contended, size_t limit,
				    size_t crowds, const struct lock_sums *rest);

#endif
