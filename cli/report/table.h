/* SPDX-License-Identifier: BSD-2-Clause */
/* A label and columns of figures; as many of the columns, from the left, as have room. */
#ifndef PARTRACE_REPORT_TABLE_H
#define PARTRACE_REPORT_TABLE_H

#include "cli/report/format.h"
#include "cli/report/section.h"

struct table_column;

struct table {
	const struct page *page;
	const struct table_column *columns;
	size_t count;
	unsigned int label;  /* where the label's column ends */
	uint64_t largest_ns; /* decides the unit of its times */
};

struct table_column {
	const char *heading;
	struct figure (*text)(const struct table *table, const struct table_column *column,
			      const void *row);
	unsigned int columns; /* with the gap to the left */
	int which;            /* for `text`: where columns differ by no more than a number */
};

/* Where the last column with room ends. */
unsigned int table_end(const struct table *table);

void table_heading(const struct table *table, const char *title);
/* Starts the line and fills it as far as table_end(). */
void table_row(struct line *line, const struct table *table, const char *label, const void *row);

#endif
