/* SPDX-License-Identifier: BSD-2-Clause */
/* Which Python runs a workload's twin. */
#ifndef PARTRACE_VERBS_INTERPRETER_H
#define PARTRACE_VERBS_INTERPRETER_H

#include <stddef.h>

#include "cli/workload/workload.h"

/*
 * plan->python as it was given, or NULL for the python3 of whoever called, becomes a path in
 * `path`. STATUS_DONE, or a status of cli/verb.h after a sentence.
 */
int interpreter_find(struct workload_plan *plan, char *path, size_t size);

#endif
