/* SPDX-License-Identifier: BSD-2-Clause */
/* Who was watched, and what they got done. */
#include <inttypes.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/report/section.h"

uint64_t section_truth_of(const struct page *page, const char *key)
{
	const json_t *value = json_object_get(json_object_get(page->workload, "truth"), key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return NO_VALUE;
	return (uint64_t)json_integer_value(value);
}

static uint64_t workload_figure(const struct page *page, const char *key)
{
	const json_t *value = json_object_get(page->workload, key);

	return json_is_integer(value) && json_integer_value(value) > 0
		       ? (uint64_t)json_integer_value(value)
		       : 0;
}

static uint64_t running_per_task(const struct page *page, uint64_t tasks)
{
	uint64_t given = section_truth_of(page, "running_per_task_ns");
	uint64_t running = section_truth_of(page, "running_ns");

	if (given != NO_VALUE)
		return given;
	return running == NO_VALUE ? NO_VALUE : running / tasks;
}

static void run_subject(const struct page *page, FILE *text)
{
	const struct report_target *target = &page->report->target;
	bool processes = target->mode && strcmp(target->mode, "processes") == 0;
	uint64_t tasks = workload_figure(page, "tasks");
	uint64_t elapsed_ns = workload_figure(page, "elapsed_ns");
	uint64_t each_ns;

	fprintf(text, "%.40s", target->workload ? target->workload : "workload");
	if (target->runtime)
		fprintf(text, " in %.20s", target->runtime);
	if (target->workers != NO_VALUE)
		fprintf(text, " · %s",
			format_things(target->workers, processes ? "process" : "thread").text);
	if (!tasks || !elapsed_ns) {
		fprintf(text, " · %s watched",
			format_duration(page->report->window.duration_ns).text);
		return;
	}
	fprintf(text, " · %s in %s · %s tasks/s", format_things(tasks, "task").text,
		format_duration(elapsed_ns).text, format_rate(tasks, elapsed_ns).text);
	each_ns = running_per_task(page, tasks);
	if (each_ns != NO_VALUE)
		fprintf(text, " · %s running/task", format_duration(each_ns).text);
}

/* What was run, as it was typed; a long one is cut to leave room for the figures. */
static void watched_subject(const struct page *page)
{
	const struct report *report = page->report;
	char figures[256], command[512] = "";
	struct line line;
	size_t used = 0;

	snprintf(figures, sizeof(figures), " · %s · %s · %s watched",
		 format_things(report->totals.processes, "process").text,
		 format_things(report->totals.threads, "thread").text,
		 format_duration(report->window.duration_ns).text);
	for (size_t i = 0; i < report->target.command_count && used + 1 < sizeof(command); i++)
		used += (size_t)snprintf(
			command + used, sizeof(command) - used, "%s%s", i ? " " : "",
			report->target.command[i] ? report->target.command[i] : "");
	if (!report->target.command_count && report->target.what)
		snprintf(command, sizeof(command), "%s", report->target.what);
	else if (!report->target.command_count)
		snprintf(command, sizeof(command), "%s",
			 format_things(report->target.pids_count, "process").text);
	line_start(&line, page->style);
	line_add_cut(&line, command, page->style->columns - line_columns_of(page->style, figures));
	line_add(&line, "%s", figures);
	line_print(&line, page->out);
}

void section_subject(const struct page *page)
{
	const char *kind = page->report->target.kind;
	_cleanup_free_ char *subject = NULL;
	size_t size;
	FILE *text;

	if (!kind || strcmp(kind, "run") != 0) {
		watched_subject(page);
		return;
	}
	text = open_memstream(&subject, &size);
	if (!text)
		return;
	run_subject(page, text);
	fclose(text);
	line_paragraph(page->out, page->style, "", subject ? subject : "");
}
