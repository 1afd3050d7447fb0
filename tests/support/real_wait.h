/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread of the test itself that really waits for a futex, and what the kernel says of it. */
#ifndef PARTRACE_TESTS_REAL_WAIT_H
#define PARTRACE_TESTS_REAL_WAIT_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

struct real_wait {
	pthread_t thread;
	uint32_t tid;
	const uint8_t *word; /* the futex word it waits for, in this process */
	uint32_t operation;  /* without flags */
	bool is_private;
	uint32_t value;
};

/* A lock with room on either side, so that what is read around it is the test's own. */
union lock_zone {
	uint8_t bytes[512];
	struct {
		uint8_t before[128];
		union {
			pthread_mutex_t mutex;
			pthread_rwlock_t rwlock;
			pthread_cond_t condition;
			pthread_barrier_t barrier;
			sem_t semaphore;
		};
	};
};

/* Starts a thread that runs body(argument); back when it waits for a futex, or the test fails. */
void real_wait_begin(void *(*body)(void *), void *argument, struct real_wait *ret);

/* Bodies: each waits for what it is given, and gives it back. */
void *real_take_mutex(void *mutex);
void *real_take_mutex_in_time(void *mutex); /* by a wait that would end after a minute */
void *real_read_lock(void *rwlock);
void *real_write_lock(void *rwlock);
void *real_wait_semaphore(void *semaphore);
void *real_wait_condition(void *condition); /* until real_signal() */
void *real_join(void *thread);              /* a pthread_t * */

void real_signal(pthread_cond_t *condition);

#endif
