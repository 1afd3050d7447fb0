/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON report document: to the structs of api/report.h, and to a file. */
#ifndef PARTRACE_CLIENT_DOCUMENT_H
#define PARTRACE_CLIENT_DOCUMENT_H

#include <jansson.h>
#include <stdio.h>

#include "api/report.h"

/*
 * Missing keys and objects that are null are left 0/NULL, wrong types refused: -EBADMSG, with the
 * JSON path in `why`. The strings of *ret live as long as `document`; report_release() frees the
 * arrays.
 */
int report_decode(const json_t *document, struct report *ret, char *why, size_t why_size);
void report_release(struct report *report);

/* As --json prints it, indented or as one line (NDJSON). 0 or -errno. */
int document_write(const json_t *document, FILE *out, bool one_line);

#endif
