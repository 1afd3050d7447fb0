/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what a sweep goes over, and the texts that say so. */
#ifndef PARTRACE_SWEEP_AXES_H
#define PARTRACE_SWEEP_AXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/workload/workload.h"

#define AXIS_WORKERS_MAX   256u
#define AXIS_WORKLOADS_MAX 16u
#define AXIS_CPUS_MAX      16u
#define AXIS_REPEAT_MAX    1000u

/* Every combination of workload, runtime, CPUs and mode is a curve; its points are the workers. */
struct sweep_axes {
	const struct workload *workloads[AXIS_WORKLOADS_MAX];
	size_t workload_count; /* 0: a command, without modes */
	enum worker_mode modes[2];
	size_t mode_count;
	enum workload_runtime runtimes[2];
	size_t runtime_count;             /* 0: native */
	unsigned int cpus[AXIS_CPUS_MAX]; /* how many of them; ascending */
	size_t cpus_count;
	unsigned int workers[AXIS_WORKERS_MAX]; /* ascending */
	size_t workers_count;
	unsigned int repeat;
};

struct sweep_curve_name {
	const struct workload *workload; /* NULL: the command */
	enum worker_mode mode;
	enum workload_runtime runtime;
	unsigned int cpus;
};

/* One for each workload (or the command), runtime, mode and number of CPUs. */
size_t axes_curves(const struct sweep_axes *axes);
/* Workloads vary slowest, modes fastest. */
struct sweep_curve_name axes_curve(const struct sweep_axes *axes, size_t index);

/* False of commands, which have no runtime. */
bool axes_include(const struct sweep_axes *axes, enum workload_runtime runtime);

/*
 * "1-8", "1,2,4", "1-4,8": ascending numbers from 1 to `limit`, at most `room`. -EINVAL and one
 * clause in `why`, which begins with what is wrong about it.
 */
int axes_parse_numbers(const char *text, unsigned int limit, unsigned int *ret, size_t room,
		       size_t *ret_count, char *why, size_t why_size);
/* "threads,procs" */
int axes_parse_modes(const char *text, struct sweep_axes *axes, char *why, size_t why_size);
/* "native,python" */
int axes_parse_runtimes(const char *text, struct sweep_axes *axes, char *why, size_t why_size);

/*
 * Each number up to eight within the CPUs, for a law needs points there; then twice and so on. The
 * first is `fewest`.
 */
void axes_default_workers(struct sweep_axes *axes, unsigned int cpus, unsigned int fewest);

#endif
