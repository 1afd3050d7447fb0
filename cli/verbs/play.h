/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a built-in workload, watched or not: `run` shows one, `sweep` needs many. */
#ifndef PARTRACE_VERBS_PLAY_H
#define PARTRACE_VERBS_PLAY_H

#include <jansson.h>

#include "cli/client/daemon.h"
#include "cli/workload/workload.h"

struct play {
	const struct workload_plan *plan;
	struct workload_run *workload; /* at its start line */
	struct daemon *daemon;         /* NULL: nobody watches */
	char id[32];                   /* of the session */
};

struct play_end {
	json_t *document; /* the report with its workload{}; the caller's */
	uint64_t elapsed_ns;
	uint64_t tasks;
	int signal; /* what ended it early; 0: it came to its end */
};

/* threads, processes */
const char *play_mode_name(const struct workload_plan *plan);

/* Opens the session on play->daemon. 0, or -errno and `why`. */
int play_watch(struct play *play, char *why, size_t why_size);

/*
 * Lets it work until it ends, or a signal of the signalfd stops it. -ECHILD: the daemon has died;
 * other errors are the workload's or the session's. `why` is a sentence in any case.
 */
int play_through(struct play *play, int signals, struct play_end *ret, char *why, size_t why_size);

#endif
