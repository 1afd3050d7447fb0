/* SPDX-License-Identifier: BSD-2-Clause */
/* The report that a verb is to work on: out of a file, or the last one saved. */
#ifndef PARTRACE_VERBS_INPUT_H
#define PARTRACE_VERBS_INPUT_H

#include <jansson.h>

/* What `path` is called in messages. */
const char *input_name(const char *path);
/* `path` NULL is the last one saved. -errno after one sentence has been said. */
int input_report(const char *path, json_t **ret);
/* It may be a sweep as well: load_is_sweep(). */
int input_report_or_sweep(const char *path, json_t **ret);
/* As the first, and -ENODATA, also said, when it was not probed or knows nothing of locks. */
int input_report_of_locks(const char *path, json_t **ret);

#endif
