/* SPDX-License-Identifier: BSD-2-Clause */
/* The sweep as a document: "partrace.sweep/1" (include/api/sweep.schema.json), and as CSV. */
#ifndef PARTRACE_SWEEP_DOCUMENT_H
#define PARTRACE_SWEEP_DOCUMENT_H

#include <jansson.h>
#include <stdio.h>

#include "cli/sweep/curve.h"

/* Every point carries the whole report of its median run. NULL when out of memory. */
json_t *sweep_document(const struct sweep_result *result);

/* A line for each run, in the order of curves and workers; failed ones have no time. */
void sweep_csv(FILE *out, const struct sweep_result *result);

/* threads, processes; NULL for a command */
const char *sweep_mode_name(const struct sweep_curve_name *name);
/* native, python; NULL for a command */
const char *sweep_runtime_name(const struct sweep_curve_name *name);

#endif
