// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/diff_sweeps.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/report/diff_sweeps.h"
#include "cli/report/format.h"
#include "cli/report/line.h"
#include "cli/saved/load.h"
#include "cli/saved/store.h"
#include "cli/verb.h"

#define BEFORE_COLUMN 50u
#define AFTER_COLUMN  64u
#define TIMES_COLUMN  72u

json_t *sweep_or_null(const char *path)
{
	json_t *document = NULL;
	char why[512];

	if (!path)
		saved_read_last(true, &document, why, sizeof(why));
	else if (strcmp(path, "-") != 0)
		document = json_load_file(path, 0, NULL);
	if (load_is_sweep(document))
		return document;
	json_decref(document);
	return NULL;
}

static void print_row(const struct report_style *style, const char *what, const char *before,
		      const char *after, const char *times)
{
	struct line line;

	line_start(&line, style);
	line_add_cut(&line, what, BEFORE_COLUMN - 14);
	line_right(&line, BEFORE_COLUMN, before);
	line_right(&line, AFTER_COLUMN, after);
	line_right(&line, TIMES_COLUMN, times);
	line_print(&line, stdout);
}

static void print_changes(const struct report_style *style, const struct sweep_diff *diff)
{
	if (!diff->count) {
		line_paragraph(stdout, style, "Changes",
			       "none of that size beyond noise in the time of the runs.");
		return;
	}
	print_row(style, "Beyond noise, the largest first", "before", "after", "");
	for (size_t i = 0; i < diff->count; i++) {
		const struct sweep_change *change = &diff->changes[i];
		char what[100], times[24];

		snprintf(what, sizeof(what), "  %s", change->what);
		snprintf(times, sizeof(times), "%.2f×", change->times);
		print_row(style, what, format_duration(change->before_ns).text,
			  format_duration(change->after_ns).text, times);
	}
}

static void print_noise(const struct report_style *style, const struct sweep_diff *diff)
{
	char text[400];
	size_t used = (size_t)snprintf(
		text, sizeof(text),
		"%zu of %zu points differ by no more than their runs differ among themselves.",
		diff->overlap, diff->points);

	if (diff->few)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 " Of %zu it is unknown: they have fewer than %d runs a "
					 "side.",
					 diff->few, SWEEP_RUNS_LEAST);
	if (diff->small)
		snprintf(text + used, sizeof(text) - used,
			 " %zu changed by less than --least, beyond noise.", diff->small);
	line_paragraph(stdout, style, "Noise", text);
}

int compare_sweeps(const json_t *before, const json_t *after, double least)
{
	struct report_style style = report_style_for(stdout, COLOUR_AUTO);
	struct sweep_diff diff;

	diff_sweeps(before, after, least, &diff);
	if (!diff.points) {
		log_line("these two sweeps have no point in common");
		return STATUS_FAILED;
	}
	print_changes(&style, &diff);
	print_noise(&style, &diff);
	for (size_t i = 0; i < diff.count; i++)
		if (diff.changes[i].times > 1) {
			log_line("slower beyond noise: %s", diff.changes[i].what);
			return STATUS_MATCHED;
		}
	return STATUS_DONE;
}
