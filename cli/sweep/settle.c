// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/settle.h"

#include <errno.h>

int settle_point(const struct workload_plan *asked, const struct workload *workload,
		 enum worker_mode mode, unsigned int workers, struct workload_plan *ret, char *why,
		 size_t why_size)
{
	struct workload_plan plan = *asked;
	int r;

	if (!workload_knows(workload, OPTION_TASKS)) {
		snprintf(why, why_size,
			 "%s has no number of tasks to share among more workers, so there is "
			 "nothing to compare",
			 workload_name(workload));
		return -EINVAL;
	}
	plan.workload = workload;
	plan.mode = mode;
	plan.workers = workers;
	plan.given |= OPTION_WORKERS;
	r = workload_settle(&plan, workers, why, why_size);
	if (r < 0)
		return r;
	/* A sweep's own defaults: many runs have to be shorter than one. */
	if (!(asked->given & OPTION_TASKS))
		plan.tasks = SWEEP_TASKS;
	if (!(asked->given & OPTION_TASK_TIME))
		plan.task_time_ns = SWEEP_TASK_TIME_NS;
	*ret = plan;
	return 0;
}

unsigned int settle_fewest(const struct workload *workload)
{
	struct workload_plan plan = { .workload = workload };
	char why[256];

	return workload_settle(&plan, 1, why, sizeof(why)) < 0 ? 1 : plan.workers;
}
