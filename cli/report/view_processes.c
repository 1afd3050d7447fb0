/* SPDX-License-Identifier: BSD-2-Clause */
/* --view processes: their memory, and what their threads did. */
#include <string.h>

#include "base/owned.h"
#include "cli/report/table.h"

#define LABEL_COLUMNS 18u

static struct figure pid_text(const struct table *table, const struct table_column *column,
			      const void *row)
{
	const struct report_process *process = row;
	struct figure figure = { "" };

	(void)table;
	(void)column;
	if (process->pid)
		snprintf(figure.text, sizeof(figure.text), "%llu",
			 (unsigned long long)process->pid);
	return figure;
}

static struct figure threads_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	(void)table;
	(void)column;
	return format_count(((const struct report_process *)row)->threads);
}

static struct figure rss_text(const struct table *table, const struct table_column *column,
			      const void *row)
{
	(void)table;
	(void)column;
	return format_bytes(((const struct report_process *)row)->rss_bytes);
}

static struct figure pss_text(const struct table *table, const struct table_column *column,
			      const void *row)
{
	(void)table;
	(void)column;
	return format_bytes(((const struct report_process *)row)->pss_bytes);
}

static struct figure running_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	(void)column;
	return format_part(((const struct report_process *)row)->figures.running_ns,
			   table->largest_ns);
}

static struct figure ready_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_part(((const struct report_process *)row)->figures.ready_ns,
			   table->largest_ns);
}

static struct figure waiting_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	(void)column;
	return format_part(((const struct report_process *)row)->figures.waiting_ns,
			   table->largest_ns);
}

/* What says least is last, for it is what has no room at 80 columns. */
static const struct table_column columns[] = {
	{ "pid", pid_text, 9, 0 },          { "threads", threads_text, 9, 0 },
	{ "rss", rss_text, 10, 0 },         { "pss", pss_text, 10, 0 },
	{ "running", running_text, 10, 0 }, { "ready", ready_text, 10, 0 },
	{ "waiting", waiting_text, 10, 0 },
};

static void add_bytes(uint64_t *sum, uint64_t bytes)
{
	if (bytes == NO_VALUE)
		return;
	*sum = *sum == NO_VALUE ? bytes : *sum + bytes;
}

static struct report_process sum_of(const struct report *report)
{
	struct report_process sum = { .figures = report->totals.figures,
				      .threads = report->totals.threads,
				      .rss_bytes = NO_VALUE,
				      .pss_bytes = NO_VALUE };

	for (size_t i = 0; i < report->processes_count; i++) {
		add_bytes(&sum.rss_bytes, report->processes[i].rss_bytes);
		add_bytes(&sum.pss_bytes, report->processes[i].pss_bytes);
	}
	return sum;
}

static void print_process(const struct table *table, const struct report_process *process)
{
	const char *name = process->name && *process->name ? process->name : "unknown";
	const struct page *page = table->page;
	struct line line;

	table_row(&line, table, name, process);
	line_print(&line, page->out);
	if (!process->command || !*process->command || !strcmp(process->command, name))
		return;
	line_to(&line, 4);
	line_emphasis(&line, EMPHASIS_FAINT);
	line_add_cut(&line, process->command, page->right - 4);
	line_emphasis(&line, EMPHASIS_NONE);
	line_print(&line, page->out);
}

void section_processes(const struct page *page)
{
	const struct report *report = page->report;
	const struct report_figures *figures = &report->totals.figures;
	struct table table = { page, columns, ARRAY_LEN(columns), LABEL_COLUMNS,
			       figures->running_ns };
	struct report_process sum = sum_of(report);
	struct line line;
	char label[80];

	if (figures->ready_ns > table.largest_ns)
		table.largest_ns = figures->ready_ns;
	if (figures->waiting_ns > table.largest_ns)
		table.largest_ns = figures->waiting_ns;
	table_heading(&table, "Process");
	for (size_t i = 0; i < report->processes_count; i++)
		print_process(&table, &report->processes[i]);
	if (report->processes_count > 1) {
		snprintf(label, sizeof(label), "all %s",
			 format_count(report->processes_count).text);
		table_row(&line, &table, label, &sum);
		line_print(&line, page->out);
	}
	section_gap(page);
	line_paragraph(
		page->out, page->style, "",
		"rss: resident memory, of an exited process its peak; pss: the same, with pages "
		"that several processes share divided among them. A name in brackets is that of "
		"a kernel thread, or of a process that has no command line.");
}
