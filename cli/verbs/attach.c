// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/verb.h"
#include "cli/verbs/observe.h"
#include "cli/verbs/parse.h"
#include "cli/verbs/usage.h"

#define INTERVAL_MIN_NS (100 * NSEC_PER_MSEC)
#define INTERVAL_MAX_NS (3600 * NSEC_PER_SEC)

struct attach_options {
	struct common_options common;
	struct target_options targets;
	uint64_t interval_ns;
	double max_cost;
};

enum { OPTION_MAX_COST = 256 };

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "Everything but PID 0", 0 },
	{ "interval", 'i', "TIME", 0,
	  "A line each interval; with --json, NDJSON; on stdout, also with -o", 0 },
	{ "max-cost", OPTION_MAX_COST, "SHARE", 0,
	  "Detach when the probes take more of the CPUs, such as 1%", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct attach_options *attach = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &attach->targets;
		state->child_inputs[1] = state->child_inputs[2] = state->child_inputs[3] =
			&attach->common;
		return 0;
	case 'a':
		targets_add_all(&attach->targets);
		return 0;
	case 'i':
		if (parse_duration(argument, &attach->interval_ns) < 0 ||
		    attach->interval_ns < INTERVAL_MIN_NS || attach->interval_ns > INTERVAL_MAX_NS)
			usage_error(state,
				    "--interval %s is not understood; it takes 100ms to 1h, with "
				    "the unit",
				    argument);
		return 0;
	case OPTION_MAX_COST:
		if (parse_share(argument, &attach->max_cost) < 0 || attach->max_cost <= 0 ||
		    attach->max_cost >= 1)
			usage_error(state,
				    "--max-cost %s is not understood; it takes a share such as 1%%",
				    argument);
		return 0;
	case ARGP_KEY_ARG:
		targets_add(state, &attach->targets, argument);
		return 0;
	case ARGP_KEY_END:
		if (!*attach->targets.what)
			usage_error(state, "attach needs a target: a PID, a name, --cgroup or -a");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int attach_to(const struct attach_options *attach)
{
	struct observation observation = { .common = &attach->common,
					   .targets = &attach->targets,
					   .interval_ns = attach->interval_ns,
					   .max_cost = attach->max_cost };
	json_t *document = NULL;
	int signal_number = 0, status = observe(&observation, &document, &signal_number);

	if (status == STATUS_DONE)
		status = output_report(&attach->common, stdout, document, true);
	json_decref(document);
	return observe_status(status, signal_number);
}

int verb_attach(int argc, char **argv)
{
	static const struct argp_child children[] = { { &targets_argp, 0, NULL, 0 },
						      { &common_argp, 0, NULL, 0 },
						      { &fail_on_argp, 0, NULL, 0 },
						      { &html_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse_option,
		"[PID|NAME]…",
		"Watches programs that are running already, and reports where their threads' time "
		"went. Targets compose. The target is never stopped, traced (ptrace) or changed.\v"
		"Without --duration it watches until Ctrl-C or until all targets have ended.\n\n"
		"Examples:\n"
		"  sudo partrace attach 4242 -d 10s\n"
		"  sudo partrace attach orderd -i 1s\n"
		"  sudo partrace attach -p 4242 --tree\n"
		"  sudo partrace attach -p 4242,4250 -n 'worker*' --no-follow\n"
		"  sudo partrace attach --cgroup nginx.service -d 1m --json -o nginx.json\n"
		"  sudo partrace attach -a -d 5s --max-cost 1%\n"
		"  sudo partrace attach orderd -d 30s --fail-on deadlock,'lock-wait>20%'",
		children,
		NULL,
		NULL
	};
	struct attach_options attach = { .targets = TARGET_OPTIONS_NONE };
	int status;

	argv[0] = "partrace attach";
	argp_parse(&argp, argc, argv, 0, NULL, &attach);
	attach.common.one_line = attach.interval_ns > 0;
	status = attach_to(&attach);
	targets_release(&attach.targets);
	return status;
}
