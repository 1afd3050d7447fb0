/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be wrong with the figures: said first when something is, and last in any case. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/report/section.h"
#include "cli/report/verdict.h"

#define REASONS_SHOWN 4
#define REASON_BYTES  200

static const struct loss {
	size_t offset;
	const char *what;
} losses[] = {
	{ offsetof(struct report_completeness, missed_switches), "missed switch" },
	{ offsetof(struct report_completeness, lost_records), "lost record" },
	{ offsetof(struct report_completeness, untracked_threads), "untracked thread" },
	{ offsetof(struct report_completeness, lost_stacks), "lost stack" },
	{ offsetof(struct report_completeness, clamped), "clamped difference" },
};

/* "a; b", out of the counters, for a daemon that gave no reasons. */
static void print_losses(FILE *text, const struct report_completeness *complete)
{
	const char *between = "";

	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		uint64_t count;

		memcpy(&count, (const char *)complete + losses[i].offset, sizeof(count));
		if (!count || count == NO_VALUE)
			continue;
		/* "switch" takes -es, which format_things() knows only of words on -s. */
		if (i == 0 && count != 1)
			fprintf(text, "%s%s missed switches", between, format_count(count).text);
		else
			fprintf(text, "%s%s", between, format_things(count, losses[i].what).text);
		between = "; ";
	}
	fputs(*between ? "." : "The daemon says so, and gives no reason.", text);
}

static void print_reasons(FILE *text, const struct report_completeness *complete)
{
	size_t shown = 0;

	if (!complete->reasons_count) {
		print_losses(text, complete);
		return;
	}
	for (; shown < complete->reasons_count && shown < REASONS_SHOWN; shown++)
		fprintf(text, "%s%.*s", shown ? "; " : "", REASON_BYTES,
			complete->reasons[shown] ? complete->reasons[shown] : "");
	if (shown < complete->reasons_count)
		fprintf(text, "; and %zu more reasons", complete->reasons_count - shown);
	fputs(".", text);
}

static void print_incomplete(const struct page *page)
{
	_cleanup_free_ char *reasons = NULL;
	size_t size;
	FILE *text = open_memstream(&reasons, &size);

	if (text) {
		print_reasons(text, &page->report->completeness);
		fclose(text);
	}
	line_paragraph(page->out, page->style, "INCOMPLETE", reasons ? reasons : "");
}

static uint64_t lost_switches(const struct report_completeness *complete)
{
	return complete->missed_switches + complete->lost_records;
}

/* In the daemon's words, where it has any. */
static void print_doubt(const struct page *page, const struct report_finding *finding)
{
	char text[600];

	snprintf(text, sizeof(text), "%s %s", finding->title ? finding->title : "",
		 finding->detail ? finding->detail : "");
	line_paragraph(page->out, page->style, "WITHHELD", text);
}

static void print_withheld(const struct page *page)
{
	uint64_t lost = lost_switches(&page->report->completeness);
	uint64_t seen = page->report->probes.events;
	char text[200] = "What was lost could change the verdict.";

	if (lost)
		snprintf(text, sizeof(text),
			 "%s of switches were lost, which could change the verdict.",
			 format_small_share(share_of(lost, lost + seen)).text);
	line_paragraph(page->out, page->style, "WITHHELD", text);
}

void section_loss(const struct page *page)
{
	if (page->report->completeness.complete)
		return;
	print_incomplete(page);
	section_gap(page);
}

static bool is_withheld(const struct report *report)
{
	const char *first = report->findings_count ? report->findings[0].id : NULL;

	return first && strcmp(first, finding_names[FINDING_INCOMPLETE]) == 0;
}

void section_verdict(const struct page *page)
{
	char title[100], sentence[300];

	if (!page->report->completeness.complete)
		print_incomplete(page);
	if (is_withheld(page->report)) {
		print_doubt(page, &page->report->findings[0]);
		return;
	}
	if (page->report->findings_count) {
		section_findings(page);
		return;
	}
	if (!page->report->completeness.complete) {
		print_withheld(page);
		return;
	}
	verdict_title(page->report, title, sizeof(title));
	verdict_sentence(page->report, sentence, sizeof(sentence));
	line_paragraph(page->out, page->style, title, sentence);
}

/* Errors that are known, and are no loss: "; 3 looks at …; parallelism levels ± 0.4 %". */
static void add_doubts(const struct page *page, char *text, size_t size)
{
	const struct report_parallelism *parallelism = &page->report->parallelism;
	uint64_t looks = parallelism->unsettled, late_ns = parallelism->late_ns;
	uint64_t window_ns = page->report->window.duration_ns;
	uint64_t stacks = page->report->completeness.lost_stacks;
	size_t used = strlen(text);

	if (stacks && stacks != NO_VALUE)
		snprintf(text + used, size - used,
			 "; %s lost, so those told stand for less than all waits",
			 format_things(stacks, "stack").text);
	used = strlen(text);
	if (looks && looks != NO_VALUE)
		snprintf(text + used, size - used,
			 "; %s at the criticality sums may be one interval off",
			 format_things(looks, "look").text);
	used = strlen(text);
	/* Below a thousandth it does not show in the levels as they are printed. */
	if (late_ns != NO_VALUE && late_ns > window_ns / 1000)
		snprintf(text + used, size - used, "; levels of parallelism ± %s (learnt too late)",
			 format_share(late_ns, window_ns).text);
}

void section_probes(const struct page *page)
{
	const struct report_probes *probes = &page->report->probes;
	const struct report_completeness *complete = &page->report->completeness;
	char cost[160], text[400];

	/* The probes also run, shortly, for tasks that are no targets: the share is of all runs. */
	if (isfinite(probes->ns_per_event) && isfinite(probes->share_of_cpu))
		snprintf(cost, sizeof(cost), "· %.0f ns a run, %s of CPU time for all tasks",
			 fmin(fmax(probes->ns_per_event, 0), 1e12),
			 format_small_share(probes->share_of_cpu).text);
	else
		snprintf(cost, sizeof(cost),
			 "· cost not measured (the kernel refused, or too short a window)");
	snprintf(text, sizeof(text), "%s %s %s · %s, %s lost", format_count(probes->events).text,
		 probes->events == 1 ? "switch" : "switches", cost,
		 complete->complete ? "complete" : "incomplete",
		 format_count(lost_switches(complete)).text);
	add_doubts(page, text, sizeof(text));
	line_paragraph(page->out, page->style, "Probes", text);
}
