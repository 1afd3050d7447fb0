/* SPDX-License-Identifier: BSD-2-Clause */
/* `partrace diff` of two sweeps. */
#ifndef PARTRACE_VERBS_DIFF_SWEEPS_H
#define PARTRACE_VERBS_DIFF_SWEEPS_H

#include <jansson.h>

/* The sweep in this file; NULL, without a word, when it is something else. For json_decref(). */
json_t *sweep_or_null(const char *path);

/* Prints what changed; an exit status: 4 when a point is slower beyond noise. */
int compare_sweeps(const json_t *before, const json_t *after, double least);

#endif
