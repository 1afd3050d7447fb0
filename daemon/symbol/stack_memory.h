/* SPDX-License-Identifier: BSD-2-Clause */
/* What lay on a thread's stack: the copy, and where that is allowed the process's own memory. */
#ifndef PARTRACE_SYMBOL_STACK_MEMORY_H
#define PARTRACE_SYMBOL_STACK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/target_memory.h"

/* How far beyond the copy a stack is followed. */
#define STACK_READ_ON_MAX (256u * 1024u)

struct stack_memory {
	pid_t pid;
	struct target_memory process;
	uint64_t from; /* the stack pointer: where the copy begins */
	const uint8_t *copy;
	size_t copy_size;
	bool may_read_on;
	uint8_t *more; /* read from the process: what follows the copy */
	size_t more_size;
	size_t more_room;
	bool more_ended;     /* nothing beyond it can be read */
	unsigned int strays; /* single words that were read elsewhere (alternate signal stacks) */
};

/* `more` stays allocated from stack to stack; it is wiped by stack_memory_end(). */
void stack_memory_begin(struct stack_memory *memory);
void stack_memory_end(struct stack_memory *memory);
void stack_memory_release(struct stack_memory *memory);

/* The eight bytes there; false when they are not known. `memory` is a struct stack_memory. */
bool stack_memory_read(void *memory, uint64_t address, uint64_t *ret);

#endif
