/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARTRACE_TESTS_CONTEND_H
#define PARTRACE_TESTS_CONTEND_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "../truth.h"

#define CONTEND_THREADS_MAX 64

union any_lock {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	sem_t semaphore;
} __attribute__((aligned(64)));

enum lock_family { FAMILY_MUTEX, FAMILY_RWLOCK, FAMILY_SEMAPHORE };

extern struct contend {
	const char *kind, *holder;
	int threads;
	bool procs, timed;
	enum lock_family family;
	union any_lock *index, *session;
	int index_truth, session_truth; /* numbers of truth_lock() */
} contend;

/* By contend.kind; false when there is no such kind here. */
bool lock_init(union any_lock *lock);
size_t lock_size(void);
void lock_release(union any_lock *lock);

void shared_locks_make(void);
void shared_locks_map_again(void);

/* By contend.holder; false when there is no such role. */
bool holder_init(void);
void holder_end(void);
void *holder_run(void *number);
void *keeper_run(void *number);
void *visitor_run(void *number);
void *user_run(void *number);

bool lock_try(union any_lock *lock, bool write);
struct timespec lock_deadline(void);

/*
 * Takes the lock, and by its own clock when it has to wait, as cli/workload/lock.c does. A macro:
 * the function that uses it is itself the direct caller of the library's. True when it was got.
 */
#define LOCK_TAKE(lock_, truth_, write_, timed_)                                                   \
	({                                                                                         \
		int error_ = 0;                                                                    \
		if (!lock_try(lock_, write_)) {                                                    \
			uint64_t from_ns_ = truth_now();                                           \
			LOCK_WAIT(error_, lock_, write_, timed_);                                  \
			truth_waited(truth_, __func__, from_ns_, error_ != 0);                     \
		}                                                                                  \
		if (!error_)                                                                       \
			truth_acquired(truth_);                                                    \
		!error_;                                                                           \
	})

#define LOCK_WAIT(error_, lock_, write_, timed_)                                                   \
	do {                                                                                       \
		struct timespec at_ = lock_deadline();                                             \
		if (contend.family == FAMILY_MUTEX)                                                \
			error_ = (timed_) ? pthread_mutex_timedlock(&(lock_)->mutex, &at_)         \
					  : pthread_mutex_lock(&(lock_)->mutex);                   \
		else if (contend.family == FAMILY_SEMAPHORE)                                       \
			error_ = (timed_) ? sem_timedwait(&(lock_)->semaphore, &at_)               \
					  : sem_wait(&(lock_)->semaphore);                         \
		else if (write_)                                                                   \
			error_ = (timed_) ? pthread_rwlock_timedwrlock(&(lock_)->rwlock, &at_)     \
					  : pthread_rwlock_wrlock(&(lock_)->rwlock);               \
		else                                                                               \
			error_ = (timed_) ? pthread_rwlock_timedrdlock(&(lock_)->rwlock, &at_)     \
					  : pthread_rwlock_rdlock(&(lock_)->rwlock);               \
	} while (0)

#define LOCK_GIVE(lock_, truth_)                                                                   \
	do {                                                                                       \
		truth_releasing(truth_);                                                           \
		lock_release(lock_);                                                               \
	} while (0)

#endif
