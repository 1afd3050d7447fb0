/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong, if anything: in the summary the limiting finding, in --view findings each. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/deadlock_text.h"
#include "cli/report/format.h"
#include "cli/report/lock_parts.h"
#include "cli/report/section.h"
#include "cli/report/verdict.h"

/* Behind the verdict, those that are worth a line. */
#define MORE_FINDINGS 3u
#define NAME_BYTES    40u
#define NAME_COLUMNS  30u
#define VALUE_COLUMNS 14u

static void capitals(const char *id, char ret[NAME_BYTES])
{
	size_t i = 0;

	for (; id && id[i] && i + 1 < NAME_BYTES; i++)
		ret[i] = (char)toupper((unsigned char)id[i]);
	ret[i] = '\0';
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static bool is_severe(const struct report_finding *finding)
{
	return finding->severity && strcmp(finding->severity, "problem") == 0;
}

static bool is_of(const struct report_finding *finding, enum finding_id id)
{
	return finding->id && strcmp(finding->id, finding_names[id]) == 0;
}

/* Of a deadlock that stands, who waits for whom, as every other view has it. */
static void print_details(FILE *out, const struct page *page, const struct report_finding *finding)
{
	if (is_of(finding, FINDING_DEADLOCK) && page->report->deadlocks_count) {
		fputc(' ', out);
		deadlock_sentence(out, &page->report->deadlocks[0]);
	} else if (finding->detail) {
		fprintf(out, " %s", finding->detail);
	}
}

static void print_finding(const struct page *page, const struct report_finding *finding, bool whole)
{
	_cleanup_free_ char *text = NULL;
	char title[NAME_BYTES], sure[NAME_BYTES] = "";
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	fputs(or_empty(finding->title), out);
	if (whole)
		print_details(out, page, finding);
	fclose(out);
	capitals(finding->id, title);
	if (isfinite(finding->confidence))
		snprintf(sure, sizeof(sure), "confidence %.2f",
			 fmin(fmax(finding->confidence, 0), 1));
	line_paragraph_with(page->out, page->style, title, or_empty(text), sure);
}

void section_findings(const struct page *page)
{
	const struct report *report = page->report;
	size_t shown = 0;

	for (size_t i = 0; i < report->findings_count && shown < MORE_FINDINGS; i++) {
		const struct report_finding *finding = &report->findings[i];
		bool calm = finding->severity && strcmp(finding->severity, "ok") == 0;

		/* What is not wrong is said only where it is the verdict. */
		if (i && calm)
			continue;
		print_finding(page, finding, i == 0 || is_severe(finding));
		shown++;
	}
}

/* With which the summary has told the first deadlock. */
static bool has_told_deadlock(const struct report *report)
{
	for (size_t i = 0; i < report->findings_count && i < MORE_FINDINGS; i++)
		if (is_of(&report->findings[i], FINDING_DEADLOCK))
			return i == 0 || is_severe(&report->findings[i]);
	return false;
}

void section_other_deadlocks(const struct page *page)
{
	deadlock_alarm_print(page, has_told_deadlock(page->report) ? 1 : 0);
}

bool section_hung(const struct page *page)
{
	const struct report *report = page->report;

	for (size_t i = 0; verdict_hangs(report) && i < report->findings_count; i++)
		if (is_of(&report->findings[i], FINDING_DEADLOCK) ||
		    is_of(&report->findings[i], FINDING_IDLE)) {
			print_finding(page, &report->findings[i], true);
			return true;
		}
	return false;
}

void section_advice(const struct page *page)
{
	const struct report *report = page->report;

	for (size_t i = 0; i < report->findings_count && i < MORE_FINDINGS; i++) {
		const struct report_finding *finding = &report->findings[i];

		if (finding->advice && (i == 0 || is_severe(finding)))
			line_paragraph(page->out, page->style, "Do  ", finding->advice);
	}
}

/* ---- the figures behind it ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && strcmp(text + length - tail, end) == 0;
}

static uint64_t whole_number(double value)
{
	return value > 0 && value < 1e18 ? (uint64_t)value : 0;
}

/* The end of a figure's name is its unit. */
static struct figure figure_of(const struct report_evidence *evidence)
{
	double value = evidence->value;
	struct figure figure;

	if (!isfinite(value))
		return format_duration(NO_VALUE);
	if (ends_with(evidence->name, "_ns"))
		return format_duration(whole_number(value));
	if (ends_with(evidence->name, "_share"))
		return format_small_share(value);
	if (value == floor(value) && value >= 0)
		return format_count(whole_number(value));
	snprintf(figure.text, sizeof(figure.text), "%.2f", fmin(fmax(value, -1e12), 1e12));
	return figure;
}

/* "lock wait share" */
static void print_evidence(const struct page *page, const struct report_evidence *evidence)
{
	char name[NAME_BYTES];
	struct line line;

	snprintf(name, sizeof(name), "%s", or_empty(evidence->name));
	for (char *at = name; *at; at++)
		if (*at == '_')
			*at = ' ';
	if (ends_with(name, " ns"))
		name[strlen(name) - 3] = '\0';
	line_start(&line, page->style);
	line_add(&line, "  ");
	line_add_cut(&line, name, NAME_COLUMNS - 4);
	if (evidence->text) {
		line_to(&line, NAME_COLUMNS + 3);
		line_add_cut(&line, evidence->text, page->right - line.used);
	} else {
		line_right(&line, NAME_COLUMNS + VALUE_COLUMNS, figure_of(evidence).text);
	}
	line_print(&line, page->out);
}

void section_every_finding(const struct page *page)
{
	const struct report *report = page->report;

	if (!report->findings_count)
		line_paragraph(page->out, page->style, "Findings",
			       "none: nothing stands out, or an older partraced made this report.");
	for (size_t i = 0; i < report->findings_count; i++) {
		const struct report_finding *finding = &report->findings[i];

		if (i)
			section_gap(page);
		print_finding(page, finding, true);
		for (size_t j = 0; j < finding->evidence_count; j++)
			if (finding->evidence[j].name)
				print_evidence(page, &finding->evidence[j]);
		if (finding->advice)
			line_paragraph(page->out, page->style, "Do  ", finding->advice);
	}
}
