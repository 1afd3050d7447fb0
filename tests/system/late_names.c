// SPDX-License-Identifier: BSD-2-Clause
/* A report that is made before all names have come says what it lacks. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/api.h"
#include "tests/support/command.h"

TestSuite(late_names, .timeout = 60);

static pid_t start_pausing(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool is_called(pid_t pid, const char *tid, const char *name)
{
	char path[80], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/comm", pid, tid);
	file = fopen(path, "r");
	if (file && !fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	if (file)
		fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

/* The thread that names. */
static pid_t namer_of(const struct api_daemon *daemon)
{
	char path[64];
	struct dirent *entry;
	pid_t found = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", daemon->pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (is_called(daemon->pid, entry->d_name, "partraced-names"))
			found = atoi(entry->d_name);
	if (tasks)
		closedir(tasks);
	cr_assert(found, "no thread of the daemon's names");
	return found;
}

/* That thread alone stands still, until let_go(). */
static void hold(pid_t tid)
{
	cr_assert_eq(ptrace(PTRACE_SEIZE, tid, NULL, NULL), 0);
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), 0);
	cr_assert_eq(waitpid(tid, NULL, __WALL), tid);
}

static void let_go(pid_t tid)
{
	cr_assert_eq(ptrace(PTRACE_DETACH, tid, NULL, NULL), 0);
}

static void open_with_stacks(const struct api_daemon *daemon, const pid_t *pids, size_t count,
			     char id[32])
{
	struct api_answer answer;
	char list[200] = "", body[300];

	for (size_t i = 0; i < count; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%d", i ? "," : "",
			 pids[i]);
	snprintf(body, sizeof(body), "{\"targets\":{\"pids\":[%s]},\"options\":{\"stacks\":true}}",
		 list);
	answer = api_ask(daemon, "POST", "/v1/sessions", body);
	cr_assert_eq(answer.status, 201, "%s", answer.text);
	snprintf(id, 32, "%s", json_string_value(json_at(answer.document, "id")));
	api_release(&answer);
}

static struct api_answer report_now(const struct api_daemon *daemon, const char *id)
{
	char path[80];

	snprintf(path, sizeof(path), "/v1/sessions/%.32s/report", id);
	return api_ask(daemon, "GET", path, NULL);
}

Test(late_names, stacks_that_do_not_come_in_time_are_counted_and_told)
{
	struct api_daemon daemon = api_start();
	pid_t first = start_pausing(), target = start_pausing(), namer;
	struct api_answer answer;
	char id[32];

	/* Its threads begin with its first session. */
	api_open(&daemon, &first, 1, id);
	namer = namer_of(&daemon);
	hold(namer);
	open_with_stacks(&daemon, &target, 1, id);
	answer = report_now(&daemon, id);
	let_go(namer);
	cr_assert_eq(answer.status, 200);
	cr_assert_gt(number_at(answer.document, "completeness.late_stacks"), 0, "%s", answer.text);
	cr_assert(json_is_false(json_at(answer.document, "completeness.complete")));
	cr_assert(strstr(answer.text, "stacks had no names yet when the report was made"));
	api_release(&answer);

	answer = report_now(&daemon, id);
	cr_assert_eq(number_at(answer.document, "completeness.late_stacks"), 0, "%s", answer.text);
	cr_assert(!strstr(answer.text, "had no names yet"));
	api_release(&answer);
	end(first);
	end(target);
	cr_assert_eq(api_stop(&daemon), 0);
}

#define NEIGHBOURS 5

Test(late_names, stacks_of_another_session_are_none_of_this_one)
{
	struct api_daemon daemon = api_start();
	pid_t others[NEIGHBOURS], target = start_pausing(), namer;
	struct api_answer answer;
	char id[32], others_id[32];

	for (size_t i = 0; i < NEIGHBOURS; i++)
		others[i] = start_pausing();
	api_open(&daemon, &target, 1, id);
	namer = namer_of(&daemon);
	hold(namer);
	open_with_stacks(&daemon, others, NEIGHBOURS, others_id);
	open_with_stacks(&daemon, &target, 1, id);
	answer = report_now(&daemon, others_id);
	cr_assert_eq(number_at(answer.document, "completeness.late_stacks"), NEIGHBOURS, "%s",
		     answer.text);
	api_release(&answer);
	answer = report_now(&daemon, id);
	cr_assert_eq(number_at(answer.document, "completeness.late_stacks"), 1, "%s", answer.text);
	api_release(&answer);
	let_go(namer);
	for (size_t i = 0; i < NEIGHBOURS; i++)
		end(others[i]);
	end(target);
	cr_assert_eq(api_stop(&daemon), 0);
}

/* What parked threads wait for is asked at each look: so many answers come, and are no names. */
Test(late_names, are_waited_for_also_after_a_jvm_was_asked_for_long)
{
	struct api_daemon daemon = api_start();
	struct command java =
		command_start("exec java $PROGRAMS/../../../tests/support/programs/locks/foreign/"
			      "Parked.java pool 30");
	pid_t target = start_pausing(), namer;
	struct command_result result;
	struct api_answer answer;
	char id[32];

	api_open(&daemon, &java.pid, 1, id);
	sleep(6);
	namer = namer_of(&daemon);
	hold(namer);
	open_with_stacks(&daemon, &target, 1, id);
	answer = report_now(&daemon, id);
	let_go(namer);
	cr_assert_eq(number_at(answer.document, "completeness.late_stacks"), 1, "%s", answer.text);
	api_release(&answer);
	kill(java.pid, SIGKILL);
	result = command_finish(&java);
	command_release(&result);
	end(target);
	cr_assert_eq(api_stop(&daemon), 0);
}
