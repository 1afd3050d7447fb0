/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run queue's clock: already updated when the scheduler calls us, so that reading it in
 * sched_switch, where alone it is exact, costs three loads.
 */
#ifndef PARTRACE_BPF_CLOCK_H
#define PARTRACE_BPF_CLOCK_H

#include "bpf/maps.h"

#include <bpf/bpf_core_read.h>

/* The same time base from anywhere else, good to a microsecond. */
static __always_inline u64 clock_anywhere(void)
{
	return bpf_ktime_get_ns() - control.clock_offset_ns;
}

/* About once a second; often at first, for the smallest difference is the truest. */
static __always_inline void clock_sample(struct cpu_totals *cpu, u64 now)
{
	u32 at;

	if (now < cpu->sample_next_ns || !settings.use_rq_clock)
		return;
	at = cpu->samples % CLOCK_SAMPLES;
	cpu->sample_offset_ns[at] = bpf_ktime_get_ns() - now;
	cpu->sample_at_ns[at] = now;
	cpu->samples++;
	cpu->sample_next_ns = now + (control.clock_wanted ? 0 : 1000000000ull);
}

#endif
