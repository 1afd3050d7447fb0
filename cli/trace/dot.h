/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The waits-for graph for Graphviz: threads (boxes, in a frame for each process) wait for locks
 * (ellipses), which are held by threads. What waits or holds now is drawn in full, what did in the
 * window is dashed; cycles are red.
 */
#ifndef PARTRACE_TRACE_DOT_H
#define PARTRACE_TRACE_DOT_H

#include <stdbool.h>
#include <stdio.h>

#include "api/report.h"

/* `all`: also of what is no contention. 0, -ENOMEM, or -EIO when `out` failed. */
int dot_write(FILE *out, const struct report *report, bool all);

#endif
