/* SPDX-License-Identifier: BSD-2-Clause */
/* One of several siblings is killed: what becomes of the others, and how long it takes. */
#ifndef PARTRACE_WORKLOAD_SPAWN_KILL_H
#define PARTRACE_WORKLOAD_SPAWN_KILL_H

#include "cli/workload/run.h"

#define SIBLINGS 3 /* of whom one is killed */

/* What it makes: the processes, and one more with the threads. */
#define SPAWN_KILL_THREADS   SIBLINGS
#define SPAWN_KILL_PROCESSES (SIBLINGS + 1)

struct kill_trial {
	uint64_t killed_ns; /* from the signal to its end being known */
	uint32_t siblings;
	uint32_t survivors;
};

/* Zero at first, in memory that children share. */
struct spawn_kill {
	struct kill_trial process, thread;
	_Atomic uint32_t born;   /* threads that have begun */
	_Atomic uint32_t ready;  /* … and have said who they are */
	pid_t threads[SIBLINGS]; /* their TIDs */
};

int spawn_kill_one(struct spawn_kill *kill);
json_t *spawn_kill_json(const struct spawn_kill *kill);

#endif
