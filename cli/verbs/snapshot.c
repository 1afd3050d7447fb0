// SPDX-License-Identifier: BSD-2-Clause
/* What every thread of a program does now, without stopping it. */
#include "base/units.h"
#include "cli/verb.h"
#include "cli/verbs/observe.h"
#include "cli/verbs/usage.h"

/* Two looks 100 ms apart, and what it takes to read them. */
#define DURATION_NS (150 * NSEC_PER_MSEC)

struct snapshot_options {
	struct common_options common;
	struct target_options targets;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct snapshot_options *snapshot = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &snapshot->targets;
		state->child_inputs[1] = &snapshot->common;
		return 0;
	case ARGP_KEY_ARG:
		targets_add(state, &snapshot->targets, argument);
		return 0;
	case ARGP_KEY_END:
		if (!*snapshot->targets.what)
			usage_error(state, "snapshot needs a target: a PID, a name or --cgroup");
		if (!snapshot->common.duration_ns)
			snapshot->common.duration_ns = DURATION_NS;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_snapshot(FILE *out, const struct report *report, const struct report_style *style,
			  const void *context)
{
	(void)context;
	return report_print_snapshot(out, report, style);
}

static int take(const struct snapshot_options *snapshot)
{
	struct observation observation = { .common = &snapshot->common,
					   .targets = &snapshot->targets,
					   .stacks = true,
					   .silent = true };
	json_t *document = NULL;
	int signal_number = 0, status = observe(&observation, &document, &signal_number);

	if (status == STATUS_DONE) {
		output_save(&snapshot->common, document);
		status = output_printed(&snapshot->common, stdout, document, print_snapshot, NULL);
	}
	json_decref(document);
	return observe_status(status, signal_number);
}

int verb_snapshot(int argc, char **argv)
{
	static const struct argp_child children[] = { { &targets_argp, 0, NULL, 0 },
						      { &common_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		NULL,
		parse_option,
		"[PID|NAME]…",
		"What every thread does now, in under a second: deadlocks first, then each "
		"thread's "
		"state, since when, its system call, the lock it waits for, who holds that, and "
		"its "
		"stack. Threads that do the same in the same place are shown as one. The target is "
		"never stopped, traced (ptrace) or changed.\v"
		"It looks for 150ms unless --duration says otherwise.\n\n"
		"Examples:\n"
		"  sudo partrace snapshot 4242\n"
		"  sudo partrace snapshot -n orderd --json\n"
		"  sudo partrace snapshot --cgroup nginx.service -o hung.txt",
		children,
		NULL,
		NULL
	};
	struct snapshot_options snapshot = { .targets = TARGET_OPTIONS_NONE };
	int status;

	argv[0] = "partrace snapshot";
	argp_parse(&argp, argc, argv, 0, NULL, &snapshot);
	status = take(&snapshot);
	targets_release(&snapshot.targets);
	return status;
}
