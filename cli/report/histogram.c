/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/histogram.h"

#include "base/owned.h"
#include "cli/report/bar.h"
#include "cli/report/table.h"

#define BUCKET_LABEL 18u

/* A bucket and what came before it. */
struct bucket_row {
	uint64_t count;
	uint64_t up_to_here;
	uint64_t all;
};

static struct figure count_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)table;
	(void)column;
	return format_count(((const struct bucket_row *)row)->count);
}

static struct figure share_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	const struct bucket_row *bucket = row;

	(void)table;
	return format_share(column->which ? bucket->up_to_here : bucket->count, bucket->all);
}

static const struct table_column bucket_columns[] = {
	{ "waits", count_text, 11, 0 },
	{ "share", share_text, 9, 0 },
	{ "so far", share_text, 9, 1 },
};

static void print_bucket(const struct table *table, const char *label, const struct bucket_row *row,
			 uint64_t largest)
{
	unsigned int at = table_end(table) + 2;
	struct line line;

	table_row(&line, table, label, row);
	line_to(&line, at);
	line_emphasis(&line, EMPHASIS_DELAY);
	bar_add(&line, share_of(row->count, largest), table->page->right - at);
	line_emphasis(&line, EMPHASIS_NONE);
	line_print(&line, table->page->out);
}

bool histogram_print(const struct page *page, const char *title,
		     const struct report_bucket *buckets, size_t count)
{
	struct table table = { page, bucket_columns, ARRAY_LEN(bucket_columns), BUCKET_LABEL, 0 };
	struct bucket_row row = { 0 };
	uint64_t largest = 0;
	char label[80];

	for (size_t i = 0; i < count; i++) {
		row.all += buckets[i].count;
		if (buckets[i].count > largest)
			largest = buckets[i].count;
	}
	if (!largest)
		return false;
	table_heading(&table, title);
	for (size_t i = 0; i < count; i++) {
		row.count = buckets[i].count;
		row.up_to_here += row.count;
		snprintf(label, sizeof(label), "under %s",
			 format_duration(buckets[i].up_to_ns).text);
		print_bucket(&table, label, &row, largest);
	}
	line_paragraph(page->out, page->style, "",
		       "Empty buckets are left out. Percentiles are good to ± 12 %.");
	return true;
}
