// SPDX-License-Identifier: BSD-2-Clause
/* A report in the form of another tool. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/trace/folded.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/input.h"
#include "cli/verbs/usage.h"

struct export_options {
	struct common_options common; /* of these, --output alone */
	const struct format *format;
	const char *path;
	bool has_role;
	struct folded_choice choice;
};

enum { OPTION_FOLDED = 256, OPTION_ROLE, OPTION_ALL, OPTION_ON_CPU };

/* A format is a row here and an option below. */
struct format {
	int option;
	const char *name;
	/* What it would write of; with none there is nothing to export. */
	size_t (*count)(const struct report *report, const struct export_options *options);
	int (*write)(FILE *out, const struct report *report, const struct export_options *options);
};

static size_t count_folded(const struct report *report, const struct export_options *export)
{
	return folded_count(report, &export->choice);
}

static int write_folded(FILE *out, const struct report *report, const struct export_options *export)
{
	return folded_write(out, report, &export->choice);
}

static const struct format formats[] = {
	{ OPTION_FOLDED, "--folded", count_folded, write_folded },
};

static const struct argp_option options[] = {
	{ "folded", OPTION_FOLDED, NULL, 0,
	  "Stacks of lock waits, weighted by their time in microseconds, for flame graphs", 0 },
	{ "role", OPTION_ROLE, "ROLE", 0,
	  "Whose stacks: waiter (the default), releaser or holder; of these two the weight is the "
	  "time that others waited",
	  0 },
	{ "all", OPTION_ALL, NULL, 0,
	  "Also the waits that are no contention: conditions, joins, barriers", 0 },
	{ "on-cpu", OPTION_ON_CPU, NULL, 0,
	  "Instead of waits, the samples of the code that ran, weighted by their number", 0 },
	{ "output", 'o', "FILE", 0, "Write to FILE (- is stdout)", 0 },
	{ 0 },
};

static void set_role(struct argp_state *state, struct export_options *export, const char *role)
{
	static const char *const roles[] = { "waiter", "releaser", "holder" };

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (!strcmp(roles[i], role)) {
			export->choice.role = roles[i];
			export->has_role = true;
			return;
		}
	usage_error(state, "--role %s is not understood; it takes waiter, releaser or holder",
		    role);
}

static void set_format(struct argp_state *state, struct export_options *export, int key)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (formats[i].option != key)
			continue;
		if (export->format)
			usage_error(state, "one format at a time");
		export->format = &formats[i];
	}
}

static void set_path(struct argp_state *state, struct export_options *export, const char *path)
{
	if (export->path)
		usage_error(state, "%s: only one report can be exported", path);
	export->path = path;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct export_options *export = state->input;

	switch (key) {
	case OPTION_FOLDED:
		set_format(state, export, key);
		return 0;
	case OPTION_ROLE:
		set_role(state, export, argument);
		return 0;
	case OPTION_ALL:
		export->choice.all = true;
		return 0;
	case OPTION_ON_CPU:
		export->choice.on_cpu = true;
		return 0;
	case 'o':
		export->common.output = argument;
		return 0;
	case ARGP_KEY_ARG:
		set_path(state, export, argument);
		return 0;
	case ARGP_KEY_END:
		if (!export->format)
			usage_error(state, "export needs a format: --folded");
		if (export->choice.on_cpu && (export->has_role || export->choice.all))
			usage_error(state,
				    "--on-cpu excludes --role and --all, which are about waits");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_format(FILE *out, const struct report *report, const struct report_style *style,
			const void *context)
{
	const struct export_options *export = context;

	(void)style;
	if (export->format->count(report, export))
		return export->format->write(out, report, export);
	if (export->choice.on_cpu) {
		log_line("the report has no samples of code%s%s", report->sampling.note ? ": " : "",
			 report->sampling.note ? report->sampling.note : "");
		return -EBADMSG;
	}
	log_line("the report has no %s stacks%s; `sudo partrace locks -p PID` makes one of a "
		 "program that waits for locks",
		 export->choice.role,
		 export->choice.all ? "" : " of contended locks (--all takes other waits, too)");
	return -EBADMSG;
}

int verb_export(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse_option,
		"[FILE.json]",
		"Writes a report in the form of another tool: the one in FILE (- is stdin), or the "
		"last one saved.\v"
		"A line of --folded is process;threads;root;…;leaf;[lock] and the weight. A stack "
		"stands for all threads that were there; where each of them sleeps on a word of "
		"its own, "
		"[lock] is the function that takes it. With --on-cpu it is "
		"process;root;…;leaf and how many samples; [kernel] is a system call of that "
		"code.\n\n"
		"Examples:\n"
		"  partrace export --folded -o waits.folded\n"
		"  partrace export --folded --on-cpu -o code.folded\n"
		"  partrace export --folded --role holder orderd.json -o holders.folded",
		NULL,
		NULL,
		NULL
	};
	struct export_options export = { .choice.role = "waiter" };
	json_t *document = NULL;
	int status;

	argv[0] = "partrace export";
	argp_parse(&argp, argc, argv, 0, NULL, &export);
	status = output_check(&export.common);
	if (status != STATUS_DONE)
		return status;
	if (input_report_of_locks(export.path, &document) < 0)
		return STATUS_FAILED;
	status = output_printed(&export.common, stdout, document, print_format, &export);
	json_decref(document);
	return status;
}
