/* SPDX-License-Identifier: BSD-2-Clause */
/* A CPU's short memory of which slots the targets have that were lately switched on it. */
#ifndef PARTRACE_BPF_RECENT_H
#define PARTRACE_BPF_RECENT_H

#include "bpf/maps.h"

static __always_inline struct recent_target *recent_at(struct cpu_totals *cpu, u32 tid)
{
	return &cpu->recent[tid & (RECENT_TARGETS - 1)];
}

/*
 * The task's slot, if this is about it: one that is alive and bears the task's TID is the task's,
 * whatever has happened meanwhile. But for an exec by another thread than the leader: the two
 * exchange their TIDs before the slots know, while the leader has yet to make its last switch. So
 * it must be the same task, too.
 */
static __always_inline struct thread_slot *recent_slot(struct recent_target *recent,
						       struct task_struct *task, u32 tid)
{
	struct thread_slot *slot;

	if (recent->task != (u64)task)
		return NULL;
	slot = bpf_map_lookup_elem(&threads, &recent->slot);
	return slot && slot->tid == tid && slot->life == SLOT_LIVE ? slot : NULL;
}

#endif
