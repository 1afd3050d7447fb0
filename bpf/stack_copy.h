/* SPDX-License-Identifier: BSD-2-Clause */
/* The top of the current thread's stack, as it is. */
#ifndef PARTRACE_BPF_STACK_COPY_H
#define PARTRACE_BPF_STACK_COPY_H

#include "bpf/maps.h"

#include <bpf/bpf_core_read.h>

#define PAGE_BYTES 4096

/* Of those a thread entered the kernel with, as they were copied. */
#define REGISTER(head, field)                                                                      \
	((head)->registers[bpf_core_field_offset(struct pt_regs, field) / sizeof(u64)])

/* A page that could not be read is asked for again after so many copies: it may be swapped in. */
#define STACK_END_COPIES 64

/* Does the stack end before this page, as far as is known? A fault costs more than the copy. */
static __always_inline bool stack_ends_at(struct thread_slot *slot, u64 page)
{
	return slot->stack_end == page && ++slot->stack_end_copies % STACK_END_COPIES;
}

/*
 * From its pointer on to the end of that page, which is there, and one page more, which may not be.
 * Returns how many bytes.
 */
static __always_inline u32 copy_stack(struct stack_buffer *buffer, struct thread_slot *slot,
				      u64 pointer)
{
	u32 first = PAGE_BYTES - (pointer & (PAGE_BYTES - 1));
	u64 next = pointer + first;

	if (first > PAGE_BYTES || bpf_probe_read_user(buffer->memory, first, (void *)pointer))
		return 0;
	if (stack_ends_at(slot, next))
		return first;
	if (bpf_probe_read_user(buffer->memory + first, PAGE_BYTES, (void *)next)) {
		slot->stack_end = next;
		return first;
	}
	slot->stack_end = 0;
	return first + PAGE_BYTES;
}

#endif
