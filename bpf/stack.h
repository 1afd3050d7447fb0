/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in its code a thread waits: the registers it entered the kernel with and the top of its
 * stack, as they are. Unwinding them is the daemon's work, for most binaries have no frame
 * pointers.
 */
#ifndef PARTRACE_BPF_STACK_H
#define PARTRACE_BPF_STACK_H

#include "bpf/lock.h"
#include "bpf/stack_copy.h"

/* All threads together: what the daemon can unwind without becoming a load itself. */
#define STACK_WINDOW_NS   100000000ull
#define STACKS_PER_WINDOW 64
/* Besides, for waits of a window and more: one that is not repeated has no second chance. */
#define LONG_STACKS_PER_WINDOW 16

/* A stack stands for a sixteenth of its edge's time at most, and for 20 µs at least. */
#define STACK_MIN_NS    20000
#define STACK_SHARE_LOG 4

/*
 * Of short waits that come again and again none is copied while there is no room for it: in a storm
 * that is most of them. Where waits are long, what a copy costs is nothing.
 */
#define STACK_WAITS_MIN (1 << STACK_SHARE_LOG)
#define STACK_CHEAP_NS  1000000

static __always_inline struct stack_buffer *stack_of(u32 index)
{
	return bpf_map_lookup_elem(&stacks, &index);
}

/* Global: the verifier looks once. */
__weak __noinline u32 stack_copy(u32 index, u64 pointer)
{
	struct stack_buffer *buffer = stack_of(index);
	struct thread_slot *slot = slot_at(index);

	return buffer && slot ? copy_stack(buffer, slot, pointer) : 0;
}

/*
 * The current thread's stack into its own buffer; 0: it has none, or cannot be read. A wait that is
 * over but not yet accounted, for the switch-in that ended it was not seen, has its stack no more.
 */
__weak __noinline int stack_take(u32 index)
{
	struct stack_buffer *buffer = stack_of(index);
	struct thread_slot *slot = slot_at(index);

	if (!buffer || !slot)
		return 0;
	/* Who wakes it may note something there just now, too. */
	__sync_fetch_and_and(&slot->futex_flags, ~FUTEX_STACK);
	if (bpf_probe_read_kernel(buffer->head.registers, sizeof(buffer->head.registers),
				  (void *)slot->registers))
		return 0;
	buffer->head.bytes = stack_copy(index, REGISTER(&buffer->head, sp));
	return buffer->head.bytes;
}

/* In this moment's room for stacks. Read first: a line that all CPUs write costs more than all
 * else. */
static __always_inline bool stack_window_is_full(u64 now)
{
	return control.stacks_taken >= STACKS_PER_WINDOW &&
	       now - control.stack_window_ns <= STACK_WINDOW_NS;
}

/*
 * Is this much waiting worth a stack, and has nobody else used this moment's room? `wait_ns` is the
 * part of it that has just ended, in one piece.
 */
static __always_inline bool stack_is_due(u64 stackless_ns, u64 all_ns, u64 wait_ns, u64 now)
{
	if (stackless_ns < STACK_MIN_NS || stackless_ns < all_ns >> STACK_SHARE_LOG)
		return false;
	if (now - control.stack_window_ns > STACK_WINDOW_NS) {
		control.stack_window_ns = now;
		control.stacks_taken = 0;
		control.long_stacks_taken = 0;
	}
	if (!stack_window_is_full(now) &&
	    __sync_fetch_and_add(&control.stacks_taken, 1) < STACKS_PER_WINDOW)
		return true;
	return wait_ns >= STACK_WINDOW_NS &&
	       __sync_fetch_and_add(&control.long_stacks_taken, 1) < LONG_STACKS_PER_WINDOW;
}

/* Sends what the thread's buffer holds; it stands for that many waits. */
__weak __noinline int stack_send(u32 index, u32 role, u32 edge_number, u64 waits, u64 wait_ns)
{
	struct stack_buffer *buffer = stack_of(index);
	struct thread_slot *slot = slot_at(index);
	struct lock_edge *edge = edge_at(edge_number);
	u32 bytes;

	if (!buffer || !slot || !edge)
		return 0;
	bytes = buffer->head.bytes;
	if (!bytes || bytes > STACK_BYTES)
		return 0;
	buffer->head.role = role;
	buffer->head.slot = index;
	buffer->head.slot_generation = slot->generation;
	buffer->head.lock.row = edge->lock;
	buffer->head.lock.generation = edge->lock_generation;
	buffer->head.sets = slot->sets;
	buffer->head.pid = slot->pid;
	buffer->head.tid = slot->shown_tid;
	buffer->head.waits = waits;
	buffer->head.wait_ns = wait_ns;
	if (!bpf_ringbuf_output(&samples, buffer, sizeof(buffer->head) + bytes, 0))
		return 1;
	count_loss(&losses.stacks);
	return 0;
}

#endif
