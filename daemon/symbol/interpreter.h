/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Python's frames in the place of the interpreter's own: a stack of CPython's functions says little
 * to the reader of a Python program.
 */
#ifndef PARTRACE_SYMBOL_INTERPRETER_H
#define PARTRACE_SYMBOL_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct interpreters;
struct python;
struct symbol_frame;
struct symbolizer;
struct raw_stack;

/* Python processes that are remembered at once. */
#define INTERPRETERS_MAX 64u

/* 0 or -ENOMEM. */
int interpreters_new(struct interpreters **ret);
void interpreters_free(struct interpreters *interpreters);
/* It has ended: the next one of this PID is another. */
void interpreters_forget(struct interpreters *interpreters, pid_t pid);

/* The process's interpreter; NULL: it has none that is known. */
struct python *interpreters_get(struct interpreters *interpreters, pid_t pid);

/*
 * Puts what the stack's thread runs in Python into its native stack: each call of the interpreter
 * gives way to the frames that it runs. Nothing is changed when they do not fit together, for the
 * thread may have gone on since. Returns how many frames there are then, at most `room`.
 */
size_t interpreters_merge(struct symbolizer *symbolizer, pid_t pid, const struct raw_stack *stack,
			  struct symbol_frame *frames, size_t count, size_t room);

#endif
