/* SPDX-License-Identifier: BSD-2-Clause */
/* Sweeps that tests make, and what is in their documents. */
#ifndef PARTRACE_TESTS_SWEEPS_H
#define PARTRACE_TESTS_SWEEPS_H

#include <jansson.h>
#include <stddef.h>

/* Of a script that prints a sweep's document; fails the test on any error. For json_decref(). */
json_t *sweep_by(const char *script);
/* `partrace sweep ARGUMENTS`, held against its schema; it must have come to its end. */
json_t *sweep_of(const char *arguments);

const json_t *sweep_curve(const json_t *document, size_t curve);
const json_t *sweep_point(const json_t *document, size_t curve, size_t point);
/* What ends its gain. */
const char *sweep_cause_id(const json_t *document, size_t curve);

#endif
