// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/real_wait.h"

#include <criterion/criterion.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/owned.h"

#define LOOKS 2000 /* a millisecond apart */

struct start {
	void *(*body)(void *);
	void *argument;
	_Atomic uint32_t tid;
};

static void *started(void *argument)
{
	struct start *start = argument;
	void *(*body)(void *) = start->body;
	void *its_argument = start->argument;

	/* From here on `start` is gone. */
	atomic_store(&start->tid, (uint32_t)gettid());
	return body(its_argument);
}

static bool waits_for_futex(struct real_wait *wait)
{
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long operation, value;
	void *word;
	char path[64];
	long number;

	snprintf(path, sizeof(path), "/proc/self/task/%u/syscall", wait->tid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%ld %p %lx %lx", &number, &word, &operation, &value) != 4 ||
	    number != SYS_futex)
		return false;
	wait->word = word;
	wait->operation = (uint32_t)operation & FUTEX_CMD_MASK;
	wait->is_private = operation & FUTEX_PRIVATE_FLAG;
	wait->value = (uint32_t)value;
	return true;
}

void real_wait_begin(void *(*body)(void *), void *argument, struct real_wait *ret)
{
	struct start start = { .body = body, .argument = argument };

	cr_assert_eq(pthread_create(&ret->thread, NULL, started, &start), 0);
	while (!atomic_load(&start.tid))
		usleep(1000);
	ret->tid = atomic_load(&start.tid);
	for (int i = 0; i < LOOKS; i++) {
		if (waits_for_futex(ret))
			return;
		usleep(1000);
	}
	cr_assert_fail("thread %u never waited for a futex", ret->tid);
}

void *real_take_mutex(void *argument)
{
	if (pthread_mutex_lock(argument) == 0)
		pthread_mutex_unlock(argument);
	return NULL;
}

void *real_take_mutex_in_time(void *argument)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	if (pthread_mutex_timedlock(argument, &until) == 0)
		pthread_mutex_unlock(argument);
	return NULL;
}

void *real_read_lock(void *argument)
{
	pthread_rwlock_rdlock(argument);
	pthread_rwlock_unlock(argument);
	return NULL;
}

void *real_write_lock(void *argument)
{
	pthread_rwlock_wrlock(argument);
	pthread_rwlock_unlock(argument);
	return NULL;
}

void *real_wait_semaphore(void *argument)
{
	sem_wait(argument);
	return NULL;
}

void *real_join(void *argument)
{
	pthread_join(*(pthread_t *)argument, NULL);
	return NULL;
}

static pthread_mutex_t of_condition = PTHREAD_MUTEX_INITIALIZER;

void *real_wait_condition(void *argument)
{
	pthread_mutex_lock(&of_condition);
	pthread_cond_wait(argument, &of_condition);
	pthread_mutex_unlock(&of_condition);
	return NULL;
}

void real_signal(pthread_cond_t *condition)
{
	pthread_mutex_lock(&of_condition);
	pthread_cond_signal(condition);
	pthread_mutex_unlock(&of_condition);
}
