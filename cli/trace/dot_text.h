/* SPDX-License-Identifier: BSD-2-Clause */
/* What Graphviz's language asks of text and of edges. Errors of the stream stay in it (ferror). */
#ifndef PARTRACE_CLI_TRACE_DOT_TEXT_H
#define PARTRACE_CLI_TRACE_DOT_TEXT_H

#include <stdio.h>

/*
 * The inside of "…": the backslash begins Graphviz's own escapes (\N, \n, \G), so it and the quote
 * are escaped; control characters and what is not UTF-8 become "?".
 */
void dot_quoted(FILE *out, const char *text);

/* From node to node, by their ids: `label` is quoted, `look` (", style=dashed", or "") is not. */
void dot_edge(FILE *out, const char *from, const char *to, const char *label, const char *look);

#endif
