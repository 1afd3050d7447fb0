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

/* ---- fewer buckets ---- */

/* The octave in which a bucket ends, in steps of so many. */
static unsigned int step_of(const struct report_bucket *bucket, unsigned int octaves)
{
	uint64_t last_ns = bucket->up_to_ns ? bucket->up_to_ns - 1 : 0;
	unsigned int octave = last_ns ? 64 - (unsigned int)__builtin_clzll(last_ns) : 0;

	return (octave + octaves - 1) / octaves;
}

/* Buckets of one step become one, which ends where the last of them does. */
static size_t merge_buckets(const struct report_bucket *buckets, size_t count, unsigned int octaves,
			    struct report_bucket *ret)
{
	size_t merged = 0;

	for (size_t i = 0; i < count; i++) {
		if (octaves && merged &&
		    step_of(&ret[merged - 1], octaves) == step_of(&buckets[i], octaves)) {
			ret[merged - 1].up_to_ns = buckets[i].up_to_ns;
			ret[merged - 1].count += buckets[i].count;
		} else {
			ret[merged++] = buckets[i];
		}
	}
	return merged;
}

static void print_buckets(const struct page *page, const char *title,
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
}

bool histogram_print(const struct page *page, const char *title,
		     const struct report_bucket *buckets, size_t count, size_t rows)
{
	_cleanup_free_ struct report_bucket *merged = calloc(count + 1, sizeof(*merged));
	size_t shown = 0;
	bool any = false;

	for (size_t i = 0; i < count; i++)
		any = any || buckets[i].count;
	if (!any || !merged)
		return false;
	shown = merge_buckets(buckets, count, 0, merged);
	for (unsigned int octaves = 1; rows && shown > rows && octaves < 64; octaves++)
		shown = merge_buckets(buckets, count, octaves, merged);
	print_buckets(page, title, merged, shown);
	return true;
}
