/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets that are running already are watched; what comes of it is a report document. */
#ifndef PARTRACE_VERBS_OBSERVE_H
#define PARTRACE_VERBS_OBSERVE_H

#include "cli/verbs/common.h"
#include "cli/verbs/targets.h"

struct observation {
	const struct common_options *common;
	const struct target_options *targets;
	uint64_t interval_ns; /* a line each; 0: none */
	double max_cost;      /* the probes' share of all CPUs that ends it; 0: none */
	bool stacks;          /* where each thread waits at the end */
	bool silent;          /* it is over before anybody has read what would be said */
};

/*
 * Checks machine and output, watches until something ends it. STATUS_DONE and the final report, and
 * the signal that ended it, or 0; else a status of cli/verb.h after one sentence has been said.
 */
int observe(const struct observation *observation, json_t **ret, int *ret_signal);

/* The status of a verb whose watch was ended by this signal, or by none. */
int observe_status(int status, int signal_number);

#endif
