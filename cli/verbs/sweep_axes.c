// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/sweep_axes.h"

#include <sched.h>

#include "cli/sweep/settle.h"
#include "cli/verbs/usage.h"

static unsigned int allowed_cpus(void)
{
	cpu_set_t mine;

	return sched_getaffinity(0, sizeof(mine), &mine) == 0 ? (unsigned int)CPU_COUNT(&mine) : 1;
}

void sweep_axes_set_workers(struct argp_state *state, struct sweep_axes *axes, const char *text)
{
	char why[160];

	if (axes_parse_numbers(text, WORKLOAD_WORKERS_MAX, axes->workers, AXIS_WORKERS_MAX,
			       &axes->workers_count, why, sizeof(why)) < 0)
		usage_error(state, "--workers %s %s", text, why);
}

void sweep_axes_set_cpus(struct argp_state *state, struct sweep_axes *axes, const char *text)
{
	char why[160];

	if (axes_parse_numbers(text, allowed_cpus(), axes->cpus, AXIS_CPUS_MAX, &axes->cpus_count,
			       why, sizeof(why)) < 0)
		usage_error(state, "--cpus %s %s", text, why);
}

void sweep_axes_set_modes(struct argp_state *state, struct sweep_axes *axes, const char *text)
{
	char why[160];

	if (axes_parse_modes(text, axes, why, sizeof(why)) < 0)
		usage_error(state, "--mode %s %s", text, why);
}

void sweep_axes_set_runtimes(struct argp_state *state, struct sweep_axes *axes, const char *text)
{
	char why[160];

	if (axes_parse_runtimes(text, axes, why, sizeof(why)) < 0)
		usage_error(state, "--runtime %s %s", text, why);
}

void sweep_axes_add_workload(struct argp_state *state, struct sweep_axes *axes, const char *name)
{
	const struct workload *workload = workload_find(name);

	if (!workload)
		usage_error(state, "there is no workload %s; `partrace workloads` lists them",
			    name);
	for (size_t i = 0; i < axes->workload_count; i++)
		if (axes->workloads[i] == workload)
			usage_error(state, "%s is named twice", name);
	if (axes->workload_count == AXIS_WORKLOADS_MAX)
		usage_error(state, "at most %u workloads at once", AXIS_WORKLOADS_MAX);
	axes->workloads[axes->workload_count++] = workload;
}

/* With which all of them run. */
static unsigned int fewest_workers(const struct sweep_axes *axes)
{
	unsigned int fewest = 1;

	for (size_t i = 0; i < axes->workload_count; i++)
		if (settle_fewest(axes->workloads[i]) > fewest)
			fewest = settle_fewest(axes->workloads[i]);
	return fewest;
}

/* With the fewest workers: what these allow, more do. */
static void check_workloads(struct argp_state *state, const struct sweep_axes *axes,
			    struct workload_plan asked)
{
	struct workload_plan plan;
	char why[256];

	for (size_t i = 0; axes->workload_count && i < axes_curves(axes); i++) {
		struct sweep_curve_name curve = axes_curve(axes, i);

		asked.runtime = curve.runtime;
		if (settle_point(&asked, curve.workload, curve.mode, axes->workers[0], &plan, why,
				 sizeof(why)) < 0)
			usage_error(state, "%s", why);
	}
}

static void set_defaults(struct sweep_axes *axes)
{
	if (!axes->cpus_count) {
		axes->cpus[0] = workload_usable_cpus();
		axes->cpus_count = 1;
	}
	if (!axes->workers_count)
		axes_default_workers(axes, axes->cpus[axes->cpus_count - 1], fewest_workers(axes));
	if (!axes->mode_count) {
		axes->modes[0] = WORKER_THREADS;
		axes->modes[1] = WORKER_PROCESSES;
		axes->mode_count = 2;
	}
	if (!axes->runtime_count)
		axes->runtimes[axes->runtime_count++] = RUNTIME_NATIVE;
}

void sweep_axes_complete(struct argp_state *state, struct sweep_axes *axes,
			 const struct workload_plan *asked)
{
	set_defaults(axes);
	check_workloads(state, axes, *asked);
}
