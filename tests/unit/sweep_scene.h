/* SPDX-License-Identifier: BSD-2-Clause */
/* Sweeps that were never run: 1…8 workers, 3 runs a point, by Amdahl's law with 10 % serial. */
#ifndef PARTRACE_TESTS_SWEEP_SCENE_H
#define PARTRACE_TESTS_SWEEP_SCENE_H

#include "cli/sweep/curve.h"

#define SCENE_RUNS 3

#define for_each_run(run, point)                                                                   \
	for (struct sweep_run *run = (point)->runs; run < (point)->runs + SCENE_RUNS; run++)

struct sweep_scene {
	struct sweep_axes axes;
	struct sweep_result result;
};

/* The one that is made. */
extern struct sweep_scene sweep;

/* Workload cpu as threads and as processes, or a command only; nothing is worked out yet. */
void sweep_scene_make(const char *command, unsigned int cpus);
/* Every account is asked to say that so much of the work was serial. */
void sweep_scene_say_serial(double share);
/* What the runs say is worked out; again where they changed. */
void sweep_scene_finish(void);
void sweep_scene_free(void);

/* The tables, without colour; the caller frees them. */
char *sweep_scene_print(unsigned int columns, bool unicode);

#endif
