/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: the texts that options take. 0, or -EINVAL / -ERANGE. */
#ifndef PARTRACE_VERBS_PARSE_H
#define PARTRACE_VERBS_PARSE_H

#include <sched.h>
#include <stdint.h>

/* What a refused duration is answered with. */
#define DURATION_FORMS "10s, 500ms, 1.5s, 2m, 250us, 1h"

/* A number and its unit: ns us ms s m h. A number alone is refused. */
int parse_duration(const char *text, uint64_t *ret_ns);
/* A whole number within bounds. */
int parse_count(const char *text, uint64_t low, uint64_t high, uint64_t *ret);
/* 0, 2-3 */
int parse_cpus(const char *text, cpu_set_t *ret);
/* 30% or 0.3 */
int parse_share(const char *text, double *ret);

#endif
