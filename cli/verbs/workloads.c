// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/report/line.h"
#include "cli/verb.h"
#include "cli/workload/workload.h"

static void list(void)
{
	const struct workload *workload;

	for (size_t i = 0; (workload = workload_at(i)); i++)
		printf("  %-10s  %s\n", workload_name(workload), workload_summary(workload));
	printf("\n`partrace workloads NAME` explains one; `sudo partrace run NAME` runs it.\n");
}

/* Paragraphs stand on a line each. */
static void print_details(const struct report_style *style, const char *details)
{
	char paragraph[1024];

	for (size_t length; *details; details += length + (details[length] == '\n')) {
		length = strcspn(details, "\n");
		snprintf(paragraph, sizeof(paragraph), "%.*s", (int)length, details);
		line_paragraph(stdout, style, "", paragraph);
	}
}

static void explain(const struct workload *workload)
{
	struct report_style style = report_style_for(stdout, COLOUR_AUTO);

	printf("%s: %s\n\n", workload_name(workload), workload_summary(workload));
	print_details(&style, workload_details(workload));
	if (workload_has_python_twin(workload))
		printf("In CPython too: sudo partrace run %s --runtime python\n",
		       workload_name(workload));
}

int verb_workloads(int argc, char **argv)
{
	const struct workload *workload;

	if (argc == 1) {
		list();
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "--help")) {
		puts("Usage: partrace workloads [NAME]\nLists the built-in workloads, or explains "
		     "one.\n\n"
		     "Examples:\n  partrace workloads\n  partrace workloads lock");
		return STATUS_DONE;
	}
	workload = workload_find(argv[1]);
	if (!workload) {
		log_line("there is no workload %s; `partrace workloads` lists them", argv[1]);
		return STATUS_USAGE;
	}
	explain(workload);
	return STATUS_DONE;
}
