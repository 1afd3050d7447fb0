/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks of locks as flame graph tools read them, a line each, the root first:
 * process;threads;root;...;leaf;[lock] MICROSECONDS
 * and samples of code:
 * process;root;...;leaf SAMPLES
 */
#ifndef PARTRACE_TRACE_FOLDED_H
#define PARTRACE_TRACE_FOLDED_H

#include <stdbool.h>
#include <stdio.h>

#include "api/report.h"

struct folded_choice {
	const char *role; /* waiter, releaser or holder */
	bool all;         /* of what is no contention, too */
	bool on_cpu;      /* samples of code instead, the weight their number */
};

/* How many stacks there are to write. */
size_t folded_count(const struct report *report, const struct folded_choice *choice);

/* 0, or -EIO when `out` failed. */
int folded_write(FILE *out, const struct report *report, const struct folded_choice *choice);

#endif
