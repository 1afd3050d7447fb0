// SPDX-License-Identifier: BSD-2-Clause
/* Which locks are waited for, and who holds them: watched now, or out of a report. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"
#include "base/units.h"
#include "cli/report/locks.h"
#include "cli/trace/dot.h"
#include "cli/verb.h"
#include "cli/verbs/input.h"
#include "cli/verbs/observe.h"
#include "cli/verbs/usage.h"

#define DURATION_NS (5 * NSEC_PER_SEC)
#define NEAREST     3u

struct locks_options {
	struct common_options common;
	struct target_options targets;
	const char *path;
	const char *lock; /* NULL: all of them */
	bool all;
	bool dot;
};

enum { OPTION_ALL = 256, OPTION_DOT };

static const struct argp_option options[] = {
	{ "lock", 'l', "ID", 0, "One lock in full: its id, its number in the table, or its name",
	  0 },
	{ "all", OPTION_ALL, NULL, 0,
	  "In the table and in --dot also the waits that are no contention: conditions, joins, "
	  "barriers",
	  0 },
	{ "dot", OPTION_DOT, NULL, 0, "The waits-for graph, for Graphviz", 0 },
	{ 0 },
};

static void check(struct argp_state *state, const struct locks_options *locks)
{
	if (locks->path && *locks->targets.what)
		usage_error(state, "%s: a report and a running target exclude each other",
			    locks->path);
	if (locks->common.json + locks->dot + (locks->lock != NULL) > 1)
		usage_error(state, "--json, --dot and --lock exclude each other");
	if (locks->common.duration_ns && !*locks->targets.what)
		usage_error(state, "--duration needs something to watch: -p PID or -n NAME");
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct locks_options *locks = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &locks->targets;
		state->child_inputs[1] = &locks->common;
		return 0;
	case 'l':
		locks->lock = argument;
		return 0;
	case OPTION_ALL:
		locks->all = true;
		return 0;
	case OPTION_DOT:
		locks->dot = true;
		return 0;
	case ARGP_KEY_ARG:
		if (targets_are_pids(argument))
			targets_add(state, &locks->targets, argument);
		else if (locks->path)
			usage_error(state, "%s: only one report can be looked at", argument);
		else
			locks->path = locks->common.input = argument;
		return 0;
	case ARGP_KEY_END:
		check(state, locks);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what is printed ---- */

static void say_no_such_lock(const struct report *report, const char *which)
{
	const struct report_lock *nearest[NEAREST];
	size_t count = locks_nearest(report, which, nearest, NEAREST);
	char list[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%.80s (%.60s)",
					 i ? ", " : "", nearest[i]->id ? nearest[i]->id : "",
					 locks_name(nearest[i]));
	if (count)
		log_line("there is no lock %s, or more than one of this name; nearest are %s",
			 which, list);
	else
		log_line("there is no lock %s: the report has no locks", which);
}

static int print_locks(FILE *out, const struct report *report, const struct report_style *style,
		       const void *context)
{
	const struct locks_options *locks = context;
	struct report_locks_choice choice = { .all = locks->all };

	if (locks->dot)
		return dot_write(out, report, locks->all);
	if (locks->lock)
		choice.lock = locks_find(report, locks->lock);
	if (locks->lock && !choice.lock) {
		say_no_such_lock(report, locks->lock);
		return -EBADMSG;
	}
	return report_print_locks(out, report, style, &choice);
}

static int watch_and_print(struct locks_options *locks)
{
	struct observation observation = { .common = &locks->common, .targets = &locks->targets };
	json_t *document = NULL;
	int signal_number = 0, status;

	if (!locks->common.duration_ns)
		locks->common.duration_ns = DURATION_NS;
	status = observe(&observation, &document, &signal_number);
	if (status == STATUS_DONE) {
		output_save(&locks->common, document);
		status = output_printed(&locks->common, stdout, document, print_locks, locks);
	}
	json_decref(document);
	return observe_status(status, signal_number);
}

static int print_report(const struct locks_options *locks)
{
	json_t *document = NULL;
	int status = output_check(&locks->common);

	if (status != STATUS_DONE)
		return status;
	if (input_report_of_locks(locks->path, &document) < 0)
		return STATUS_FAILED;
	status = output_printed(&locks->common, stdout, document, print_locks, locks);
	json_decref(document);
	return status;
}

int verb_locks(int argc, char **argv)
{
	static const struct argp_child children[] = { { &targets_argp, 0, NULL, 0 },
						      { &common_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"[PID|FILE.json]",
		"Which locks were waited for and how long, who held them, and what the holder did "
		"meanwhile: of running targets, else of the report in FILE (- is stdin), else of "
		"the last report.\v"
		"Targets are watched for 5s unless --duration says otherwise, or until Ctrl-C.\n\n"
		"Examples:\n"
		"  sudo partrace locks -p 4242 -d 10s\n"
		"  partrace locks --lock index_lock\n"
		"  partrace locks orderd.json --all\n"
		"  sudo partrace locks -n orderd --dot | dot -Tsvg > locks.svg",
		children,
		NULL,
		NULL
	};
	struct locks_options locks = { .targets = TARGET_OPTIONS_NONE };
	int status;

	argv[0] = "partrace locks";
	argp_parse(&argp, argc, argv, 0, NULL, &locks);
	status = *locks.targets.what ? watch_and_print(&locks) : print_report(&locks);
	targets_release(&locks.targets);
	return status;
}
