// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/targets.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/verbs/usage.h"

enum { OPTION_CGROUP = 768, OPTION_NO_FOLLOW, OPTION_TREE };

static const struct argp_option options[] = {
	{ "pid", 'p', "PID,...", 0, "Processes, with all their threads and future children", 0 },
	{ "tid", 't', "TID,...", 0, "Single threads", 0 },
	{ "name", 'n', "NAME", 0, "All processes of this name; a pattern such as 'worker*' too",
	  0 },
	{ "cgroup", OPTION_CGROUP, "PATH", 0,
	  "Everything in a cgroup, now and later: its path, a systemd unit, a container's ID", 0 },
	{ "no-follow", OPTION_NO_FOLLOW, NULL, 0, "Leave out children and threads that come later",
	  0 },
	{ "tree", OPTION_TREE, NULL, 0,
	  "With --pid: the children that run already, too, and theirs (a server's workers)", 0 },
	{ 0 },
};

/* Between commas, which `one` has none of where a blank follows. */
static bool is_named(const char *what, const char *one)
{
	size_t length = strlen(one);

	for (const char *at = what; at; at = strstr(at, ", ")) {
		at += at != what ? 2 : 0;
		if (!strncmp(at, one, length) && (!at[length] || !strncmp(at + length, ", ", 2)))
			return true;
	}
	return false;
}

static void name_target(struct target_options *targets, const char *format, const char *text)
{
	size_t used = strlen(targets->what);
	char one[sizeof(targets->what)];

	snprintf(one, sizeof(one), format, text);
	if (!used || !is_named(targets->what, one))
		snprintf(targets->what + used, sizeof(targets->what) - used, "%s%s",
			 used ? ", " : "", one);
}

/* "4242,4250": whole numbers above 0. */
static void add_ids(struct argp_state *state, const char *option, const char *text, json_t *list)
{
	const char *hint = strcmp(option, "--tid") ? "; a process can be given by its name with -n"
						   : "; `partrace attach -p PID` shows those of a "
						     "process";
	const char *at = text;

	do {
		char *end = (char *)at;
		long id;

		errno = 0;
		id = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : -1;
		if (id < 0 || errno || id > INT_MAX || (*end && *end != ','))
			usage_error(state,
				    "%s %s is not understood; it takes numbers such as 4242 or "
				    "4242,4250%s",
				    option, text, hint);
		if (id == 0)
			usage_error(state, "%s 0 is the kernel's idle task, which is no target",
				    option);
		json_array_append_new(list, json_integer(id));
		at = *end ? end + 1 : NULL;
	} while (at);
}

static void add_text(struct argp_state *state, const char *option, const char *text, json_t *list)
{
	if (!*text)
		usage_error(state, "%s needs a name", option);
	if (json_array_append_new(list, json_string(text)) < 0)
		usage_error(state, "%s %s is not UTF-8; name what it stands for by --pid", option,
			    text);
}

/* The daemon is in another folder: a path is told whole where it leads somewhere. */
static void add_cgroup(struct argp_state *state, struct target_options *targets, const char *text)
{
	_cleanup_free_ char *path = strchr(text, '/') ? realpath(text, NULL) : NULL;

	add_text(state, "--cgroup", path ? path : text, targets->cgroups);
	name_target(targets, "cgroup %s", text);
}

bool targets_are_pids(const char *text)
{
	return *text && text[strspn(text, "0123456789,")] == '\0';
}

void targets_add(struct argp_state *state, struct target_options *targets, const char *text)
{
	if (targets_are_pids(text)) {
		add_ids(state, "PID", text, targets->pids);
		name_target(targets, "PID %s", text);
	} else {
		add_text(state, "a target", text, targets->names);
		name_target(targets, "%s", text);
	}
}

void targets_add_all(struct target_options *targets)
{
	targets->all = true;
	name_target(targets, "everything%s", "");
}

static error_t parse_target(int key, char *argument, struct argp_state *state)
{
	struct target_options *targets = state->input;

	switch (key) {
	case 'p':
		add_ids(state, "--pid", argument, targets->pids);
		name_target(targets, "PID %s", argument);
		return 0;
	case 't':
		add_ids(state, "--tid", argument, targets->tids);
		name_target(targets, "TID %s", argument);
		return 0;
	case 'n':
		add_text(state, "--name", argument, targets->names);
		name_target(targets, "%s", argument);
		return 0;
	case OPTION_CGROUP:
		add_cgroup(state, targets, argument);
		return 0;
	case OPTION_NO_FOLLOW:
		targets->no_follow = true;
		return 0;
	case OPTION_TREE:
		targets->tree = true;
		return 0;
	case ARGP_KEY_END:
		if (targets->tree && !json_array_size(targets->pids))
			usage_error(state,
				    "--tree needs the PID of a process whose children it means");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp targets_argp = { .options = options, .parser = parse_target };

json_t *targets_json(const struct target_options *targets)
{
	json_t *json = json_pack("{s:O,s:O,s:O,s:O,s:b}", "pids", targets->pids, "tids",
				 targets->tids, "names", targets->names, "cgroups",
				 targets->cgroups, "all", targets->all);

	/* Only when wanted: a daemon of an older version does not know the key. */
	if (json && targets->tree)
		json_object_set_new(json, "tree", json_true());
	return json;
}

void targets_release(struct target_options *targets)
{
	json_decref(targets->pids);
	json_decref(targets->tids);
	json_decref(targets->names);
	json_decref(targets->cgroups);
}
