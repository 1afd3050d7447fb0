/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: what a message costs, split into what it costs at all and what each byte adds. */
#ifndef PARTRACE_WORKLOAD_IPC_COST_H
#define PARTRACE_WORKLOAD_IPC_COST_H

#include <stddef.h>
#include <stdint.h>

/* Messages of one size through one channel, all together. */
struct ipc_batch {
	uint64_t messages;
	uint64_t bytes;
	uint64_t elapsed_ns;   /* from before the first to after the last arrived */
	uint64_t cpu_ns;       /* of sender and receiver */
	uint64_t serialise_ns; /* of that, putting records into bytes and out again */
};

struct ipc_cost {
	double per_message_ns;
	double per_byte_ns;
};

/* The line through both; never negative, 0 where there were no messages. */
struct ipc_cost ipc_cost_of(const struct ipc_batch *small, const struct ipc_batch *large);

/*
 * What so many equal pieces of work took of the CPU, by the clock on the wall: reading the CPU's
 * own takes longer than the work. Where a piece was interrupted, it counts as the others' mean.
 */
uint64_t ipc_worked_ns(const uint64_t took_ns[], size_t count);

#endif
