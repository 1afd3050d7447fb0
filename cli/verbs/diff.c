// SPDX-License-Identifier: BSD-2-Clause
#include "cli/report/diff.h"

#include <argp.h>
#include <string.h>

#include "base/log.h"
#include "cli/client/document.h"
#include "cli/report/line.h"
#include "cli/saved/load.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/diff_sweeps.h"
#include "cli/verbs/input.h"
#include "cli/verbs/parse.h"
#include "cli/verbs/usage.h"

/* On a quiet machine two runs of one program seldom differ by more; how much here isn't known. */
#define LEAST_DEFAULT 0.05
#define BEFORE_COLUMN 46u
#define AFTER_COLUMN  60u

struct diff_options {

	const char *paths[2];
	size_t count;
	double least;
};

/* A report, and the document that its texts are in. */
struct side {
	json_t *document;
	struct report report;
	uint64_t ns_per_task;
};

static const struct argp_option options[] = {
	{ "least", 'l', "SHARE", 0, "Show changes of at least so much (5%)", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct diff_options *diff = state->input;

	switch (key) {
	case 'l':
		if (parse_share(argument, &diff->least) < 0)
			usage_error(state,
				    "--least %s is not understood; it takes a share such as 5%%",
				    argument);
		return 0;
	case ARGP_KEY_ARG:
		if (diff->count == 2)
			usage_error(state, "%s: diff compares two reports", argument);
		diff->paths[diff->count++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (diff->count < 1)
			usage_error(state,
				    "diff needs a report to compare the last one with, or two");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static uint64_t ns_per_task(const json_t *document)
{
	const json_t *workload = json_object_get(document, "workload");
	json_int_t tasks = json_integer_value(json_object_get(workload, "tasks"));
	json_int_t elapsed_ns = json_integer_value(json_object_get(workload, "elapsed_ns"));

	return tasks > 0 && elapsed_ns > 0 ? (uint64_t)(elapsed_ns / tasks) : 0;
}

static int read_side(const char *path, struct side *ret)
{
	char why[512];

	if (input_report(path, &ret->document) < 0)
		return STATUS_FAILED;
	if (!load_is_probed(ret->document)) {
		log_line("%s is of a run with --no-probe, which has nothing to compare",
			 input_name(path));
		return STATUS_FAILED;
	}
	if (report_decode(ret->document, &ret->report, why, sizeof(why)) < 0) {
		log_line("%s: %s", input_name(path), why);
		return STATUS_FAILED;
	}
	ret->ns_per_task = ns_per_task(ret->document);
	return STATUS_DONE;
}

static void release_side(struct side *side)
{
	report_release(&side->report);
	json_decref(side->document);
}

static void print_findings(FILE *out, const struct report_style *style, const char *label,
			   const struct report *report, const struct report *other)
{
	const struct report_finding *finding;

	for (size_t i = 0; (finding = diff_finding(report, other, SEVERITY_OK, i)); i++) {
		char text[400];

		snprintf(text, sizeof(text), "%s (%s): %s", finding->id,
			 finding->severity ? finding->severity : "?",
			 finding->title ? finding->title : "");
		line_paragraph(out, style, label, text);
	}
}

static void print_change(FILE *out, const struct report_style *style, const struct change *change)
{
	struct line line;

	line_start(&line, style);
	line_add(&line, "  ");
	line_add_cut(&line, change->what, BEFORE_COLUMN - 14);
	line_right(&line, BEFORE_COLUMN, change->before.text);
	line_right(&line, AFTER_COLUMN, change->after.text);
	line_print(&line, out);
}

static void print_changes(FILE *out, const struct report_style *style, const struct diff *diff)
{
	struct line line;

	line_start(&line, style);
	line_emphasis(&line, EMPHASIS_STRONG);
	line_add(&line, "Changes, the largest first");
	line_emphasis(&line, EMPHASIS_NONE);
	line_right(&line, BEFORE_COLUMN, "before");
	line_right(&line, AFTER_COLUMN, "after");
	line_print(&line, out);
	for (size_t i = 0; i < diff->count; i++)
		print_change(out, style, &diff->changes[i]);
}

static void print_diff(FILE *out, const struct report_style *style, const struct side sides[2],
		       double least)
{
	const uint64_t per_task[2] = { sides[0].ns_per_task, sides[1].ns_per_task };
	struct diff diff;

	print_findings(out, style, "New ", &sides[1].report, &sides[0].report);
	print_findings(out, style, "Gone", &sides[0].report, &sides[1].report);
	diff_reports(&sides[0].report, &sides[1].report, per_task, least, &diff);
	if (diff.count)
		print_changes(out, style, &diff);
	else
		line_paragraph(out, style, "Changes", "none of that size.");
	line_paragraph(out, style, "Noise",
		       "unknown: each side is one run, and two runs of one program differ as well. "
		       "Two sweeps with repeats (`partrace sweep`) tell noise apart.");
}

static int compare_reports(const struct diff_options *diff)
{
	struct side sides[2] = { 0 };
	struct report_style style = report_style_for(stdout, COLOUR_AUTO);
	const struct report_finding *worse = NULL;
	int status = read_side(diff->paths[0], &sides[0]);

	if (status == STATUS_DONE)
		status = read_side(diff->paths[1], &sides[1]);
	if (status == STATUS_DONE) {
		print_diff(stdout, &style, sides, diff->least);
		worse = diff_finding(&sides[1].report, &sides[0].report, SEVERITY_PROBLEM, 0);
	}
	if (worse)
		log_line("a new problem: %s", worse->id);
	release_side(&sides[0]);
	release_side(&sides[1]);
	return worse ? STATUS_MATCHED : status;
}

/* Two sweeps; where neither or only one of them is, reports are asked for. */
static int compare(const struct diff_options *diff)
{
	json_t *before = sweep_or_null(diff->paths[0]), *after = sweep_or_null(diff->paths[1]);
	int status = before && after ? compare_sweeps(before, after, diff->least)
				     : compare_reports(diff);

	json_decref(before);
	json_decref(after);
	return status;
}

int verb_diff(int argc, char **argv)
{

	static const struct argp argp = {
		options,
		parse_option,
		"BEFORE.json [AFTER.json]",
		"Says what changed from one report to another (the last one, where one is given), "
		"in the report's own words, the largest change first. One run says nothing of "
		"noise; of two sweeps, which hold repeats, only times that changed beyond noise "
		"are told. Exit status 4 when a point of a sweep is slower, or there is a "
		"problem that was not there before.\v"
		"Examples:\n"
		"  sudo partrace exec --json -o before.json -- ./server\n"
		"  partrace diff before.json after.json\n"
		"  partrace diff before.json --least 1%\n"
		"  partrace diff sweep-before.json sweep-after.json",
		NULL,
		NULL,
		NULL
	};
	struct diff_options diff = { .least = LEAST_DEFAULT };

	argv[0] = "partrace diff";
	argp_parse(&argp, argc, argv, 0, NULL, &diff);
	return compare(&diff);
}
