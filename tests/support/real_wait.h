/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread of the test itself that really waits for a futex, and what the kernel says of it. */
#ifndef PARTRACE_TESTS_REAL_WAIT_H
#define PARTRACE_TESTS_REAL_WAIT_H

#include <pthread.h>
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

/* Starts a thread that runs body(argument); back when it waits for a futex. Fails the test if not.
 */
void real_wait_begin(void *(*body)(void *), void *argument, struct real_wait *ret);

#endif
