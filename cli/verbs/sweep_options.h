/* SPDX-License-Identifier: BSD-2-Clause */
/* What `sweep` was asked for. */
#ifndef PARTRACE_VERBS_SWEEP_OPTIONS_H
#define PARTRACE_VERBS_SWEEP_OPTIONS_H

#include <pwd.h>

#include "cli/sweep/axes.h"
#include "cli/verbs/common.h"

struct sweep_options {
	struct common_options common; /* of these, output and quiet */
	struct sweep_axes axes;
	struct workload_plan plan; /* tasks, their length, the lock's share */
	const char *command;       /* with {n} in it; NULL: workloads */
	const struct passwd *account;
	uint64_t seed;
	bool no_probe;
	bool csv;
	const char *svg; /* a file; NULL: no picture */
};

/* Exits with STATUS_USAGE and a sentence where something is wrong. */
void sweep_options_parse(int argc, char **argv, struct sweep_options *ret);

#endif
