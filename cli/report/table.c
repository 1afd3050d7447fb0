/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/table.h"

static size_t columns_with_room(const struct table *table)
{
	unsigned int end = table->label;
	size_t i = 0;

	for (; i < table->count; i++) {
		end += table->columns[i].columns;
		if (end > table->page->right)
			break;
	}
	return i;
}

unsigned int table_end(const struct table *table)
{
	unsigned int end = table->label;

	for (size_t i = 0; i < columns_with_room(table); i++)
		end += table->columns[i].columns;
	return end;
}

void table_heading(const struct table *table, const char *title)
{
	unsigned int end = table->label;
	struct line line;

	section_heading(&line, table->page, title);
	for (size_t i = 0; i < columns_with_room(table); i++)
		line_right(&line, end += table->columns[i].columns, table->columns[i].heading);
	line_print(&line, table->page->out);
}

void table_row(struct line *line, const struct table *table, const char *label, const void *row)
{
	unsigned int end = table->label;

	line_start(line, table->page->style);
	line_add(line, "  ");
	line_add_name(line, label, table->label - 2);
	for (size_t i = 0; i < columns_with_room(table); i++) {
		const struct table_column *column = &table->columns[i];

		line_right(line, end += column->columns, column->text(table, column, row).text);
	}
}
