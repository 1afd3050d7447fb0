// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/run.h"

/* Half of the task's time each. */
static uint64_t mixed_service_ns(const struct workload_plan *plan)
{
	return plan->task_time_ns / 2;
}

static int mixed_task(struct worker *worker)
{
	int r = cpu_task_of(worker, worker->arena->plan.task_time_ns / 2);

	return r < 0 || worker->arena->stop ? r : io_round_trip(worker);
}

const struct workload workload_mixed = {
	.name = "mixed",
	.summary = "half arithmetic, half round trips",
	.details =
		"Each task computes for half of the task time, then waits for a round trip of the "
		"other half. Workers overlap one's waiting with another's work.\n"
		"Try next: sudo partrace run cpu --threads 8",
	.knows = OPTION_TASKS | OPTION_TASK_TIME,
	.has_python_twin = true,
	.service_ns = mixed_service_ns,
	.begin = responder_connect,
	.task = mixed_task,
};
