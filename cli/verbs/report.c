// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "cli/saved/load.h"
#include "cli/verb.h"
#include "cli/verbs/common.h"
#include "cli/verbs/input.h"
#include "cli/verbs/report_sweep.h"
#include "cli/verbs/usage.h"

struct report_options {
	struct common_options common;
	const char *path; /* NULL: the last one saved */
	enum report_view view;
	bool has_view;
	struct sweep_output sweep;
};

static const struct argp_option options[] = {
	{ "view", 'w', "VIEW", 0,
	  "One aspect in detail: summary (the whole report, the default), threads, processes, "
	  "waits, cpus, runqueue, code, locks, deadlocks, stacks or findings",
	  0 },
	{ 0 },
};

static void set_view(struct argp_state *state, struct report_options *report, const char *name)
{
	char list[128] = "";

	report->has_view = true;
	if (report_view_find(name, &report->view) == 0)
		return;
	for (int i = 0; i < VIEW_COUNT; i++) {
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, report_view_names[i], sizeof(list) - strlen(list) - 1);
	}
	usage_error(state, "there is no view %s; there are: %s", name, list);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct report_options *report = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] =
			&report->common;
		state->child_inputs[3] = &report->sweep;
		report->sweep.common = &report->common;
		return 0;
	case 'w':
		set_view(state, report, argument);
		return 0;
	case ARGP_KEY_ARG:
		if (report->path)
			usage_error(state, "%s: only one report can be printed", argument);
		report->path = report->common.input = argument;
		return 0;
	case ARGP_KEY_END:
		if (report->has_view && report->common.json)
			usage_error(state,
				    "--view and --json exclude each other: the document is whole");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const struct report_options *report, const json_t *document)
{
	bool probed = load_is_probed(document);

	if (!probed && report->view != VIEW_SUMMARY) {
		log_line("there is no view %s of a run with --no-probe; `partrace report` prints "
			 "all that is known of it",
			 report_view_names[report->view]);
		return STATUS_FAILED;
	}
	/* Else it would pass for a report without such a finding. */
	if (!probed && report->common.fail_on.count) {
		log_line("--fail-on cannot judge a run with --no-probe: findings need probes");
		return STATUS_FAILED;
	}
	return output_document(&report->common, stdout, document, probed, report->view);
}

static int report_document(const struct report_options *report, const json_t *document)
{
	const char *name = input_name(report->path);
	int status;

	if (load_is_sweep(document))
		return report_sweep(&report->sweep, name, document, report->has_view);
	if (report->sweep.csv || report->sweep.svg) {
		log_line("%s is a report, and --%s is of sweeps", name,
			 report->sweep.csv ? "csv" : "svg");
		return STATUS_FAILED;
	}
	status = output_page(&report->common, document);
	if (status == STATUS_DONE)
		status = print(report, document);
	return status == STATUS_DONE ? output_judge(&report->common, document) : status;
}

static int load_and_report(const struct report_options *report)
{
	json_t *document = NULL;
	int status;

	if (input_report_or_sweep(report->path, &document) < 0)
		return STATUS_FAILED;
	status = report_document(report, document);
	json_decref(document);
	return status;
}

int verb_report(int argc, char **argv)
{
	static const struct argp_child children[] = { { &output_argp, 0, NULL, 0 },
						      { &fail_on_argp, 0, NULL, 0 },
						      { &html_argp, 0, NULL, 0 },
						      { &sweep_output_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"[FILE.json]",
		"Prints a report again: the one in FILE (- is stdin) as --json wrote it, or the "
		"last one that a run or a sweep left. The last ten are kept in "
		"$XDG_STATE_HOME/partrace, else ~/.local/state/partrace.\v"
		"Examples:\n"
		"  partrace report\n"
		"  partrace report --view threads\n"
		"  partrace report --view locks\n"
		"  partrace report --view code\n"
		"  partrace report lock.json\n"
		"  partrace report sweep.json\n"
		"  partrace report lock.json --html lock.html\n"
		"  partrace report sweep.json --html sweep.html\n"
		"  partrace report lock.json --fail-on lock-bound,gil-bound\n"
		"  ssh build sudo partrace run cpu --json | partrace report -",
		children,
		NULL,
		NULL
	};
	struct report_options report = { 0 };
	int status;

	argv[0] = "partrace report";
	argp_parse(&argp, argc, argv, 0, NULL, &report);
	status = sweep_output_check(&report.sweep);
	return status == STATUS_DONE ? load_and_report(&report) : status;
}
