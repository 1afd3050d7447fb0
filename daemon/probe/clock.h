/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOCK_MONOTONIC <-> run-queue clock: they drift apart by 0.4 us a second (measured). */
#ifndef PARTRACE_PROBE_CLOCK_H
#define PARTRACE_PROBE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/totals.h"

struct clock {
	int64_t offset_ns; /* monotonic - run-queue clock */
	uint64_t updated_ns;
};

/* An offset older than a second may be wrong by half a microsecond. */
bool clock_is_stale(const struct clock *clock, uint64_t monotonic_now_ns);

/* Sleeps a few times for a moment: each is a switch that the probe samples. */
void clock_provoke_samples(void);

/* Takes the smallest offset of the last seconds: a sample is late, never early. */
void clock_update(struct clock *clock, const struct cpu_totals *cpus, uint32_t cpu_count,
		  uint64_t monotonic_now_ns);

#endif
