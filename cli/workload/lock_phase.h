/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A task is a round of all N workers: one does the serial share of it under the mutex while all
 * others wait for that, then each does 1/N of the rest, and they meet at its end. So the time is
 *
 *	T(N) = tasks × task time × (s + (1 - s) / N)
 *
 * which is Amdahl's law with the stated share as its s.
 */
#ifndef PARTRACE_WORKLOAD_LOCK_PHASE_H
#define PARTRACE_WORKLOAD_LOCK_PHASE_H

#include "cli/workload/sync.h"

struct lock_phase {
	pthread_barrier_t end;
	uint64_t begun; /* the round whose serial part is done; under the mutex */
	bool last;      /* that is the last round */
};

/* 0 or -errno. */
int lock_phase_prepare(const struct arena *arena, struct lock_phase *ret);
/* A worker's whole part; 0. */
int lock_phase_part(struct worker *worker, pthread_mutex_t *mutex, struct lock_phase *phase);

#endif
