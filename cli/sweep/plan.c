// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* Making the workers, calibrating and opening the session, as measured on a small machine. */
#define OVERHEAD_NS        (250 * NSEC_PER_MSEC)
#define OVERHEAD_WORKER_NS (100 * NSEC_PER_USEC)

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is good, and it is the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Fisher-Yates; the remainder's bias is below 2^-48 for so few steps. */
static void shuffle(struct sweep_step *steps, size_t count, uint64_t *state)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)(next_random(state) % i);
		struct sweep_step step = steps[i - 1];

		steps[i - 1] = steps[other];
		steps[other] = step;
	}
}

static size_t add_round(const struct sweep_axes *axes, unsigned int repeat, uint64_t *state,
			struct sweep_step *steps)
{
	size_t count = 0, curves = axes_curves(axes);

	for (unsigned int curve = 0; curve < curves; curve++)
		for (unsigned int point = 0; point < axes->workers_count; point++)
			steps[count++] = (struct sweep_step){ .curve = curve,
							      .point = point,
							      .repeat = repeat };
	shuffle(steps, count, state);
	return count;
}

int plan_steps(const struct sweep_axes *axes, uint64_t seed, struct sweep_step **ret,
	       size_t *ret_count)
{
	size_t each = axes_curves(axes) * axes->workers_count, at = 0;
	struct sweep_step *steps = calloc(1 + each * axes->repeat, sizeof(*steps));

	if (!steps)
		return -ENOMEM;
	/* The most workers: soonest done, as a rule, and all that has to be loaded is. */
	steps[at++] = (struct sweep_step){ .point = (unsigned int)axes->workers_count - 1,
					   .warm_up = true };
	for (unsigned int repeat = 0; repeat < axes->repeat; repeat++)
		at += add_round(axes, repeat, &seed, steps + at);
	*ret = steps;
	*ret_count = at;
	return 0;
}

uint64_t plan_estimate_ns(const struct sweep_curve_name *curve, unsigned int workers,
			  uint64_t tasks, uint64_t task_time_ns)
{
	bool waits = curve->workload && !strcmp(workload_name(curve->workload), "io");
	unsigned int at_once = workers;

	if (!waits && at_once > curve->cpus)
		at_once = curve->cpus;
	if (curve->runtime == RUNTIME_PYTHON && !waits && curve->mode == WORKER_THREADS)
		at_once = 1;
	if (curve->workload && !workload_knows(curve->workload, OPTION_TASK_TIME))
		task_time_ns = 0;
	return tasks * task_time_ns / at_once + OVERHEAD_NS + workers * OVERHEAD_WORKER_NS;
}

uint64_t plan_estimate_all_ns(const struct sweep_axes *axes, const struct sweep_step *steps,
			      size_t from, size_t count, uint64_t tasks, uint64_t task_time_ns)
{
	uint64_t sum_ns = 0;

	for (size_t i = from; i < count; i++) {
		struct sweep_curve_name curve = axes_curve(axes, steps[i].curve);

		sum_ns += plan_estimate_ns(&curve, axes->workers[steps[i].point], tasks,
					   task_time_ns);
	}
	return sum_ns;
}

uint64_t plan_left_ns(uint64_t estimated_done_ns, uint64_t estimated_left_ns, size_t steps_done,
		      size_t steps_left, uint64_t taken_ns)
{
	if (!steps_done)
		return estimated_left_ns;
	if (!estimated_done_ns)
		return (uint64_t)((double)taken_ns / (double)steps_done * (double)steps_left);
	return (uint64_t)((double)estimated_left_ns * (double)taken_ns / (double)estimated_done_ns);
}
