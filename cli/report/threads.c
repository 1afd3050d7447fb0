/* SPDX-License-Identifier: BSD-2-Clause */
/* The busiest threads; all others, folded ones among them, in one row. */
#include <string.h>

#include "base/number.h"
#include "cli/report/bar.h"
#include "cli/report/format.h"
#include "cli/report/section.h"
#include "cli/report/top.h"
#include "cli/report/verdict.h"

#define ROWS           8u
#define NAME_COLUMNS   24u /* at most */
#define CELL_COLUMNS   10u
#define LEGEND_COLUMNS 18u

struct thread_row {
	char label[SECTION_THREAD_BYTES];
	uint64_t running_ns;
	uint64_t ready_ns;
	uint64_t waiting_ns;
	uint64_t lock_wait_ns;
};

struct thread_table {
	struct thread_row rows[TOP_MAX + 1];
	size_t count;
	uint64_t longest_ns; /* of one state in one row; its unit is the table's */
	unsigned int name_columns;
	bool lock;
};

static struct thread_row row_of(const struct report_figures *figures)
{
	return (struct thread_row){
		.running_ns = figures->running_ns,
		.ready_ns = figures->ready_ns,
		.waiting_ns = figures->waiting_ns,
		.lock_wait_ns = verdict_lock_wait_ns(figures),
	};
}

static bool name_repeats(const struct report *report, const struct top *top, size_t which)
{
	const char *name = report->threads[top->index[which]].name;

	for (size_t i = 0; i < top->count; i++) {
		const char *other = report->threads[top->index[i]].name;

		if (i != which && name && other && strcmp(name, other) == 0)
			return true;
	}
	return !name || !*name;
}

/* Where the start tells them apart, there may be no room for the TID. */
static void label_of(const struct page *page, const struct report_thread *thread, bool is_short,
		     char ret[SECTION_THREAD_BYTES])
{
	struct namesakes namesakes = page->namesakes
					     ? page->namesakes[thread - page->report->threads]
					     : (struct namesakes){ 0 };
	bool has_start = namesakes.by_start && thread->start;
	char number[16] = "", tid[24] = "";

	if (namesakes.rank)
		snprintf(number, sizeof(number), " #%u", namesakes.rank);
	if (!is_short || !has_start)
		snprintf(tid, sizeof(tid), " (%llu)", (unsigned long long)thread->tid);
	snprintf(ret, SECTION_THREAD_BYTES, "%.32s%s%.40s%s%s", thread->name ? thread->name : "",
		 has_start ? "/" : "", has_start ? thread->start : "", number, tid);
}

void section_thread_label(const struct page *page, const struct report_thread *thread,
			  char ret[SECTION_THREAD_BYTES])
{
	label_of(page, thread, false, ret);
}

static void add_threads(const struct page *page, const struct top *top, struct thread_table *table)
{
	const struct report *report = page->report;

	for (size_t i = 0; i < top->count; i++) {
		const struct report_thread *thread = &report->threads[top->index[i]];
		struct thread_row *row = &table->rows[table->count++];

		*row = row_of(&thread->figures);
		if (name_repeats(report, top, i))
			label_of(page, thread, true, row->label);
		else
			snprintf(row->label, sizeof(row->label), "%.64s", thread->name);
	}
}

/* Folded threads have no rows; only the totals know them, so the rest is what is left of those. */
static void add_rest(const struct report *report, struct thread_table *table)
{
	struct thread_row rest = row_of(&report->totals.figures);
	size_t shown = table->count;

	if (report->totals.threads <= shown)
		return;
	for (size_t i = 0; i < shown; i++) {
		rest.running_ns = less(rest.running_ns, table->rows[i].running_ns);
		rest.ready_ns = less(rest.ready_ns, table->rows[i].ready_ns);
		rest.waiting_ns = less(rest.waiting_ns, table->rows[i].waiting_ns);
		rest.lock_wait_ns = less(rest.lock_wait_ns, table->rows[i].lock_wait_ns);
	}
	snprintf(rest.label, sizeof(rest.label), "%s more",
		 format_count(report->totals.threads - shown).text);
	table->rows[table->count++] = rest;
}

static void measure(const struct page *page, struct thread_table *table)
{
	struct verdict_shares shares = verdict_shares(&page->report->totals.figures);

	table->lock = share_of(shares.ns[SHARE_WAITS + WAIT_LOCK], shares.whole_ns) >= 0.005;
	table->name_columns = 6;
	for (size_t i = 0; i < table->count; i++) {
		const struct thread_row *row = &table->rows[i];
		unsigned int columns = line_columns_of(page->style, row->label);

		if (columns > table->name_columns)
			table->name_columns = columns;
		if (row->running_ns > table->longest_ns)
			table->longest_ns = row->running_ns;
		if (row->ready_ns > table->longest_ns)
			table->longest_ns = row->ready_ns;
		if (row->waiting_ns > table->longest_ns)
			table->longest_ns = row->waiting_ns;
	}
	if (table->name_columns > NAME_COLUMNS)
		table->name_columns = NAME_COLUMNS;
}

static void make_table(const struct page *page, struct thread_table *ret)
{
	const struct report *report = page->report;
	size_t total = report->threads_count;
	struct top top = { 0 };

	/* Some can be known by the totals alone. */
	if (report->totals.threads != NO_VALUE && report->totals.threads > total)
		total = report->totals.threads;
	top.limit = top_limit(total, ROWS);
	for (size_t i = 0; i < report->threads_count; i++)
		top_add(&top, i, report->threads[i].figures.running_ns);
	*ret = (struct thread_table){ 0 };
	add_threads(page, &top, ret);
	add_rest(report, ret);
	measure(page, ret);
}

static void print_heading(const struct page *page, const struct thread_table *table)
{
	unsigned int end = 2 + table->name_columns;
	struct line line;

	section_heading(&line, page, "Thread");
	line_right(&line, end += CELL_COLUMNS, "running");
	line_right(&line, end += CELL_COLUMNS, "ready");
	line_right(&line, end += CELL_COLUMNS, "waiting");
	if (table->lock)
		line_right(&line, end += CELL_COLUMNS + 1, "lock wait");
	if (end + 3 + LEGEND_COLUMNS > page->style->columns) {
		line_print(&line, page->out);
		return;
	}
	line_to(&line, end + 3);
	line_emphasis(&line, EMPHASIS_RUNNING);
	line_add(&line, "▓");
	line_emphasis(&line, EMPHASIS_NONE);
	line_add(&line, " running  ");
	line_emphasis(&line, EMPHASIS_DELAY);
	line_add(&line, "░");
	line_emphasis(&line, EMPHASIS_NONE);
	line_add(&line, " ready");
	line_print(&line, page->out);
}

static void print_row(const struct page *page, const struct thread_table *table,
		      const struct thread_row *row)
{
	uint64_t whole_ns = row->running_ns + row->ready_ns + row->waiting_ns;
	uint64_t longest_ns = table->longest_ns;
	unsigned int end = 2 + table->name_columns;
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "  ");
	line_add_name(&line, row->label, table->name_columns);
	line_right(&line, end += CELL_COLUMNS, format_part(row->running_ns, longest_ns).text);
	line_right(&line, end += CELL_COLUMNS, format_part(row->ready_ns, longest_ns).text);
	line_right(&line, end += CELL_COLUMNS, format_part(row->waiting_ns, longest_ns).text);
	if (table->lock)
		line_right(&line, end += CELL_COLUMNS + 1,
			   format_part(row->lock_wait_ns, longest_ns).text);
	/* A bar without its legend would be a riddle. */
	if (end + 3 + LEGEND_COLUMNS <= page->style->columns) {
		line_to(&line, end + 3);
		bar_add_states(&line, share_of(row->running_ns, whole_ns),
			       share_of(row->ready_ns, whole_ns), page->right - end - 3);
	}
	line_print(&line, page->out);
}

void section_threads(const struct page *page)
{
	struct thread_table table;

	make_table(page, &table);
	if (!table.count)
		return;
	print_heading(page, &table);
	for (size_t i = 0; i < table.count; i++)
		print_row(page, &table, &table.rows[i]);
	section_gap(page);
}
