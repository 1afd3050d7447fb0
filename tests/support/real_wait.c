// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/real_wait.h"

#include <criterion/criterion.h>
#include <linux/futex.h>
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
