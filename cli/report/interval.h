/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened since the last look, a line of text or of JSON (schema partrace.interval/1). */
#ifndef PARTRACE_REPORT_INTERVAL_H
#define PARTRACE_REPORT_INTERVAL_H

#include <stdbool.h>
#include <stdio.h>

#include "api/report.h"

struct interval_printer {
	FILE *out;
	bool json;
	/* what it remembers; all 0 at the start */
	unsigned int lines;
	uint64_t until_ns;
	struct report_figures figures;
};

/* `sums` needs only window, totals and completeness. */
void interval_print(struct interval_printer *printer, const struct report *sums);

#endif
