/* SPDX-License-Identifier: BSD-2-Clause */
/* An open session is watched until something ends it, with a line for each interval if wanted. */
#ifndef PARTRACE_VERBS_WATCH_H
#define PARTRACE_VERBS_WATCH_H

#include <stdbool.h>

#include "cli/verbs/common.h"

struct watch {
	const struct common_options *common;
	struct daemon *daemon;
	const char *id; /* of the session */
	int signals;
	uint64_t interval_ns; /* 0: none */
	double max_cost;      /* the probes' share of all CPUs that ends it; 0: none */
	bool may_grow;        /* targets may still come when there are none */
};

enum watch_end {
	WATCH_TIME,    /* --duration is over */
	WATCH_SIGNAL,  /* Ctrl-C or the like */
	WATCH_TARGETS, /* all have ended */
	WATCH_COST,    /* --max-cost was passed */
};

/* How it ended, or -errno with `why`. `ret_signal` is 0 but for WATCH_SIGNAL. */
int watch_until_end(const struct watch *watch, int *ret_signal, char *why, size_t why_size);

#endif
