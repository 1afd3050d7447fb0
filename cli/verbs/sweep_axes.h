/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sweep goes along, as the command line names it. What is not understood ends the program.
 */
#ifndef PARTRACE_VERBS_SWEEP_AXES_H
#define PARTRACE_VERBS_SWEEP_AXES_H

#include <argp.h>

#include "cli/sweep/axes.h"
#include "cli/workload/workload.h"

void sweep_axes_set_workers(struct argp_state *state, struct sweep_axes *axes, const char *text);
void sweep_axes_set_cpus(struct argp_state *state, struct sweep_axes *axes, const char *text);
void sweep_axes_set_modes(struct argp_state *state, struct sweep_axes *axes, const char *text);
void sweep_axes_set_runtimes(struct argp_state *state, struct sweep_axes *axes, const char *text);
void sweep_axes_add_workload(struct argp_state *state, struct sweep_axes *axes, const char *name);

/* Defaults for what was not named; then every workload must be able to run so. */
void sweep_axes_complete(struct argp_state *state, struct sweep_axes *axes,
			 const struct workload_plan *asked);

#endif
