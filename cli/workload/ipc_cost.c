// SPDX-License-Identifier: BSD-2-Clause
#include "cli/workload/ipc_cost.h"

struct ipc_cost ipc_cost_of(const struct ipc_batch *small, const struct ipc_batch *large)
{
	struct ipc_cost cost = { 0 };
	double small_ns, large_ns, small_bytes, large_bytes;

	if (!small->messages || !large->messages)
		return cost;
	small_ns = (double)small->elapsed_ns / (double)small->messages;
	large_ns = (double)large->elapsed_ns / (double)large->messages;
	small_bytes = (double)small->bytes / (double)small->messages;
	large_bytes = (double)large->bytes / (double)large->messages;
	if (large_bytes > small_bytes && large_ns > small_ns)
		cost.per_byte_ns = (large_ns - small_ns) / (large_bytes - small_bytes);
	cost.per_message_ns = small_ns - cost.per_byte_ns * small_bytes;
	if (cost.per_message_ns < 0)
		cost.per_message_ns = 0;
	return cost;
}

/* A cold cache or a page fault is the work's own; of what takes longer somebody else had the CPU.
 */
#define INTERRUPTED_NS    50000
#define INTERRUPTED_TIMES 8

uint64_t ipc_worked_ns(const uint64_t took_ns[], size_t count)
{
	uint64_t least_ns = UINT64_MAX, sum_ns = 0, limit_ns;
	size_t whole = 0;

	for (size_t i = 0; i < count; i++)
		least_ns = took_ns[i] < least_ns ? took_ns[i] : least_ns;
	limit_ns = INTERRUPTED_NS + INTERRUPTED_TIMES * least_ns;
	for (size_t i = 0; i < count; i++) {
		if (took_ns[i] > limit_ns)
			continue;
		sum_ns += took_ns[i];
		whole++;
	}
	return whole ? sum_ns * count / whole : 0;
}
