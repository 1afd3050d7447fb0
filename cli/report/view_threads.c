/* SPDX-License-Identifier: BSD-2-Clause */
/* --view threads: every thread, the busiest first, and its life over time. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/owned.h"
#include "cli/report/strip.h"
#include "cli/report/table.h"
#include "cli/report/verdict.h"

#define LABEL_MAX     36u
#define CELL_COLUMNS  10u
#define COLUMNS_MAX   (3 + WAIT_COUNT)
#define CAUSE_MATTERS 0.005

/* Lock wait lasts until the thread runs again: unlike the others, its column is of two parts. */
static uint64_t cause_ns(const struct report_figures *figures, int cause)
{
	return cause == WAIT_LOCK ? verdict_lock_wait_ns(figures) : figures->waits[cause].time_ns;
}

static struct figure running_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	const struct report_figures *figures = row;

	(void)column;
	return format_part(figures->running_ns, table->largest_ns);
}

static struct figure ready_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	const struct report_figures *figures = row;

	(void)column;
	return format_part(figures->ready_ns, table->largest_ns);
}

static struct figure waiting_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	const struct report_figures *figures = row;

	(void)column;
	return format_part(figures->waiting_ns, table->largest_ns);
}

static struct figure cause_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	return format_part(cause_ns(row, column->which), table->largest_ns);
}

/* Running, ready, waiting, and the causes that matter to the whole, the largest first. */
static size_t choose_columns(const struct page *page, struct table_column *ret)
{
	struct verdict_shares shares = verdict_shares(&page->report->totals.figures);
	size_t count = 0;

	ret[count++] = (struct table_column){ "running", running_text, CELL_COLUMNS, 0 };
	ret[count++] = (struct table_column){ "ready", ready_text, CELL_COLUMNS, 0 };
	ret[count++] = (struct table_column){ "waiting", waiting_text, CELL_COLUMNS, 0 };
	for (int cause = 0; cause < WAIT_COUNT; cause++) {
		uint64_t ns = shares.ns[SHARE_WAITS + cause];
		size_t at = count;

		if (share_of(ns, shares.whole_ns) < CAUSE_MATTERS)
			continue;
		for (; at > 3 && shares.ns[SHARE_WAITS + ret[at - 1].which] < ns; at--)
			ret[at] = ret[at - 1];
		ret[at] =
			(struct table_column){ cause == WAIT_LOCK ? "lock wait" : wait_names[cause],
					       cause_text, CELL_COLUMNS + 1, cause };
		count++;
	}
	return count;
}

static uint64_t largest_of(const struct report_figures *figures)
{
	uint64_t largest = figures->running_ns;

	if (figures->ready_ns > largest)
		largest = figures->ready_ns;
	return figures->waiting_ns > largest ? figures->waiting_ns : largest;
}

static void measure(struct table *table)
{
	const struct report *report = table->page->report;
	char label[SECTION_THREAD_BYTES];

	for (size_t i = 0; i < report->threads_count; i++) {
		const struct report_thread *thread = &report->threads[i];
		uint64_t largest_ns = largest_of(&thread->figures);
		unsigned int columns;

		section_thread_label(table->page, thread, label);
		columns = line_columns_of(table->page->style, label) + 2;
		if (columns > table->label)
			table->label = columns < LABEL_MAX ? columns : LABEL_MAX;
		if (largest_ns > table->largest_ns)
			table->largest_ns = largest_ns;
	}
}

/* ---- the rows ---- */

static int busier(const void *left, const void *right)
{
	const struct report_thread *a = *(const struct report_thread *const *)left;
	const struct report_thread *b = *(const struct report_thread *const *)right;

	if (a->figures.running_ns != b->figures.running_ns)
		return a->figures.running_ns > b->figures.running_ns ? -1 : 1;
	/* As they stand in the report. */
	return a < b ? -1 : a > b;
}

static void print_thread(const struct table *table, const struct report_thread *thread)
{
	const struct page *page = table->page;
	char label[SECTION_THREAD_BYTES];
	struct line line;

	section_thread_label(table->page, thread, label);
	table_row(&line, table, label, &thread->figures);
	line_print(&line, page->out);
	if (!strip_columns(&thread->life))
		return;
	line_to(&line, 4);
	strip_add(&line, &thread->life, page->right - 4);
	line_print(&line, page->out);
}

/* Folded threads have no rows; they are what the rows leave of the totals. */
static void print_rest(const struct table *table)
{
	const struct report *report = table->page->report;
	struct report_figures rest = report->totals.figures;
	uint64_t threads = report->totals.threads;
	char label[80];
	struct line line;

	if (threads == NO_VALUE || threads <= report->threads_count)
		return;
	for (size_t i = 0; i < report->threads_count; i++) {
		const struct report_figures *figures = &report->threads[i].figures;

		rest.running_ns = less(rest.running_ns, figures->running_ns);
		rest.ready_ns = less(rest.ready_ns, figures->ready_ns);
		rest.waiting_ns = less(rest.waiting_ns, figures->waiting_ns);
		for (int cause = 0; cause < WAIT_COUNT; cause++) {
			rest.waits[cause].time_ns =
				less(rest.waits[cause].time_ns, figures->waits[cause].time_ns);
			rest.waits[cause].ready_ns =
				less(rest.waits[cause].ready_ns, figures->waits[cause].ready_ns);
		}
	}
	snprintf(label, sizeof(label), "%s more, exited",
		 format_count(threads - report->threads_count).text);
	table_row(&line, table, label, &rest);
	line_print(&line, table->page->out);
}

static void print_legend(const struct page *page)
{
	const struct report_timeline *timeline = &page->report->timeline;
	struct line line;

	if (!timeline->columns || timeline->columns == NO_VALUE)
		return;
	section_heading(&line, page, "Life over time");
	line_add(&line, "   %s of %s", format_things(timeline->columns, "column").text,
		 format_duration(timeline->column_ns).text);
	line_print(&line, page->out);
	strip_add_legend(&line);
	line_print(&line, page->out);
	section_gap(page);
}

void section_every_thread(const struct page *page)
{
	const struct report *report = page->report;
	size_t count = report->threads_count;
	_cleanup_free_ const struct report_thread **order = calloc(count + 1, sizeof(void *));
	struct table_column columns[COLUMNS_MAX];
	struct table table = { page, columns, choose_columns(page, columns), 18, 0 };

	if (!order)
		return;
	for (size_t i = 0; i < count; i++)
		order[i] = &report->threads[i];
	qsort(order, count, sizeof(*order), busier);
	measure(&table);
	print_legend(page);
	table_heading(&table, "Thread");
	for (size_t i = 0; i < count; i++)
		print_thread(&table, order[i]);
	print_rest(&table);
}
