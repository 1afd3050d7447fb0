// SPDX-License-Identifier: BSD-2-Clause
/*
 * How fast this machine's time stamp counter runs, which an emulated guest reads as its own. Left
 * to measure it itself, against emulated timers, a guest is off by up to 10 times when QEMU gets
 * little CPU time, and so are its clock and its timeouts.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define SPAN_NS 200000000
#define TRIES   16

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* Both clocks at one moment: of several tries, the one in which least time went by. */
static void sample(uint64_t *ret_ticks, uint64_t *ret_ns)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc(), now_ns = clock_ns(), after = __rdtsc();

		if (after - before >= best)
			continue;
		best = after - before;
		*ret_ticks = before + best / 2;
		*ret_ns = now_ns;
	}
}

int main(void)
{
	struct timespec span = { .tv_nsec = SPAN_NS };
	uint64_t ticks, ns, last_ticks, last_ns;

	sample(&ticks, &ns);
	nanosleep(&span, NULL);
	sample(&last_ticks, &last_ns);
	printf("%.0f\n", (last_ticks - ticks) * 1e6 / (last_ns - ns));
	return 0;
}
