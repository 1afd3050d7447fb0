// SPDX-License-Identifier: BSD-2-Clause
#include "cli/page/words.h"

#include <stdbool.h>
#include <string.h>

#include "cli/page/markup.h"

/* A word of the schema as a class; anything else could end the attribute. */
static const char *severity_class(const json_t *finding)
{
	const char *severity = markup_string(finding, "severity");

	if (severity && !strcmp(severity, "problem"))
		return "problem";
	return severity && !strcmp(severity, "notice") ? "notice" : "ok";
}

static void put_command(FILE *out, const json_t *command)
{
	size_t i;
	json_t *word;

	json_array_foreach (command, i, word) {
		if (i)
			fputc(' ', out);
		if (json_is_string(word))
			markup_text(out, json_string_value(word));
	}
}

/* Of one process its name as well: its number alone says little. */
static void put_what(FILE *out, const json_t *report, const char *what)
{
	const json_t *processes = json_object_get(report, "processes");
	const char *name = markup_string(json_array_get(processes, 0), "name");

	if (json_array_size(processes) == 1 && name && !strncmp(what, "PID ", 4)) {
		markup_text(out, name);
		fputs(", ", out);
	}
	markup_text(out, what);
}

static void report_subject(FILE *out, const json_t *report)
{
	const json_t *target = json_object_get(report, "target");
	const char *workload = markup_string(target, "workload");
	const char *what = markup_string(target, "what");
	const char *mode = markup_string(target, "mode");
	const json_t *workers = json_object_get(target, "workers");

	if (workload) {
		markup_text(out, workload);
		if (json_is_integer(workers) && mode) {
			fprintf(out, ", %lld ", (long long)json_integer_value(workers));
			markup_text(out, mode);
		}
	} else if (json_array_size(json_object_get(target, "command"))) {
		put_command(out, json_object_get(target, "command"));
	} else {
		put_what(out, report, what ? what : "a program");
	}
}

/* Every workload once, in the order of the curves. */
static void sweep_subject(FILE *out, const json_t *sweep)
{
	const char *command = markup_string(sweep, "command");
	const char *before = NULL;
	size_t i;
	json_t *curve;

	fputs("Sweep of ", out);
	if (command)
		markup_text(out, command);
	json_array_foreach (json_object_get(sweep, "curves"), i, curve) {
		const char *workload = markup_string(curve, "workload");

		if (!workload || (before && !strcmp(before, workload)))
			continue;
		if (before)
			fputs(", ", out);
		markup_text(out, workload);
		before = workload;
	}
}

void words_subject(FILE *out, const json_t *document)
{
	if (json_object_get(document, "curves"))
		sweep_subject(out, document);
	else
		report_subject(out, document);
}

/* ---- reports ---- */

static void put_loss(FILE *out, const json_t *report)
{
	const json_t *completeness = json_object_get(report, "completeness");
	size_t i;
	json_t *reason;

	if (!json_is_false(json_object_get(completeness, "complete")))
		return;
	fputs("<section class=\"card problem\" aria-labelledby=\"h-loss\">\n"
	      "<h2 id=\"h-loss\">This report is incomplete</h2>\n<ul>\n",
	      out);
	json_array_foreach (json_object_get(completeness, "reasons"), i, reason)
		markup_element(out, "li", NULL, json_string_value(reason));
	fputs("</ul>\n</section>\n", out);
}

static void put_finding(FILE *out, const json_t *finding)
{
	const json_t *confidence = json_object_get(finding, "confidence");
	const char *id = markup_string(finding, "id");

	fputs("<p class=\"label\"><b class=\"id\">", out);
	markup_text(out, id ? id : "finding");
	fprintf(out, "</b> <span class=\"severity\">%s</span>", severity_class(finding));
	if (json_is_number(confidence))
		fprintf(out, " <span>confidence %d %%</span>",
			(int)(json_number_value(confidence) * 100 + 0.5));
	fputs("</p>\n", out);
	markup_prose(out, "p", "says", markup_string(finding, "title"));
	markup_prose(out, "p", NULL, markup_string(finding, "detail"));
	markup_prose(out, "p", "advice", markup_string(finding, "advice"));
}

static void put_others(FILE *out, const json_t *findings)
{
	if (json_array_size(findings) < 2)
		return;
	fputs("<section aria-labelledby=\"h-findings\">\n<h2 id=\"h-findings\">Also found</h2>\n"
	      "<ul class=\"cards\">\n",
	      out);
	for (size_t i = 1; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);

		fprintf(out, "<li class=\"card %s\">\n", severity_class(finding));
		put_finding(out, finding);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</section>\n", out);
}

void words_report(FILE *out, const json_t *report)
{
	const json_t *findings = json_object_get(report, "findings");
	const json_t *first = json_array_get(findings, 0);
	bool probed = json_is_object(json_object_get(report, "probes"));

	put_loss(out, report);
	fprintf(out,
		"<section class=\"card verdict %s\" aria-labelledby=\"h-verdict\">\n"
		"<h2 id=\"h-verdict\">Verdict</h2>\n",
		first    ? severity_class(first)
		: probed ? "ok"
			 : "unknown");
	if (first)
		put_finding(out, first);
	else
		markup_element(out, "p", "says",
			       probed ? "Nothing stands out: there is no finding."
				      : "There is no verdict: this run was not probed, so only "
					"the workload's own timing is known.");
	fputs("</section>\n", out);
	put_others(out, findings);
}
