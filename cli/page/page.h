/* SPDX-License-Identifier: BSD-2-Clause */
/* One self-contained HTML page of a document: words by C, charts by the page's own script. Pure. */
#ifndef PARTRACE_PAGE_PAGE_H
#define PARTRACE_PAGE_PAGE_H

#include <jansson.h>
#include <stdio.h>

/*
 * `document` is a partrace.report/1 or a partrace.sweep/1; keys that are missing or of another type
 * are left out of the page. It holds the document (a sweep without its points' reports), needs
 * nothing from elsewhere, and may not load anything. 0, -EBADMSG when it is neither of the two, or
 * -errno when `out` failed.
 */
int page_write(const json_t *document, FILE *out);

#endif
