// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/verb.h"
#include "cli/verbs/schema.h"
#include "cli/verbs/usage.h"

/* The files as they are, found from the top folder; the Makefile knows of this dependence. */
__asm__(".pushsection .rodata\n"
	"report_schema_text:\n"
	"	.incbin \"include/api/report.schema.json\"\n"
	"	.byte 0\n"
	"sweep_schema_text:\n"
	"	.incbin \"include/api/sweep.schema.json\"\n"
	"	.byte 0\n"
	".popsection\n");

extern const char report_schema_text[] __attribute__((visibility("hidden")));
extern const char sweep_schema_text[] __attribute__((visibility("hidden")));

const char *schema_text(void)
{
	return report_schema_text;
}

const char *schema_of(const char *name)
{
	if (!strcmp(name, "report"))
		return report_schema_text;
	return strcmp(name, "sweep") ? NULL : sweep_schema_text;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	const char **text = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (state->arg_num > 0)
		usage_error(state, "%s: only one schema is printed", argument);
	*text = schema_of(argument);
	if (!*text)
		usage_error(state, "there is no schema %s; there are: report, sweep", argument);
	return 0;
}

int verb_schema(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse_option,
		"[report|sweep]",
		"Prints the JSON Schema (draft 2020-12) of the report that --json prints, or of "
		"what sweep --json prints: every key, what it means and its unit.\v"
		"Examples:\n"
		"  partrace schema > report.schema.json\n"
		"  partrace schema sweep\n"
		"  jsonschema -i lock.json report.schema.json",
		NULL,
		NULL,
		NULL
	};

	const char *text = schema_text();

	argv[0] = "partrace schema";
	argp_parse(&argp, argc, argv, 0, NULL, &text);
	if (fputs(text, stdout) != EOF && fflush(stdout) == 0)
		return STATUS_DONE;
	log_line("cannot write the schema: %s", strerror(errno));
	return STATUS_FAILED;
}
