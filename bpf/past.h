/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread did lately, for the case that others turn out to have waited for it meanwhile. */
#ifndef PARTRACE_BPF_PAST_H
#define PARTRACE_BPF_PAST_H

#include "bpf/lock.h"

static __always_inline void past_add(struct thread_slot *slot, u64 now, u32 state)
{
	slot->past[slot->past_at & (PAST_ENTRIES - 1)] = now << PAST_STATE_BITS | state;
	slot->past_at++;
}

static __always_inline u32 past_state_of(u32 cause)
{
	if (cause == WAIT_LOCK)
		return HOLDER_LOCK;
	return cause == WAIT_IO || cause == WAIT_IPC ? HOLDER_IO : HOLDER_OTHER;
}

/* Adds what the thread did from `from` to `to` to the edge; what is longer ago stays unknown. */
__weak __noinline int past_add_to_edge(u32 index, u32 edge_number, u64 from, u64 to)
{
	struct thread_slot *slot = slot_at(index);
	struct lock_edge *edge = edge_at(edge_number);

	if (!slot || !edge || from >= to)
		return 0;
	for (u32 i = 1; i <= PAST_ENTRIES; i++) {
		u64 entry = slot->past[(slot->past_at - i) & (PAST_ENTRIES - 1)];
		u64 since = entry >> PAST_STATE_BITS;
		u32 state = entry & ((1 << PAST_STATE_BITS) - 1);

		if (!entry)
			break;
		if (since < from)
			since = from;
		if (since < to && state < HOLDER_STATES) {
			edge->state_ns[state] += to - since;
			to = since;
			if (state == HOLDER_LOCK)
				edge->behind = slot->last_lock;
		}
		if (to <= from)
			break;
	}
	return 0;
}

#endif
