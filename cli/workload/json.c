// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/run.h"

#define WORKERS_LISTED 4096

static json_t *worker_json(const struct worker_truth *truth)
{
	return json_pack("{s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "pid", truth->pid, "tid",
			 truth->tid, "tasks", truth->tasks, "running_ns",
			 truth->last.running_ns - truth->first.running_ns, "ready_ns",
			 truth->last.ready_ns - truth->first.ready_ns, "voluntary",
			 truth->last.voluntary - truth->first.voluntary, "involuntary",
			 truth->last.involuntary - truth->first.involuntary, "lock_waits",
			 truth->lock_waits, "lock_wait_ns", truth->lock_wait_ns, "io_waits",
			 truth->io_waits, "io_wait_ns", truth->io_wait_ns);
}

static void add(struct worker_truth *sum, const struct worker_truth *one)
{
	sum->tasks += one->tasks;
	sum->last.running_ns += one->last.running_ns - one->first.running_ns;
	sum->last.ready_ns += one->last.ready_ns - one->first.ready_ns;
	sum->last.voluntary += one->last.voluntary - one->first.voluntary;
	sum->last.involuntary += one->last.involuntary - one->first.involuntary;
	sum->lock_waits += one->lock_waits;
	sum->lock_wait_ns += one->lock_wait_ns;
	sum->locked_ns += one->locked_ns;
	sum->io_waits += one->io_waits;
	sum->io_wait_ns += one->io_wait_ns;
}

json_t *workload_json(const struct workload_plan *plan, const struct workload_result *result)
{
	struct worker_truth sum = { 0 };
	json_t *workers = json_array();

	for (unsigned int i = 0; i < result->workers; i++) {
		add(&sum, &result->truth[i]);
		if (i < WORKERS_LISTED)
			json_array_append_new(workers, worker_json(&result->truth[i]));
	}
	return json_pack(
		"{s:I,s:I,s:{s:I,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}}", "tasks",
		result->tasks, "elapsed_ns", result->elapsed_ns, "truth", "task_time_ns",
		plan->task_time_ns, "lock_share", plan->lock_share, "running_ns",
		sum.last.running_ns, "ready_ns", sum.last.ready_ns, "voluntary", sum.last.voluntary,
		"involuntary", sum.last.involuntary, "lock_waits", sum.lock_waits, "lock_wait_ns",
		sum.lock_wait_ns, "locked_ns", sum.locked_ns, "io_waits", sum.io_waits,
		"io_wait_ns", sum.io_wait_ns, "running_per_task_ns",
		result->tasks ? sum.last.running_ns / result->tasks : 0, "workers", workers);
}
