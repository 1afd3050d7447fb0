/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: from what a sweep was asked for to the plan of one of its points. */
#ifndef PARTRACE_SWEEP_SETTLE_H
#define PARTRACE_SWEEP_SETTLE_H

#include <stddef.h>

#include "cli/workload/workload.h"

#define SWEEP_TASKS        100
#define SWEEP_TASK_TIME_NS 20000000ull

/*
 * `asked` holds what was given, for all workloads alike. -EINVAL with one clause in `why`: an
 * option that this workload doesn't know, too few workers, or no number of tasks that could be
 * shared.
 */
int settle_point(const struct workload_plan *asked, const struct workload *workload,
		 enum worker_mode mode, unsigned int workers, struct workload_plan *ret, char *why,
		 size_t why_size);

/* The fewest workers that it runs with. */
unsigned int settle_fewest(const struct workload *workload);

#endif
