/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last ten reports and sweeps, kept for `partrace report`: report-TIME.json, in the owner's
 * state folder.
 */
#ifndef PARTRACE_SAVED_STORE_H
#define PARTRACE_SAVED_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SAVED_REPORTS 10

/* 0, or -errno with one sentence in `why`. */
int saved_write(const json_t *document, char *why, size_t why_size);
/* -ENOENT when there is none; `sweeps` and other errors as load_report() has them. */
int saved_read_last(bool sweeps, json_t **ret, char *why, size_t why_size);

#endif
