// SPDX-License-Identifier: BSD-2-Clause
/* --view code: on which functions the target ran, those that ran while nothing else did first. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "base/path.h"
#include "cli/report/caller_frame.h"
#include "cli/report/lock_parts.h"
#include "cli/report/table.h"
#include "cli/report/top.h"

#define LABEL_COLUMNS 32u
#define ROWS_SHOWN    20u
#define CALLERS_NAMED 3u
/* Less than that says little about what a function mostly does. */
#define KERNEL_WORTH 0.1

static uint64_t known(uint64_t value)
{
	return value == NO_VALUE ? 0 : value;
}

static struct figure critical_text(const struct table *table, const struct table_column *column,
				   const void *row)
{
	double share = ((const struct report_code *)row)->criticality;

	(void)table;
	(void)column;
	if (isnan(share))
		return (struct figure){ "n/a" };
	return format_share((uint64_t)llround(share * 10000), 10000);
}

static struct figure alone_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_part(known(((const struct report_code *)row)->alone_ns), table->largest_ns);
}

static struct figure running_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	(void)column;
	return format_part(known(((const struct report_code *)row)->running_ns), table->largest_ns);
}

static struct figure share_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)column;
	return format_share(known(((const struct report_code *)row)->samples),
			    known(table->page->report->sampling.samples));
}

static struct figure samples_text(const struct table *table, const struct table_column *column,
				  const void *row)
{
	(void)table;
	(void)column;
	return format_count(((const struct report_code *)row)->samples);
}

static const struct table_column columns[] = {
	{ "critical", critical_text, 10, 0 }, { "alone", alone_text, 10, 0 },
	{ "running", running_text, 10, 0 },   { "share", share_text, 9, 0 },
	{ "samples", samples_text, 10, 0 },
};

/* ---- the line below: where it is, who was there ---- */

static struct report_frame frame_of(const struct report_code *code)
{
	return (struct report_frame){ .function = code->function,
				      .module = code->module,
				      .file = code->file,
				      .line = code->line,
				      .kind = code->kind };
}

static void label_of(const struct report_code *code, char ret[FRAME_TEXT_BYTES])
{
	if (code->function && *code->function) {
		snprintf(ret, FRAME_TEXT_BYTES, "%.280s", code->function);
		return;
	}
	snprintf(ret, FRAME_TEXT_BYTES, "%.200s without names",
		 code->module ? base_name(code->module) : "code");
}

static void add_part(const struct page *page, struct line *line, const char *text)
{
	const char *gap = line->used > 4 ? " · " : "";

	if (line->used + line_columns_of(page->style, text) + 3 <= page->right)
		line_add(line, "%s%s", gap, text);
}

static void add_threads(const struct page *page, struct line *line, const struct report_code *code)
{
	char text[SECTION_THREAD_BYTES + 40];

	for (size_t i = 0; i < code->threads_count && i < 2; i++) {
		const struct report_coder *thread = &code->threads[i];

		snprintf(text, sizeof(text), "%.60s (%" PRIu64 ") %s",
			 thread->name ? thread->name : "TID", thread->tid,
			 format_share(known(thread->samples), known(code->samples)).text);
		add_part(page, line, text);
	}
}

static bool is_text_same(const char *one, const char *other)
{
	return one && other ? !strcmp(one, other) : one == other;
}

static bool is_of(const struct report_code_stack *stack, const struct report_code *code)
{
	const struct report_frame *leaf = &stack->frames[0];

	return stack->frames_count && is_text_same(leaf->function, code->function) &&
	       is_text_same(leaf->module, code->module);
}

struct callers {
	const struct report_frame *frames[CALLERS_NAMED];
	uint64_t samples[CALLERS_NAMED];
	size_t count;
};

static void add_caller(struct callers *callers, const struct report_frame *frame, uint64_t samples)
{
	size_t at;

	for (at = 0; at < callers->count; at++)
		if (is_text_same(callers->frames[at]->function, frame->function))
			break;
	if (at == CALLERS_NAMED)
		return;
	callers->frames[at] = frame;
	callers->samples[at] += samples;
	if (at == callers->count)
		callers->count++;
}

static void find_callers(const struct report *report, const struct report_code *code,
			 struct callers *callers)
{
	for (size_t i = 0; i < report->code_stacks_count; i++) {
		const struct report_code_stack *stack = &report->code_stacks[i];
		const struct report_frame *own;

		if (!is_of(stack, code))
			continue;
		own = caller_frame_own(stack->frames, stack->frames_count);
		if (own && !is_text_same(own->function, code->function))
			add_caller(callers, own, known(stack->samples));
	}
}

/* Of a library's function: which of the program's own called it. */
static void print_callers(const struct page *page, const struct report_code *code)
{
	struct callers callers = { 0 };
	struct line line;
	char name[FRAME_TEXT_BYTES], text[FRAME_TEXT_BYTES + 40];

	find_callers(page->report, code, &callers);
	if (!callers.count)
		return;
	line_start(&line, page->style);
	line_emphasis(&line, EMPHASIS_FAINT);
	line_add(&line, "    ");
	for (size_t i = 0; i < callers.count; i++) {
		frame_function(callers.frames[i], name);
		snprintf(text, sizeof(text), "%sfor %.200s %s", i ? "" : "called ", name,
			 format_share(callers.samples[i], known(code->samples)).text);
		add_part(page, &line, text);
	}
	line_emphasis(&line, EMPHASIS_NONE);
	line_print(&line, page->out);
}

static void print_below(const struct page *page, const struct report_code *code)
{
	struct report_frame frame = frame_of(code);
	char text[FRAME_TEXT_BYTES];
	struct line line;

	line_start(&line, page->style);
	line_emphasis(&line, EMPHASIS_FAINT);
	line_add(&line, "    ");
	frame_place(&frame, text);
	if (*text)
		add_part(page, &line, text);
	if (share_of(known(code->kernel_samples), known(code->samples)) >= KERNEL_WORTH) {
		snprintf(text, sizeof(text), "%s in the kernel",
			 format_share(known(code->kernel_samples), known(code->samples)).text);
		add_part(page, &line, text);
	}
	add_threads(page, &line, code);
	line_emphasis(&line, EMPHASIS_NONE);
	if (line.used > 4)
		line_print(&line, page->out);
}

/* ---- the view ---- */

static void print_nothing(const struct page *page)
{
	const struct report_sampling *sampling = &page->report->sampling;

	if (sampling->note)
		line_paragraph(page->out, page->style, "Code", sampling->note);
	else if (sampling->period_ns == NO_VALUE || !sampling->period_ns)
		line_paragraph(page->out, page->style, "Code",
			       "There are no samples of code in this report.");
	else
		line_paragraph(page->out, page->style, "Code",
			       "No thread was met on a CPU: there was next to nothing to sample.");
}

static void print_legend(const struct page *page)
{
	const struct report_sampling *sampling = &page->report->sampling;
	char text[512];

	snprintf(text, sizeof(text),
		 "%s, one each %s on a CPU; with so many a share is good to ± %.0f points. "
		 "critical: its part when each sample is divided by the parallelism at that "
		 "instant; alone: it ran while no other thread of the target did.",
		 format_things(known(sampling->samples), "sample").text,
		 format_duration(sampling->period_ns).text,
		 ceil(100 / sqrt((double)known(sampling->samples))));
	section_gap(page);
	line_paragraph(page->out, page->style, "", text);
	if (!known(sampling->lost_samples) && !known(sampling->other_samples))
		return;
	snprintf(text, sizeof(text),
		 "%s had no room and are not in it; %s are in functions without a row.",
		 format_things(known(sampling->lost_samples), "sample").text,
		 format_count(known(sampling->other_samples)).text);
	line_paragraph(page->out, page->style, "", text);
}

void section_code(const struct page *page)
{
	const struct report *report = page->report;
	struct table table = { page, columns, ARRAY_LEN(columns), LABEL_COLUMNS, 0 };
	size_t limit = top_limit(report->code_count, ROWS_SHOWN);
	char label[FRAME_TEXT_BYTES];
	struct line line;

	if (!report->code_count || !known(report->sampling.samples)) {
		print_nothing(page);
		return;
	}
	for (size_t i = 0; i < limit; i++)
		if (known(report->code[i].running_ns) > table.largest_ns)
			table.largest_ns = known(report->code[i].running_ns);
	table_heading(&table, "Function");
	for (size_t i = 0; i < limit; i++) {
		label_of(&report->code[i], label);
		table_row(&line, &table, label, &report->code[i]);
		line_print(&line, page->out);
		print_below(page, &report->code[i]);
		print_callers(page, &report->code[i]);
	}
	if (report->code_count > limit) {
		snprintf(label, sizeof(label), "and %s; --json has them",
			 format_things(report->code_count - limit, "more function").text);
		line_paragraph(page->out, page->style, "", label);
	}
	print_legend(page);
}
