// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/run.h"

#define WORKERS_LISTED 4096

static void set(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* What a worker and the sum of all have in common; accounts are differences here. */
static void tell_figures(const struct workload *workload, const struct worker_truth *truth,
			 json_t *ret)
{
	set(ret, "running_ns", truth->last.running_ns - truth->first.running_ns);
	set(ret, "ready_ns", truth->last.ready_ns - truth->first.ready_ns);
	set(ret, "voluntary", truth->last.voluntary - truth->first.voluntary);
	set(ret, "involuntary", truth->last.involuntary - truth->first.involuntary);
	set(ret, "lock_waits", truth->lock_waits);
	set(ret, "lock_wait_ns", truth->lock_wait_ns);
	set(ret, "io_waits", truth->io_waits);
	set(ret, "io_wait_ns", truth->io_wait_ns);
	for (size_t i = 0; workload->figures[i].key; i++)
		set(ret, workload->figures[i].key, truth->own[i]);
}

static json_t *worker_json(const struct workload *workload, const struct worker_truth *truth)
{
	json_t *worker = json_object();

	set(worker, "pid", (uint64_t)truth->pid);
	set(worker, "tid", (uint64_t)truth->tid);
	set(worker, "tasks", truth->tasks);
	tell_figures(workload, truth, worker);
	if (truth->ending_ns)
		set(worker, "ending_ns", truth->ending_ns);
	return worker;
}

static void add(const struct workload *workload, struct worker_truth *sum,
		const struct worker_truth *one)
{
	sum->last.running_ns += one->last.running_ns - one->first.running_ns;
	sum->last.ready_ns += one->last.ready_ns - one->first.ready_ns;
	sum->last.voluntary += one->last.voluntary - one->first.voluntary;
	sum->last.involuntary += one->last.involuntary - one->first.involuntary;
	sum->lock_waits += one->lock_waits;
	sum->lock_wait_ns += one->lock_wait_ns;
	sum->locked_ns += one->locked_ns;
	sum->io_waits += one->io_waits;
	sum->io_wait_ns += one->io_wait_ns;
	for (size_t i = 0; workload->figures[i].key; i++) {
		if (workload->figures[i].sum == FIGURE_ADDS)
			sum->own[i] += one->own[i];
		else if (one->own[i] > sum->own[i])
			sum->own[i] = one->own[i];
	}
}

static json_t *truth_json(const struct workload_plan *plan, const struct workload_result *result)
{
	const struct workload *workload = plan->workload;
	json_t *truth = json_object(), *workers = json_array();
	struct worker_truth sum = { 0 };

	for (unsigned int i = 0; i < result->workers; i++) {
		add(workload, &sum, &result->truth[i]);
		if (i < WORKERS_LISTED)
			json_array_append_new(workers, worker_json(workload, &result->truth[i]));
	}
	set(truth, "task_time_ns", plan->task_time_ns);
	json_object_set_new(truth, "lock_share", json_real(plan->lock_share));
	json_object_set_new(truth, "fixed", json_boolean(plan->fixed));
	tell_figures(workload, &sum, truth);
	set(truth, "locked_ns", sum.locked_ns);
	set(truth, "made_ns", result->made_ns);
	set(truth, "running_per_task_ns", result->tasks ? sum.last.running_ns / result->tasks : 0);
	if (workload->tell)
		workload->tell(plan, result, truth);
	json_object_set_new(truth, "workers", workers);
	return truth;
}

json_t *workload_json(const struct workload_plan *plan, const struct workload_result *result)
{
	if (result->document)
		return json_incref(result->document);
	return json_pack("{s:I,s:I,s:o}", "tasks", (json_int_t)result->tasks, "elapsed_ns",
			 (json_int_t)result->elapsed_ns, "truth", truth_json(plan, result));
}
