/* SPDX-License-Identifier: BSD-2-Clause */
/* How threads of one process that bear the same name are told apart. Pure. */
#ifndef PARTRACE_REPORT_NAMESAKES_H
#define PARTRACE_REPORT_NAMESAKES_H

#include <stdbool.h>

#include "api/report.h"

struct namesakes {
	bool by_start;     /* they were started for different functions */
	unsigned int rank; /* from 1 by order of birth among those alike; 0: the only one */
};

/*
 * One for each thread, as they stand in the report; the caller free()s it. NULL: no memory. It
 * sorts them, so that 10,000 of one name cost milliseconds.
 */
struct namesakes *namesakes_of(const struct report *report);

#endif
