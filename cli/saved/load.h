/* SPDX-License-Identifier: BSD-2-Clause */
/* A report document out of a file, looked at before anything is made of it. */
#ifndef PARTRACE_SAVED_LOAD_H
#define PARTRACE_SAVED_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * `path` "-" is stdin. -errno when it cannot be read, -EBADMSG when it is no report: `why` is one
 * sentence about it, without a byte of what the file holds. With `sweeps` it may be a sweep
 * ("partrace.sweep/1") as well, which is not looked at any further.
 */
int load_report(const char *path, bool sweeps, json_t **ret, char *why, size_t why_size);
/* Out of an open file, which `name` stands for in `why`. */
int load_report_from(FILE *file, const char *name, bool sweeps, json_t **ret, char *why,
		     size_t why_size);

bool load_is_sweep(const json_t *document);
/* False for a report of --no-probe. */
bool load_is_probed(const json_t *document);

#endif
