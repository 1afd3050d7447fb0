/* SPDX-License-Identifier: BSD-2-Clause */
/* What the workload measured of itself, beside what the probes saw: they should agree. */
#include "base/number.h"
#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/report/section.h"
#include "cli/report/verdict.h"

#define CELL_COLUMNS 13u

/* Widths allow four columns at 60 and five at 80; what is left out is the least telling. */
struct truth_column {
	const char *heading;
	const char *key;
	bool is_time;
	bool only_if_any; /* of no interest in workloads that never do it */
	uint64_t (*probed)(const struct report_figures *figures);
};

/* schedstat, the workload's source, leaves stolen time out. */
static uint64_t probed_running(const struct report_figures *figures)
{
	return less(figures->running_ns, figures->stolen_ns);
}

static uint64_t probed_ready(const struct report_figures *figures)
{
	return figures->ready_ns;
}

static uint64_t probed_voluntary(const struct report_figures *figures)
{
	return figures->voluntary;
}

static uint64_t probed_involuntary(const struct report_figures *figures)
{
	return figures->involuntary;
}

static const struct truth_column columns[] = {
	{ "running", "running_ns", true, false, probed_running },
	{ "ready", "ready_ns", true, false, probed_ready },
	{ "lock wait", "lock_wait_ns", true, true, verdict_lock_wait_ns },
	{ "involuntary", "involuntary", false, false, probed_involuntary },
	{ "voluntary", "voluntary", false, false, probed_voluntary },
};

static bool is_shown(const struct page *page, const struct truth_column *column)
{
	uint64_t own = section_truth_of(page, column->key);

	return own != NO_VALUE && (own || !column->only_if_any);
}

/* The columns that are known and have room; true when there is any. */
static bool print_headings(const struct page *page, const char *title)
{
	unsigned int end = SECTION_LABEL;
	struct line line;

	section_heading(&line, page, title);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (is_shown(page, &columns[i]) && end + CELL_COLUMNS <= page->right)
			line_right(&line, end += CELL_COLUMNS, columns[i].heading);
	if (end == SECTION_LABEL)
		return false;
	line_print(&line, page->out);
	return true;
}

static void print_figures(const struct page *page, const char *label, bool probed)
{
	unsigned int end = SECTION_LABEL;
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "  %s", label);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct truth_column *column = &columns[i];
		uint64_t own = section_truth_of(page, column->key);
		uint64_t value = probed ? column->probed(&page->report->totals.figures) : own;

		if (!is_shown(page, column) || end + CELL_COLUMNS > page->right)
			continue;
		line_right(&line, end += CELL_COLUMNS,
			   (column->is_time ? format_part(value, own) : format_count(value)).text);
	}
	line_print(&line, page->out);
}

/* "  io       100 round trips · mean 100.2 ms · 10.02 s in all" */
static void print_count_and_time(const struct page *page, const char *label, const char *thing,
				 uint64_t count, uint64_t ns)
{
	char text[256];

	if (!count || count == NO_VALUE || ns == NO_VALUE)
		return;
	snprintf(text, sizeof(text), "%s · mean %s · %s in all", format_things(count, thing).text,
		 format_duration(ns / count).text, format_duration(ns).text);
	section_labelled(page, label, text);
}

/*
 * A worker may be preempted between its own looks and where the probes begin and end with it: most
 * of all as it exits. More than this for each is no matter of these looks.
 */
#define SWITCHES_APART_MAX 4u

static void print_apart(const struct page *page)
{
	uint64_t own = section_truth_of(page, "involuntary");
	uint64_t seen = page->report->totals.figures.involuntary;
	uint64_t apart = seen > own ? seen - own : own - seen;
	char text[200];

	if (own == NO_VALUE || !apart || apart / SWITCHES_APART_MAX > page->report->target.workers)
		return;
	snprintf(text, sizeof(text), "%s%s: workers look at themselves %s",
		 format_count(apart).text, apart == 1 ? " switch" : " switches",
		 seen > own ? "just before they exit" : "before the window begins");
	section_labelled(page, "  apart", text);
}

static void print_waits(const struct page *page)
{
	uint64_t waits = section_truth_of(page, "lock_waits");
	uint64_t locked_ns = section_truth_of(page, "locked_ns");
	char text[128];

	print_count_and_time(page, "  lock", "wait", waits, section_truth_of(page, "lock_wait_ns"));
	if (waits && locked_ns && locked_ns != NO_VALUE) {
		snprintf(text, sizeof(text), "%s in all", format_duration(locked_ns).text);
		section_labelled(page, "  lock held", text);
	}
	print_count_and_time(page, "  io", "round trip", section_truth_of(page, "io_waits"),
			     section_truth_of(page, "io_wait_ns"));
}

void section_truth(const struct page *page)
{
	if (!print_headings(page, "As measured by"))
		return;
	print_figures(page, "the workload", false);
	print_figures(page, "the probes", true);
	print_apart(page);
	print_waits(page);
	section_own_truth(page);
	section_gap(page);
}

void section_own_clock(const struct page *page)
{
	if (print_headings(page, "As measured by")) {
		print_figures(page, "the workload", false);
		print_waits(page);
		section_own_truth(page);
		section_gap(page);
	}
	line_paragraph(page->out, page->style, "Not probed",
		       "These are the workload's own figures; without --no-probe, and with root's "
		       "rights, the kernel's side is shown too.");
}
