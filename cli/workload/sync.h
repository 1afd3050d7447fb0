/* SPDX-License-Identifier: BSD-2-Clause */
/* What workers wait with: between threads or, in processes, between these; timed by the waiter. */
#ifndef PARTRACE_WORKLOAD_SYNC_H
#define PARTRACE_WORKLOAD_SYNC_H

#include <semaphore.h>

#include "cli/workload/run.h"

/* For prepare(): 0 or -errno. Condition variables go by CLOCK_MONOTONIC. */
int mutex_prepare(const struct arena *arena, pthread_mutex_t *ret);
int condition_prepare(const struct arena *arena, pthread_cond_t *ret);
int rwlock_prepare(const struct arena *arena, pthread_rwlock_t *ret);
int barrier_prepare(const struct arena *arena, pthread_barrier_t *ret, unsigned int parties);

/* Around a wait for a lock: counted and timed, also when it never ends. The second gives its ns. */
void lock_wait_begins(struct worker *worker);
uint64_t lock_wait_ends(struct worker *worker);

/* The worker's own clock around a contended acquisition; an uncontended one costs no clock. */
void mutex_lock_timed(struct worker *worker, pthread_mutex_t *mutex);

/* Served in the order of coming: nobody can barge in. */
#define TICKET_TURNS 16

struct ticket_lock {
	pthread_mutex_t guard;
	pthread_cond_t turn[TICKET_TURNS]; /* of the tickets that are equal modulo their number */
	uint64_t next;
	uint64_t serving;
};

/* As those above. */
int ticket_prepare(const struct arena *arena, struct ticket_lock *ret);
/* For how long it had to wait, in nanoseconds; 0: not at all. */
uint64_t ticket_lock_timed(struct ticket_lock *lock);
void ticket_unlock(struct ticket_lock *lock);

#endif
