/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what changed from one report to another, in the words of both, the largest change first. */
#ifndef PARTRACE_REPORT_DIFF_H
#define PARTRACE_REPORT_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "api/report.h"
#include "cli/report/format.h"

#define DIFF_CHANGES_MAX 64u

struct change {
	char what[80];
	struct figure before;
	struct figure after;
	double size; /* 0…1: in shares of thread time, else relative to what it was */
};

struct diff {
	struct change changes[DIFF_CHANGES_MAX];
	size_t count;
};

/* Changes of at least `least` (0…1). `ns_per_task` are 0 where there is no workload in both. */
void diff_reports(const struct report *before, const struct report *after,
		  const uint64_t ns_per_task[2], double least, struct diff *ret);

/* A finding of `report` that `other` lacks, at least that severe: index 0…; NULL after the last. */
const struct report_finding *diff_finding(const struct report *report, const struct report *other,
					  enum severity severity, size_t index);

#endif
