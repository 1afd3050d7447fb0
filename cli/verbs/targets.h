/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tasks are to be watched, as -p, -t, -n and --cgroup name them. */
#ifndef PARTRACE_VERBS_TARGETS_H
#define PARTRACE_VERBS_TARGETS_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>

struct target_options {
	json_t *pids;
	json_t *tids;
	json_t *names;
	json_t *cgroups;
	bool all;
	bool no_follow;
	bool tree;      /* with the children that the PIDs have already */
	char what[200]; /* the targets as they were named; empty while there are none */
};

#define TARGET_OPTIONS_NONE                                                                        \
	{                                                                                          \
		.pids = json_array(), .tids = json_array(), .names = json_array(),                 \
		.cgroups = json_array()                                                            \
	}

/* For `children` of a verb's argp; its input is a struct target_options. */
extern const struct argp targets_argp;

/* Numbers and commas alone. */
bool targets_are_pids(const char *text);
/* A target without an option: PIDs, else a name. */
void targets_add(struct argp_state *state, struct target_options *targets, const char *text);
/* Everything but PID 0. */
void targets_add_all(struct target_options *targets);
/* The targets{} of a session request. */
json_t *targets_json(const struct target_options *targets);
void targets_release(struct target_options *targets);

#endif
