/* SPDX-License-Identifier: BSD-2-Clause */
/* What these programs know of their waits: all of their threads' time in TIMED(), in one figure. */
#ifndef PARTRACE_TESTS_TIMED_H
#define PARTRACE_TESTS_TIMED_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static atomic_ullong timed_ns;

static inline uint64_t timed_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline void timed_sleep(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

#define TIMED(call)                                                                                \
	do {                                                                                       \
		uint64_t timed_from = timed_now();                                                 \
		call;                                                                              \
		timed_ns += timed_now() - timed_from;                                              \
	} while (0)

static inline void timed_print(const char *program)
{
	printf("{\"program\":\"%s\",\"wait_ns\":%llu}\n", program, timed_ns);
}

#endif
