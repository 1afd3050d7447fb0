// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cli/report/line.h"
#include "cli/verb.h"
#include "cli/verbs/usage.h"
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

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	const struct workload **workload = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (state->arg_num > 0)
		usage_error(state, "%s: only one workload is explained", argument);
	*workload = workload_find(argument);
	if (!*workload)
		usage_error(state, "there is no workload %s; `partrace workloads` lists them",
			    argument);
	return 0;
}

int verb_workloads(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  parse_option,
					  "[NAME]",
					  "Lists the built-in workloads, or explains one.\v"
					  "Examples:\n"
					  "  partrace workloads\n"
					  "  partrace workloads lock",
					  NULL,
					  NULL,
					  NULL };
	const struct workload *workload = NULL;

	argv[0] = "partrace workloads";
	argp_parse(&argp, argc, argv, 0, NULL, &workload);
	if (workload)
		explain(workload);
	else
		list();
	return STATUS_DONE;
}
