/* SPDX-License-Identifier: BSD-2-Clause */
/* What `sweep` was asked for. */
#ifndef PARTRACE_VERBS_SWEEP_OPTIONS_H
#define PARTRACE_VERBS_SWEEP_OPTIONS_H

#include <pwd.h>

#include "cli/sweep/axes.h"
#include "cli/verbs/common.h"
#include "cli/verbs/sweep_output.h"

struct sweep_options {
	struct common_options common; /* of these, output, html and quiet */
	struct sweep_axes axes;
	struct workload_plan plan; /* tasks, their length, the lock's share */
	const char *command;       /* with {n} in it; NULL: workloads */
	const struct passwd *account;
	uint64_t seed;
	bool no_probe;
	struct sweep_output output;
};

/* Exits with STATUS_USAGE and a sentence where something is wrong; *ret must stay where it is. */
void sweep_options_parse(int argc, char **argv, struct sweep_options *ret);

#endif
