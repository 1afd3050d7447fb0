// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/exec_end.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/owned.h"

#define PIDS_MAX 8u

struct living {
	json_int_t pids[PIDS_MAX]; /* the first ones of them */
	size_t count;
};

static bool lives(const json_t *document, json_int_t pid)
{
	const json_t *thread;
	size_t i;

	json_array_foreach (json_object_get(document, "threads"), i, thread) {
		const char *state = json_string_value(json_object_get(thread, "state"));

		if (json_integer_value(json_object_get(thread, "pid")) == pid && state &&
		    strcmp(state, "exited") != 0)
			return true;
	}
	return false;
}

static struct living find_living(const json_t *document)
{
	struct living living = { 0 };
	const json_t *process;
	size_t i;

	json_array_foreach (json_object_get(document, "processes"), i, process) {
		json_int_t pid = json_integer_value(json_object_get(process, "pid"));

		if (!pid || !lives(document, pid))
			continue;
		if (living.count < PIDS_MAX)
			living.pids[living.count] = pid;
		living.count++;
	}
	return living;
}

void exec_end_say_children(const json_t *document, const char *name)
{
	struct living living = find_living(document);
	char pids[PIDS_MAX * 12] = "";
	size_t used = 0;

	if (!living.count)
		return;
	for (size_t i = 0; i < living.count && i < PIDS_MAX; i++)
		used += (size_t)snprintf(pids + used, sizeof(pids) - used,
					 "%s%" JSON_INTEGER_FORMAT, i ? "," : "", living.pids[i]);
	log_line("%s has ended, but %zu of its children %s on, watched no longer; to go on: "
		 "sudo partrace attach -p %s",
		 name, living.count, living.count == 1 ? "runs" : "run", pids);
}

/* Ctrl-C, Ctrl-\ and a reader that has gone are no news. */
void exec_end_say_signal(const struct child *child, const char *name)
{
	static const int silent[] = { SIGINT, SIGQUIT, SIGPIPE };

	if (!child->signal)
		return;
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		if (child->signal == silent[i])
			return;
	log_line("%s was killed by SIG%s (%s)", name,
		 sigabbrev_np(child->signal) ? sigabbrev_np(child->signal) : "",
		 strsignal(child->signal));
}
