/* SPDX-License-Identifier: BSD-2-Clause */
/* --view waits: each cause of waiting, how often and how long, and by which threads most. */
#include <string.h>

#include "base/owned.h"
#include "cli/report/table.h"
#include "cli/report/top.h"
#include "cli/report/verdict.h"

#define LABEL_COLUMNS 13u
#define THREADS_NAMED 3u

/* From blocking until running again: what the thread's own clock sees. */
static uint64_t whole_of(const struct report_wait *wait)
{
	return wait->time_ns + wait->ready_ns;
}

static struct figure count_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)table;
	(void)column;
	return format_count(((const struct report_wait *)row)->count);
}

static struct figure blocked_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	(void)column;
	return format_part(((const struct report_wait *)row)->time_ns, table->largest_ns);
}

static struct figure ready_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_part(((const struct report_wait *)row)->ready_ns, table->largest_ns);
}

static struct figure mean_text(const struct table *table, const struct table_column *column,
			       const void *row)
{
	const struct report_wait *wait = row;

	(void)table;
	(void)column;
	if (!wait->count || wait->count == NO_VALUE)
		return (struct figure){ "n/a" };
	return format_duration(whole_of(wait) / wait->count);
}

/* Of all thread time, so that it can be told whether the cause matters at all. */
static struct figure share_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	struct verdict_shares shares = verdict_shares(&table->page->report->totals.figures);

	(void)column;
	return format_share(((const struct report_wait *)row)->time_ns, shares.whole_ns);
}

static const struct table_column columns[] = {
	{ "waits", count_text, 11, 0 },      { "blocked", blocked_text, 12, 0 },
	{ "then ready", ready_text, 13, 0 }, { "mean", mean_text, 10, 0 },
	{ "share", share_text, 10, 0 },
};

/* ---- who waited ---- */

static void print_threads(const struct page *page, int cause)
{
	const struct report *report = page->report;
	uint64_t whole_ns = whole_of(&report->totals.figures.waits[cause]);
	struct top top = { .limit = THREADS_NAMED };
	char label[SECTION_THREAD_BYTES];
	struct line line;

	for (size_t i = 0; i < report->threads_count; i++)
		top_add(&top, i, whole_of(&report->threads[i].figures.waits[cause]));
	line_start(&line, page->style);
	line_emphasis(&line, EMPHASIS_FAINT);
	line_add(&line, "    most by");
	for (size_t i = 0; i < top.count && top.weight[i]; i++) {
		struct figure share = format_share(top.weight[i], whole_ns);
		char text[SECTION_THREAD_BYTES + 80];

		section_thread_label(page, &report->threads[top.index[i]], label);
		snprintf(text, sizeof(text), "%s %s %s", i ? " ·" : "", label, share.text);
		/* The first is the answer, cut or not. */
		if (i && line.used + line_columns_of(page->style, text) > page->right)
			break;
		line_add(&line, "%s", text);
	}
	line_emphasis(&line, EMPHASIS_NONE);
	if (top.count && top.weight[0])
		line_print(&line, page->out);
}

#define SYSCALLS_NAMED 4u

/* What it waited in: the calls, and the kinds of files behind them. */
static void print_syscalls(const struct page *page, const struct report_wait *wait)
{
	struct line line;

	line_start(&line, page->style);
	line_add(&line, "    in");
	for (size_t i = 0; i < wait->syscalls_count && i < SYSCALLS_NAMED; i++) {
		const struct report_syscall *call = &wait->syscalls[i];
		char text[200];

		snprintf(text, sizeof(text), "%s %.40s%s%.20s %s×, %s", i ? " ·" : "",
			 call->name ? call->name : "", call->file ? " of " : "",
			 call->file ? call->file : "", format_count(call->count).text,
			 format_duration(call->time_ns).text);
		if (i && line.used + line_columns_of(page->style, text) > page->right)
			break;
		line_add(&line, "%s", text);
	}
	if (wait->syscalls_count)
		line_print(&line, page->out);
}

/* The longest first. */
static size_t order_causes(const struct report_wait *waits, int ret[WAIT_COUNT])
{
	size_t count = 0;

	for (int cause = 0; cause < WAIT_COUNT; cause++) {
		size_t at = count;

		if (!waits[cause].count && !waits[cause].time_ns)
			continue;
		for (; at && whole_of(&waits[ret[at - 1]]) < whole_of(&waits[cause]); at--)
			ret[at] = ret[at - 1];
		ret[at] = cause;
		count++;
	}
	return count;
}

static struct report_wait sum_of(const struct report_wait *waits)
{
	struct report_wait sum = { 0 };

	for (int cause = 0; cause < WAIT_COUNT; cause++) {
		sum.count += waits[cause].count;
		sum.time_ns += waits[cause].time_ns;
		sum.ready_ns += waits[cause].ready_ns;
	}
	return sum;
}

void section_waits(const struct page *page)
{
	const struct report_wait *waits = page->report->totals.figures.waits;
	struct report_wait sum = sum_of(waits);
	struct table table = { page, columns, ARRAY_LEN(columns), LABEL_COLUMNS, sum.time_ns };
	int causes[WAIT_COUNT];
	size_t count = order_causes(waits, causes);
	struct line line;

	if (!count) {
		line_paragraph(page->out, page->style, "Waiting", "No thread waited for anything.");
		return;
	}
	if (sum.ready_ns > table.largest_ns)
		table.largest_ns = sum.ready_ns;
	table_heading(&table, "Waiting for");
	for (size_t i = 0; i < count; i++) {
		table_row(&line, &table, wait_names[causes[i]], &waits[causes[i]]);
		line_print(&line, page->out);
		print_syscalls(page, &waits[causes[i]]);
		print_threads(page, causes[i]);
	}
	table_row(&line, &table, "all causes", &sum);
	line_print(&line, page->out);
	section_gap(page);
	line_paragraph(page->out, page->style, "",
		       "then ready: the run-queue wait that ended these waits; mean: from blocking "
		       "until running again; share: blocked, of all thread time.");
}
