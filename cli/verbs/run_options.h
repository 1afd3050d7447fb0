/* SPDX-License-Identifier: BSD-2-Clause */
/* What `run` was asked for. */
#ifndef PARTRACE_VERBS_RUN_OPTIONS_H
#define PARTRACE_VERBS_RUN_OPTIONS_H

#include "cli/verbs/common.h"
#include "cli/workload/workload.h"

struct run_options {
	struct common_options common;
	struct workload_plan plan;
	bool no_probe;
};

/*
 * Its input is a struct run_options, all zero; what makes no sense ends the program with a
 * sentence.
 */
extern const struct argp run_argp;

#endif
