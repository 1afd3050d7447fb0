/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: what the figures of a report mean. A table of rules looks at it; each finds its one thing
 * or nothing. No rule knows a workload's name, and all numbers they compare with stand in
 * thresholds.c.
 */
#ifndef PARTRACE_DIAGNOSE_DIAGNOSE_H
#define PARTRACE_DIAGNOSE_DIAGNOSE_H

#include "api/report.h"
#include "daemon/diagnose/finding.h"

/* What findings are kept in; `rows` point into `findings`, so it must not be moved. */
struct diagnosis {
	struct finding findings[FINDING_COUNT];
	struct report_finding rows[FINDING_COUNT];
	size_t count;
};

/*
 * Fills findings and verdict of a report that is whole otherwise; they live as long as `diagnosis`
 * stays. -ENOMEM: the report has none.
 */
int diagnose(struct report *report, struct diagnosis *diagnosis);

#endif
