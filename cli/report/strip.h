/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread's life as a strip: one character for each stretch of time. */
#ifndef PARTRACE_REPORT_STRIP_H
#define PARTRACE_REPORT_STRIP_H

#include "cli/report/line.h"

/* As many as the daemon keeps. */
#define STRIP_COLUMNS_MAX 64u

/* 0 when nothing is known of it. */
size_t strip_columns(const struct report_life *life);

/* At most `columns` wide: several columns of the timeline become one where they have no room. */
void strip_add(struct line *line, const struct report_life *life, size_t columns);

/* What the characters mean; fits 60 columns. */
void strip_add_legend(struct line *line);

#endif
