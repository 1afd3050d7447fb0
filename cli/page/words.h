/* SPDX-License-Identifier: BSD-2-Clause */
/* What the page says in words, before any chart: it is there also where scripts are not run. */
#ifndef PARTRACE_PAGE_WORDS_H
#define PARTRACE_PAGE_WORDS_H

#include <jansson.h>
#include <stdio.h>

/* Who was watched, in one line without markup: for <title> and <h1>. */
void words_subject(FILE *out, const json_t *document);

/* Sections with headings: what was lost, the verdict, the other findings. */
void words_report(FILE *out, const json_t *report);
/* Of every curve: what ends the gain, and the law. */
void words_sweep(FILE *out, const json_t *sweep);

#endif
