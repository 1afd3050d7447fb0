/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a sweep, of a workload or of a command. */
#ifndef PARTRACE_VERBS_SWEEP_RUN_H
#define PARTRACE_VERBS_SWEEP_RUN_H

#include "cli/client/daemon.h"
#include "cli/sweep/curve.h"
#include "cli/verbs/sweep_options.h"

struct sweep_runner {
	const struct sweep_options *options;
	struct daemon *daemon; /* NULL: nobody watches */
	int signals;           /* a signalfd */
	sigset_t mask;         /* for commands */
	double rounds_per_ns;  /* all runs of a workload do the same work */
};

/*
 * 0 with *ret: it succeeded, or failed and says why; -EINTR: a signal ended it, whose number is in
 * *ret_signal; -ECHILD: the daemon has died. Of the latter two nothing is kept.
 */
int sweep_run_one(const struct sweep_runner *runner, const struct sweep_curve_name *curve,
		  unsigned int workers, struct sweep_run *ret, int *ret_signal);

#endif
