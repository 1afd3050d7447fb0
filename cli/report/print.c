/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/print.h"

#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/section.h"

typedef void (*section)(const struct page *page);

/* NULL is an empty line. */
static const section summary[] = {
	section_verdict,
	section_other_deadlocks,
	NULL,
	section_subject,
	NULL,
	section_time,
	section_locks,
	section_balance,
	section_run_queue,
	section_switches,
	section_memory,
	section_threads,
	section_truth,
	section_probes,
	section_advice,
	section_next,
};

#define HEADER section_loss, section_subject, NULL

static const section threads[] = { HEADER, section_every_thread };
static const section processes[] = { HEADER, section_processes };
static const section code[] = { HEADER, section_code };
static const section findings[] = { HEADER, section_every_finding };
static const section waits[] = { HEADER, section_waits };
static const section cpus[] = { HEADER, section_cpus, section_levels };
static const section run_queue[] = { HEADER, section_run_queue, section_histogram,
				     section_ready_threads, section_culprits };

static const section locks[] = { HEADER, section_every_lock };
static const section deadlocks[] = { HEADER, section_deadlocks };
static const section stacks[] = { HEADER, section_stacks };
static const section snapshot[] = { section_loss, section_deadlocks_first, section_subject, NULL,
				    section_snapshot };

static const struct view {
	const section *sections;
	size_t count;
} views[] = {
	[VIEW_SUMMARY] = { summary, ARRAY_LEN(summary) },
	[VIEW_THREADS] = { threads, ARRAY_LEN(threads) },
	[VIEW_PROCESSES] = { processes, ARRAY_LEN(processes) },
	[VIEW_WAITS] = { waits, ARRAY_LEN(waits) },
	[VIEW_CPUS] = { cpus, ARRAY_LEN(cpus) },
	[VIEW_RUN_QUEUE] = { run_queue, ARRAY_LEN(run_queue) },
	[VIEW_LOCKS] = { locks, ARRAY_LEN(locks) },
	[VIEW_DEADLOCKS] = { deadlocks, ARRAY_LEN(deadlocks) },
	[VIEW_STACKS] = { stacks, ARRAY_LEN(stacks) },
	[VIEW_FINDINGS] = { findings, ARRAY_LEN(findings) },
	[VIEW_CODE] = { code, ARRAY_LEN(code) },
};
_Static_assert(ARRAY_LEN(views) == VIEW_COUNT, "print every view");

const char *const report_view_names[] = {
	[VIEW_SUMMARY] = "summary",     [VIEW_THREADS] = "threads",
	[VIEW_PROCESSES] = "processes", [VIEW_WAITS] = "waits",
	[VIEW_CPUS] = "cpus",           [VIEW_RUN_QUEUE] = "runqueue",
	[VIEW_LOCKS] = "locks",         [VIEW_DEADLOCKS] = "deadlocks",
	[VIEW_STACKS] = "stacks",       [VIEW_FINDINGS] = "findings",
	[VIEW_CODE] = "code",
};
_Static_assert(ARRAY_LEN(report_view_names) == VIEW_COUNT, "name every view");

static const section unprobed[] = { section_subject, NULL, section_own_clock };

/* `page` needs no style, which is `style` within bounds, no right edge and no namesakes. */
static int print_page(struct page page, const struct report_style *style, const section *sections,
		      size_t count)
{
	_cleanup_free_ struct namesakes *namesakes = namesakes_of(page.report);
	struct report_style bounded = *style;

	if (bounded.columns < LINE_COLUMNS_MIN)
		bounded.columns = LINE_COLUMNS_MIN;
	if (bounded.columns > LINE_COLUMNS_MAX)
		bounded.columns = LINE_COLUMNS_MAX;
	page.style = &bounded;
	page.right = bounded.columns - 2;
	page.namesakes = namesakes;
	for (size_t i = 0; i < count; i++)
		(sections[i] ? sections[i] : section_gap)(&page);
	return fflush(page.out) == 0 && !ferror(page.out) ? 0 : -EIO;
}

static int print_sections(FILE *out, const struct report *report, const json_t *workload,
			  const struct report_style *style, const section *sections, size_t count)
{
	struct page page = { .out = out, .report = report, .workload = workload };

	return print_page(page, style, sections, count);
}

void section_gap(const struct page *page)
{
	fputc('\n', page->out);
}

void section_heading(struct line *line, const struct page *page, const char *heading)
{
	line_start(line, page->style);
	line_emphasis(line, EMPHASIS_STRONG);
	line_add(line, "%s", heading);
	line_emphasis(line, EMPHASIS_NONE);
}

void section_labelled(const struct page *page, const char *label, const char *text)
{
	char title[SECTION_LABEL];

	/* The paragraph itself puts two spaces behind its title. */
	snprintf(title, sizeof(title), "%-*s", (int)SECTION_LABEL - 2, label);
	line_paragraph(page->out, page->style, title, text);
}

int report_view_find(const char *name, enum report_view *ret)
{
	for (int i = 0; i < VIEW_COUNT; i++)
		if (!strcmp(report_view_names[i], name)) {
			*ret = (enum report_view)i;
			return 0;
		}
	return -ENOENT;
}

int report_print_view(FILE *out, const struct report *report, const json_t *workload,
		      const struct report_style *style, enum report_view view)
{
	return print_sections(out, report, workload, style, views[view].sections,
			      views[view].count);
}

int report_print_unprobed(FILE *out, const struct report *report, const json_t *workload,
			  const struct report_style *style)
{
	return print_sections(out, report, workload, style, unprobed, ARRAY_LEN(unprobed));
}

int report_print_locks(FILE *out, const struct report *report, const struct report_style *style,
		       const struct report_locks_choice *choice)
{
	struct page page = { .out = out, .report = report, .locks = *choice };

	return print_page(page, style, locks, ARRAY_LEN(locks));
}

int report_print_snapshot(FILE *out, const struct report *report, const struct report_style *style)
{
	return print_sections(out, report, NULL, style, snapshot, ARRAY_LEN(snapshot));
}
