/* SPDX-License-Identifier: BSD-2-Clause */
/* Bars of block characters, in eighths of a column; line.c turns them into ASCII where needed. */
#ifndef PARTRACE_REPORT_BAR_H
#define PARTRACE_REPORT_BAR_H

#include "cli/report/line.h"

/* What is above zero shows at least a sliver; `share` is clamped to 0…1. */
void bar_add(struct line *line, double share, unsigned int columns);

/* ▓ for the first share, ░ for the second, nothing for what is left of 1; always `columns` wide. */
void bar_add_states(struct line *line, double running, double ready, unsigned int columns);

/* One column of a sparkline: a space for 0, else ▁…█. */
void bar_add_level(struct line *line, double share);

#endif
