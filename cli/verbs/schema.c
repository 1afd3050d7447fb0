// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/verb.h"
#include "cli/verbs/schema.h"

/* The file as it is, found from the top folder; the Makefile knows that this depends on it. */
__asm__(".pushsection .rodata\n"
	"report_schema_text:\n"
	"	.incbin \"include/api/report.schema.json\"\n"
	"	.byte 0\n"
	".popsection\n");

extern const char report_schema_text[] __attribute__((visibility("hidden")));

const char *schema_text(void)
{
	return report_schema_text;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_failure(state, argp_err_exit_status, 0, "schema takes no arguments: %s", argument);
	return 0;
}

int verb_schema(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse_option,
		NULL,
		"Prints the JSON Schema (draft 2020-12) of the report that --json prints: every "
		"key, what it means and its unit.\v"
		"Examples:\n"
		"  partrace schema > report.schema.json\n"
		"  jsonschema -i lock.json report.schema.json",
		NULL,
		NULL,
		NULL
	};

	argv[0] = "partrace schema";
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (fputs(schema_text(), stdout) != EOF && fflush(stdout) == 0)
		return STATUS_DONE;
	log_line("cannot write the schema: %s", strerror(errno));
	return STATUS_FAILED;
}
