/* SPDX-License-Identifier: BSD-2-Clause */
/* For whom a CPU has been in the time before the last, in sums. */
#ifndef PARTRACE_BPF_MOMENT_H
#define PARTRACE_BPF_MOMENT_H

#include "bpf/maps.h"

#define NOT_KNOWN (~0ull)

/* Moments that lie further apart tell too little of what was between, and too much for a product.
 */
#define RATE_BITS 32

static __noinline void moment_take(struct cpu_totals *cpu, u64 now)
{
	u32 at = ++cpu->moment & (CPU_MOMENTS - 1);
	struct cpu_moment *moment = &cpu->moments[at];

	cpu->moment_next_ns = now + CPU_MOMENT_NS;
	moment->at_ns = now;
	for (u32 i = 0; i < SETS_MAX; i++)
		moment->sums[i] = cpu->target_ns[i];
	moment->sums[CPU_SUM_IDLE] = cpu->idle_ns;
}

static __always_inline u64 sum_at_rate(u64 sum, u64 of, u64 whole, u64 part)
{
	return whole && part < whole ? sum + of * part / whole : sum + of;
}

/* The CPU's sum `which` (a set's, CPU_SUM_IDLE) as it was then; NOT_KNOWN: too long ago. */
__weak __noinline u64 sum_as_of(u32 cpu, u32 which, u64 at)
{
	struct cpu_totals *totals = bpf_map_lookup_elem(&cpus, &cpu);
	u64 later_ns, later;

	if (!totals || which > CPU_SUM_IDLE)
		return NOT_KNOWN;
	later_ns = totals->seen_ns;
	later = which < SETS_MAX ? totals->target_ns[which & (SETS_MAX - 1)] : totals->idle_ns;
	for (u32 i = 0; i < CPU_MOMENTS; i++) {
		struct cpu_moment *moment =
			&totals->moments[(totals->moment - i) & (CPU_MOMENTS - 1)];
		u64 sum = moment->sums[which];

		if (!moment->at_ns || (later_ns - moment->at_ns) >> RATE_BITS)
			return NOT_KNOWN;
		if (moment->at_ns <= at)
			return sum_at_rate(sum, later - sum, later_ns - moment->at_ns,
					   at - moment->at_ns);
		later_ns = moment->at_ns;
		later = sum;
	}
	return NOT_KNOWN;
}

static __always_inline u64 sum_between(u32 cpu, u32 which, u64 from, u64 until)
{
	u64 before = sum_as_of(cpu, which, from), after;

	if (before == NOT_KNOWN)
		return NOT_KNOWN;
	after = sum_as_of(cpu, which, until);
	return after > before ? after - before : 0;
}

#endif
