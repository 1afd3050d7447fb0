/* SPDX-License-Identifier: BSD-2-Clause */
/* Units of time, and the clock both programs stamp with. */
#ifndef PARTRACE_BASE_UNITS_H
#define PARTRACE_BASE_UNITS_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull
#define USEC_PER_SEC  1000000ull

/* Since the zero of its own clock, as the next two. */
static inline uint64_t timespec_ns(struct timespec time)
{
	return (uint64_t)time.tv_sec * NSEC_PER_SEC + (uint64_t)time.tv_nsec;
}

/* CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, … */
static inline uint64_t clock_now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return timespec_ns(time);
}

/* What windows of time, leases and patience are measured with. */
static inline uint64_t monotonic_ns(void)
{
	return clock_now_ns(CLOCK_MONOTONIC);
}

#endif
