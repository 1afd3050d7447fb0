// SPDX-License-Identifier: BSD-2-Clause
/* An input that comes 60 times a second, and heavy work beside it: how long must it wait? */
#include <errno.h>

#include "abi/histogram.h"
#include "base/units.h"
#include "cli/workload/run.h"

#define INPUT_EVERY_NS (NSEC_PER_SEC / 60)
#define INPUT          0u /* index of the worker that serves it */

enum { INPUTS, DELAY_NS, DELAY_MAX_NS };

struct responsive {
	_Atomic uint32_t heavy; /* workers that still do heavy work */
	uint32_t delays[HISTOGRAM_BUCKETS];
};

static int responsive_prepare(struct arena *arena)
{
	struct responsive *shared = arena->state;

	shared->heavy = arena->plan.workers - 1;
	return 0;
}

static const char *responsive_role(const struct workload_plan *plan, unsigned int index)
{
	(void)plan;
	return index == INPUT ? "input" : "heavy";
}

static void serve(struct worker *worker, struct responsive *shared, uint64_t due_ns)
{
	uint64_t delay_ns = monotonic_ns() - due_ns;

	worker->truth->own[INPUTS]++;
	worker->truth->own[DELAY_NS] += delay_ns;
	if (delay_ns > worker->truth->own[DELAY_MAX_NS])
		worker->truth->own[DELAY_MAX_NS] = delay_ns;
	shared->delays[histogram_bucket(delay_ns)]++;
}

/* Between two pieces of heavy work that it has to do itself, whatever has come is served. */
static void serve_inline(struct worker *worker, struct responsive *shared)
{
	uint64_t due_ns = worker->truth->started_ns + INPUT_EVERY_NS;

	while (worker_takes_task(worker)) {
		cpu_task_of(worker, worker->arena->plan.task_time_ns);
		worker->truth->tasks += !worker->arena->stop;
		for (; due_ns <= monotonic_ns(); due_ns += INPUT_EVERY_NS)
			serve(worker, shared, due_ns);
	}
}

static void serve_beside(struct worker *worker, struct responsive *shared)
{
	uint64_t due_ns = worker->truth->started_ns + INPUT_EVERY_NS;

	for (; shared->heavy; due_ns += INPUT_EVERY_NS) {
		struct timespec due = { .tv_sec = (time_t)(due_ns / NSEC_PER_SEC),
					.tv_nsec = (long)(due_ns % NSEC_PER_SEC) };

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
			;
		serve(worker, shared, due_ns);
	}
}

static int responsive_part(struct worker *worker)
{
	struct responsive *shared = worker->arena->state;

	if (worker->arena->plan.workers == 1) {
		serve_inline(worker, shared);
		return 0;
	}
	if (worker->index == INPUT) {
		serve_beside(worker, shared);
		return 0;
	}
	while (worker_takes_task(worker)) {
		cpu_task_of(worker, worker->arena->plan.task_time_ns);
		worker->truth->tasks += !worker->arena->stop;
	}
	shared->heavy--;
	return 0;
}

/* The upper end of the bucket in which the share ends: good to 25 %, never too low. */
static uint64_t percentile(const struct responsive *shared, uint64_t inputs, double share)
{
	uint64_t below = 0;

	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		below += shared->delays[bucket];
		if (inputs && (double)below >= share * (double)inputs)
			return histogram_floor(bucket + 1);
	}
	return 0;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static void responsive_tell(const struct workload_plan *plan, const struct workload_result *result,
			    json_t *truth)
{
	const struct worker_truth *input = &result->truth[INPUT];
	uint64_t max_ns = input->own[DELAY_MAX_NS], inputs = input->own[INPUTS];
	uint64_t p50_ns = at_most(percentile(result->state, inputs, 0.5), max_ns);
	uint64_t p99_ns = at_most(percentile(result->state, inputs, 0.99), max_ns);
	const char *beside = plan->mode == WORKER_THREADS ? "thread" : "process";

	json_object_set_new(truth, "heavy_work",
			    json_string(plan->workers == 1 ? "inline" : beside));
	json_object_set_new(truth, "input_delay_p50_ns", json_integer((json_int_t)p50_ns));
	json_object_set_new(truth, "input_delay_p99_ns", json_integer((json_int_t)p99_ns));
}

const struct workload workload_responsive = {
	.name = "responsive",
	.summary = "a 60 Hz input beside heavy work: inline, in a thread, in a process",
	.details = "The first worker serves an input that comes 60 times a second, the others do "
		   "heavy "
		   "tasks. With --threads 1 it has to do these itself, between two inputs, and an "
		   "input "
		   "waits for as long as a task takes; with --threads 2 a thread does them, with "
		   "--procs "
		   "2 a process, and the input is served at once as long as a CPU is free or the "
		   "scheduler lets who slept go first. The truth has the delay of the inputs: p99, "
		   "max.\n"
		   "Try next: sudo partrace run responsive --threads 1, then --threads 2, then "
		   "--procs 2",
	.knows = OPTION_TASKS | OPTION_TASK_TIME,
	.figures = { [INPUTS] = { "inputs", FIGURE_ADDS },
		     [DELAY_NS] = { "input_delay_ns", FIGURE_ADDS },
		     [DELAY_MAX_NS] = { "input_delay_max_ns", FIGURE_IS_MAX } },
	.state_size = sizeof(struct responsive),
	.prepare = responsive_prepare,
	.role = responsive_role,
	.part = responsive_part,
	.tell = responsive_tell,
};
