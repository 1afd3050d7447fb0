/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: which runs, in which order, and how long they will take. */
#ifndef PARTRACE_SWEEP_PLAN_H
#define PARTRACE_SWEEP_PLAN_H

#include "cli/sweep/axes.h"

struct sweep_step {
	unsigned int curve; /* index for axes_curve() */
	unsigned int point; /* index into axes->workers */
	unsigned int repeat;
	bool warm_up; /* its time is not counted */
};

/*
 * One warm-up, then `repeat` rounds; each holds every point of every curve once, shuffled by the
 * seed. So a machine that gets slower in the meantime does so for all of them alike. malloc'ed;
 * -ENOMEM.
 */
int plan_steps(const struct sweep_axes *axes, uint64_t seed, struct sweep_step **ret,
	       size_t *ret_count);

/* What a workload's run will take, if nothing holds it up; of tasks without a length, nothing. */
uint64_t plan_estimate_ns(const struct sweep_curve_name *curve, unsigned int workers,
			  uint64_t tasks, uint64_t task_time_ns);

/* Of steps[from…]. */
uint64_t plan_estimate_all_ns(const struct sweep_axes *axes, const struct sweep_step *steps,
			      size_t from, size_t count, uint64_t tasks, uint64_t task_time_ns);

/*
 * What is left, when the steps before `from` were estimated too short or too long. With no
 * estimates (of a command) all steps count alike.
 */
uint64_t plan_left_ns(uint64_t estimated_done_ns, uint64_t estimated_left_ns, size_t steps_done,
		      size_t steps_left, uint64_t taken_ns);

#endif
