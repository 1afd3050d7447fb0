/* SPDX-License-Identifier: BSD-2-Clause */
/* Who traces the processes of a report: a program that a debugger holds does nothing by itself. */
#ifndef PARTRACE_TRACERS_H
#define PARTRACE_TRACERS_H

#include "api/report.h"

#define TRACERS_MAX 64u

/* The names that a report's rows point to. */
struct tracers {
	char names[TRACERS_MAX][64];
};

/*
 * Fills in processes[].tracer_pid and tracer of those that were stopped in the window, the first
 * TRACERS_MAX of them: `tracers` has to last as long as the report.
 */
void tracers_fill(struct tracers *tracers, struct report *report);

#endif
