// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/workload/run.h"

static int io_task(struct worker *worker)
{
	return io_round_trip(worker);
}

/* Half of the task's time each. */
static int mixed_task(struct worker *worker)
{
	int r = cpu_task_of(worker, worker->arena->plan.task_time_ns / 2);

	return r < 0 || worker->arena->stop ? r : io_round_trip(worker);
}

const struct workload workload_io = {
	.name = "io",
	.summary = "round trips to a server with a fixed service time: gains with every worker",
	.details = "Each task is one request over TCP (loopback) to a responder that answers after "
		   "the "
		   "task time. The report shows io as the cause of waiting; 8 workers are 8 times "
		   "faster.\nTry next: partrace run mixed --threads 8",
	.needs_responder = true,
	.task = io_task,
};

const struct workload workload_mixed = {
	.name = "mixed",
	.summary = "half arithmetic, half round trips",
	.details =
		"Each task computes for half of the task time, then waits for a round trip of the "
		"other half. Workers overlap one's waiting with another's work.\n"
		"Try next: partrace run cpu --threads 8",
	.needs_responder = true,
	.task = mixed_task,
};
