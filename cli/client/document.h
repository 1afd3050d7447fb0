/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON report document -> the structs of api/report.h. */
#ifndef PARTRACE_CLIENT_DOCUMENT_H
#define PARTRACE_CLIENT_DOCUMENT_H

#include <jansson.h>

#include "api/report.h"

/*
 * Missing keys are left 0/NULL, wrong types refused: -EBADMSG, with the JSON path in `why`.
 * The strings of *ret live as long as `document`; report_release() frees the arrays.
 */
int report_decode(const json_t *document, struct report *ret, char *why, size_t why_size);
void report_release(struct report *report);

#endif
