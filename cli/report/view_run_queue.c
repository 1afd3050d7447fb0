/* SPDX-License-Identifier: BSD-2-Clause */
/* --view runqueue: the histogram bucket by bucket, and the threads that were ready longest. */
#include "base/owned.h"
#include "cli/report/histogram.h"
#include "cli/report/table.h"
#include "cli/report/top.h"

#define THREAD_LABEL 26u
#define THREADS      8u

void section_histogram(const struct page *page)
{
	const struct report_run_queue *queue = &page->report->run_queue;

	section_gap(page);
	if (histogram_print(page, "Ready for", queue->histogram, queue->histogram_count, 0))
		section_gap(page);
}

/* ---- who was ready ---- */

static struct figure ready_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_part(((const struct report_thread *)row)->figures.ready_ns,
			   table->largest_ns);
}

static struct figure waits_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)table;
	(void)column;
	return format_count(((const struct report_thread *)row)->run_queue.count);
}

enum { FIGURE_MEAN, FIGURE_P99, FIGURE_MAX };

static struct figure length_text(const struct table *table, const struct table_column *column,
				 const void *row)
{
	const struct report_run_queue *queue = &((const struct report_thread *)row)->run_queue;

	(void)table;
	if (column->which == FIGURE_MEAN)
		return format_duration(queue->mean_ns);
	return format_duration(column->which == FIGURE_P99 ? queue->p99_ns : queue->max_ns);
}

static const struct table_column thread_columns[] = {
	{ "ready", ready_text, 11, 0 },           { "waits", waits_text, 10, 0 },
	{ "mean", length_text, 10, FIGURE_MEAN }, { "p99", length_text, 10, FIGURE_P99 },
	{ "max", length_text, 10, FIGURE_MAX },
};

void section_ready_threads(const struct page *page)
{
	const struct report *report = page->report;
	struct table table = { page, thread_columns, ARRAY_LEN(thread_columns), THREAD_LABEL, 0 };
	struct top top = { .limit = THREADS };
	char label[SECTION_THREAD_BYTES], file[SECTION_FILE_BYTES];
	struct line line;

	for (size_t i = 0; i < report->threads_count; i++)
		top_add(&top, i, report->threads[i].figures.ready_ns);
	if (!top.count || !top.weight[0])
		return;
	table.largest_ns = top.weight[0];
	table_heading(&table, "Ready longest");
	for (size_t i = 0; i < top.count && top.weight[i]; i++) {
		const struct report_thread *thread = &report->threads[top.index[i]];

		section_thread_label(page, thread, label);
		table_row(&line, &table, label, thread);
		line_print(&line, page->out);
	}
	if (report->threads_count > top.count) {
		line_add(&line, "  and %s more: partrace report%s --view threads",
			 format_things(report->threads_count - top.count, "thread").text,
			 section_file(page, file));
		line_print(&line, page->out);
	}
}

/* ---- behind whom ---- */

static struct figure ahead_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_part(((const struct report_culprit *)row)->ahead_ns, table->largest_ns);
}

static struct figure taken_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_part(((const struct report_culprit *)row)->taken_ns, table->largest_ns);
}

enum { COUNT_AHEAD, COUNT_TAKEN };

static struct figure times_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	const struct report_culprit *culprit = row;

	(void)table;
	return format_count(column->which == COUNT_AHEAD ? culprit->ahead : culprit->taken);
}

static const struct table_column culprit_columns[] = {
	{ "was ahead", ahead_text, 12, 0 },
	{ "times", times_text, 9, COUNT_AHEAD },
	{ "took the CPU", taken_text, 14, 0 },
	{ "times", times_text, 9, COUNT_TAKEN },
};

void section_culprits(const struct page *page)
{
	const struct report_run_queue *queue = &page->report->run_queue;
	struct table table = { page, culprit_columns, ARRAY_LEN(culprit_columns), THREAD_LABEL + 6,
			       0 };
	struct line line;

	if (!queue->culprits_count)
		return;
	for (size_t i = 0; i < queue->culprits_count; i++)
		if (queue->culprits[i].ahead_ns > table.largest_ns)
			table.largest_ns = queue->culprits[i].ahead_ns;
	section_gap(page);
	table_heading(&table, "Ready because of");
	for (size_t i = 0; i < queue->culprits_count; i++) {
		const struct report_culprit *culprit = &queue->culprits[i];
		char label[160];

		snprintf(label, sizeof(label), "%.20s (%llu) %s",
			 culprit->name ? culprit->name : "", (unsigned long long)culprit->tid,
			 culprit->kind ? culprit->kind : "");
		table_row(&line, &table, label, culprit);
		line_print(&line, page->out);
	}
	line_paragraph(
		page->out, page->style, "",
		"was ahead: run-queue wait during which it had the CPU; times: how often it had. "
		"took the CPU: wait that began when it preempted the thread, the whole of it, "
		"whoever had the CPU later on.");
}
