/* SPDX-License-Identifier: BSD-2-Clause */
/* Every map of the probes, once. Weak, so that each object may see them and the linker keeps one.
 */
#ifndef PARTRACE_BPF_MAPS_H
#define PARTRACE_BPF_MAPS_H

#include "bpf/kernel.h"

#include <bpf/bpf_helpers.h>

#include "abi/lock.h"
#include "abi/settings.h"
#include "abi/totals.h"

/* Which tasks are targets, and where each is counted. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct target_mark);
} targets __weak SEC(".maps");

/* Resized to --max-threads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct thread_slot);
} threads __weak SEC(".maps");

/* Indexes of slots that were given back. A stack: few pages stay in use. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1);
	__type(value, u32);
} free_slots __weak SEC(".maps");

/* Resized to the possible CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_totals);
} cpus __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SETS_MAX);
	__type(key, u32);
	__type(value, struct set_totals);
} sets __weak SEC(".maps");

/* Resized to the possible CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct culprit_table);
} culprits __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LOCK_ROWS);
	__type(key, u32);
	__type(value, struct lock_row);
} locks __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LOCK_ROWS);
	__type(key, u32);
	__type(value, u64);
} lock_keys __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EDGE_ROWS);
	__type(key, u32);
	__type(value, u64);
} edge_keys __weak SEC(".maps");

/* Nothing but zeros, to wipe a row with: a loop over it would be most of what the verifier does. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct lock_row);
} no_lock __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EDGE_ROWS);
	__type(key, u32);
	__type(value, struct lock_edge);
} edges __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SETS_MAX);
	__type(key, u32);
	__type(value, struct lock_losses);
} lock_losses __weak SEC(".maps");

/* By slot. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, STACK_BUFFERS);
	__type(key, u32);
	__type(value, struct stack_buffer);
} stacks __weak SEC(".maps");

/* By slot - STACK_BUFFERS; resized to --max-threads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct standing);
} standing __weak SEC(".maps");

/* struct stack_head and as much of the stack as it says. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 21);
} samples __weak SEC(".maps");

/* PIDs and TIDs that the next OBSERVE_MARK looks for: WANT_PID, WANT_TID. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, u32);
} wanted __weak SEC(".maps");

/* Watched cgroups by ID: the sets that watch them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, struct cgroup_key);
	__type(value, u32);
} cgroups __weak SEC(".maps");

extern const volatile struct probe_settings settings;
extern struct probe_control control;
extern struct losses losses;

/* Without a branch for each set, of which the verifier would follow all combinations. */
static __always_inline void add_to_sets(u64 *sums, u32 sets, u64 value)
{
	/* As nearly always. */
	if (sets == 1) {
		sums[0] += value;
		return;
	}
	for (u32 i = 0; i < SETS_MAX; i++)
		sums[i] += value & -(u64)(sets >> i & 1);
}

/* Its slot is to be given back; false if that was said or done already. */
static __always_inline bool slot_dies(struct thread_slot *slot)
{
	return __sync_val_compare_and_swap(&slot->life, SLOT_LIVE, SLOT_DEAD) == SLOT_LIVE;
}

static __always_inline void count_loss(u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

#endif
