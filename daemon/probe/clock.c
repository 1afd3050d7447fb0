// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/clock.h"

#include <time.h>

#include "base/units.h"

#define SAMPLE_LIFE_NS (10 * NSEC_PER_SEC)
#define PROVOKED       6

bool clock_is_stale(const struct clock *clock, uint64_t monotonic_now_ns)
{
	return !clock->updated_ns || monotonic_now_ns - clock->updated_ns > NSEC_PER_SEC;
}

void clock_provoke_samples(void)
{
	struct timespec moment = { .tv_nsec = 20 * NSEC_PER_USEC };

	for (int i = 0; i < PROVOKED; i++)
		nanosleep(&moment, NULL);
}

void clock_update(struct clock *clock, const struct cpu_totals *cpus, uint32_t cpu_count,
		  uint64_t monotonic_now_ns)
{
	int64_t best = INT64_MAX;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint64_t samples = cpus[cpu].samples;

		for (uint32_t i = 0; i < CLOCK_SAMPLES && i < samples; i++) {
			int64_t offset = cpus[cpu].sample_offset_ns[i];
			int64_t age = monotonic_now_ns - offset - cpus[cpu].sample_at_ns[i];

			if (age <= (int64_t)SAMPLE_LIFE_NS && offset < best)
				best = offset;
		}
	}
	if (best == INT64_MAX)
		return;
	clock->offset_ns = best;
	clock->updated_ns = monotonic_now_ns;
}
