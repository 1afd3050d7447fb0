// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/copy.h"

#include <stddef.h>
#include <string.h>

#define TRIES 1000

/* What lies before `head` and from `tail` on. */
static void copy(const struct thread_slot *shared, struct thread_slot *ret, size_t head,
		 size_t tail)
{
	for (int tries = 0; tries < TRIES; tries++) {
		__u32 before = __atomic_load_n(&shared->seq, __ATOMIC_ACQUIRE);

		memcpy(ret, shared, head);
		memcpy((char *)ret + tail, (const char *)shared + tail, sizeof(*ret) - tail);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(before & 1) && __atomic_load_n(&shared->seq, __ATOMIC_RELAXED) == before)
			return;
	}
}

void slot_copy(const struct thread_slot *shared, struct thread_slot *ret)
{
	copy(shared, ret, sizeof(*ret), sizeof(*ret));
}

void slot_copy_times(const struct thread_slot *shared, struct thread_slot *ret)
{
	copy(shared, ret, offsetof(struct thread_slot, criticality), sizeof(*ret));
}

void slot_copy_wait(const struct thread_slot *shared, struct thread_slot *ret)
{
	copy(shared, ret, offsetof(struct thread_slot, criticality),
	     offsetof(struct thread_slot, yields));
}

void set_copy(const struct set_totals *shared, struct set_totals *ret)
{
	for (int tries = 0; tries < TRIES; tries++) {
		__u64 ended = __atomic_load_n(&shared->ended, __ATOMIC_ACQUIRE);

		memcpy(ret, shared, sizeof(*ret));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&shared->begun, __ATOMIC_RELAXED) == ended)
			return;
	}
}
