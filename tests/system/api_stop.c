// SPDX-License-Identifier: BSD-2-Clause
/* A daemon that is ended while it is busy with somebody. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "tests/support/api.h"
#include "tests/support/frozen.h"

TestSuite(api_stop, .timeout = 60);

/* The thread that finds names is the only one beside the event loop. */
static pid_t names_thread(const struct api_daemon *daemon)
{
	_cleanup_closedir_ DIR *tasks = NULL;
	const struct dirent *entry;
	pid_t found = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", daemon->pid);
	tasks = opendir(path);
	cr_assert(tasks);
	while ((entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid > 0 && tid != daemon->pid)
			found = tid;
	}
	cr_assert(found);
	return found;
}

/* No name comes any more; it can still be ended. */
static pid_t hold_names(const struct api_daemon *daemon)
{
	struct api_answer serves = api_ask(daemon, "GET", "/v1/health", NULL);
	pid_t tid = names_thread(daemon);

	api_release(&serves);
	cr_assert_eq(ptrace(PTRACE_SEIZE, tid, NULL, NULL), 0);
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), 0);
	cr_assert_eq(waitpid(tid, NULL, __WALL), tid);
	return tid;
}

Test(api_stop, a_report_that_waits_for_names_does_not_stand_in_its_way)
{
	struct api_daemon daemon = api_start();
	const char *arguments[] = { "main", NULL };
	static struct frozen frozen;
	char id[32], path[64], *text;
	uint64_t asked_ns;
	pid_t held;

	frozen_start(&frozen, "stacks-nofp", arguments);
	held = hold_names(&daemon);
	api_open(&daemon, &frozen.pid, 1, id);
	snprintf(path, sizeof(path), "/v1/sessions/%s/report", id);
	asked_ns = monotonic_ns();
	text = api_listen(&daemon, path, 500);
	cr_assert_str_eq(text, "", "it waits");
	cr_assert_lt(monotonic_ns() - asked_ns, NSEC_PER_SEC, "and its patience has not ended");
	free(text);
	kill(daemon.pid, SIGTERM);
	waitpid(held, NULL, __WALL);
	cr_assert_eq(api_stop(&daemon), 0);
	frozen_kill(&frozen);
}
