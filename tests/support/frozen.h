/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that blocks for ever in a known place, and what is on its stack there. */
#ifndef PARTRACE_TESTS_FROZEN_H
#define PARTRACE_TESTS_FROZEN_H

#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/symbolizer.h"

#define FROZEN_STACK_MAX 65536u

struct frozen {
	pid_t pid;
	pid_t tid;       /* the thread that blocks */
	char text[4096]; /* what it printed first */
	struct raw_stack stack;
	uint8_t bytes[FROZEN_STACK_MAX];
};

/*
 * tests/programs/NAME of the build, or a path; `arguments` end with NULL. It is in a futex call
 * when this returns, its newest thread if it has more than one. Fails the test otherwise.
 */
void frozen_start(struct frozen *frozen, const char *name, const char *const *arguments);
void frozen_kill(struct frozen *frozen);

/* Its threads, the oldest first; how many there are. */
size_t frozen_threads(const struct frozen *frozen, pid_t *tids, size_t room);

/* Registers by ptrace, and at most `size` bytes of stack, into frozen->stack. */
void frozen_copy(struct frozen *frozen, size_t size);

/* The address that it printed after "NAME ". */
uint64_t frozen_address(const struct frozen *frozen, const char *name);

#endif
