/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a document a page carries: all of it, but for what would only make it slow to open. */
#ifndef PARTRACE_PAGE_DATA_H
#define PARTRACE_PAGE_DATA_H

#include <jansson.h>

/* Of more threads a page holds only what it shows of them: opening it is a matter of its bytes. */
#define PAGE_WHOLE_THREADS 1000u

/* For json_decref(); NULL when out of memory. */
json_t *page_data(const json_t *document);

/* What is left out, as a clause that follows "The document is in this page, "; "" for nothing. */
const char *page_data_without(const json_t *document);

#endif
