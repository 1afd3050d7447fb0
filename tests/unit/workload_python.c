// SPDX-License-Identifier: BSD-2-Clause
/* cli/workload/python/partrace_workload.py, run as by hand; what it says is held against itself. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/owned.h"
#include "tests/support/python_scene.h"

#define SCRIPT "cli/workload/python/partrace_workload.py"

/* The last line of what is left to read. */
static json_t *last_line(FILE *out)
{
	_cleanup_free_ char *line = NULL;
	json_t *last = NULL;
	size_t size = 0;

	while (getline(&line, &size, out) > 0) {
		json_decref(last);
		last = json_loads(line, 0, NULL);
	}
	cr_assert(last);
	return last;
}

static json_t *run_workload(const char *arguments)
{
	char command[512];
	json_t *document;
	FILE *out;

	snprintf(command, sizeof(command), "exec timeout 30 " DEBIAN_PYTHON " -B " SCRIPT " %s",
		 arguments);
	out = popen(command, "r");
	cr_assert(out);
	document = last_line(out);
	cr_assert_eq(pclose(out), 0, "%s", arguments);
	return document;
}

static json_int_t truth(const json_t *document, const char *key)
{
	const json_t *value = json_object_get(json_object_get(document, "truth"), key);

	cr_assert(json_is_integer(value), "no %s", key);
	return json_integer_value(value);
}

static size_t workers_of(const json_t *document)
{
	return json_array_size(json_object_get(json_object_get(document, "truth"), "workers"));
}

/* Work is counted in the CPU time it was calibrated in; others' caches make it a little dearer. */
static void check_cpu(const char *arguments)
{
	json_t *document = run_workload(arguments);

	cr_assert_eq(json_integer_value(json_object_get(document, "tasks")), 20);
	cr_assert_eq(workers_of(document), 2);
	cr_assert(truth(document, "running_per_task_ns") > 7000000 &&
			  truth(document, "running_per_task_ns") < 20000000,
		  "%s: %lld", arguments, truth(document, "running_per_task_ns"));
	cr_assert_leq(truth(document, "gil_wait_ns"), truth(document, "gil_wait_most_ns"));
	json_decref(document);
}

Test(workload_python, takes_the_cpu_time_it_was_asked_for)
{
	check_cpu("cpu --threads 2 --tasks 20");
	check_cpu("cpu --threads 2 --tasks 20 --work hash");
	check_cpu("cpu --procs 2 --tasks 20 --start fork");
	check_cpu("cpu --procs 2 --tasks 20 --start spawn");
	check_cpu("cpu --procs 2 --tasks 20 --start forkserver");
}

/* Two threads that compute take turns: each waits about as long as the other works. */
Test(workload_python, knows_the_wait_for_the_gil)
{
	json_t *threads = run_workload("gil --threads 2 --tasks 10 --task-time 30");
	json_t *processes = run_workload("gil --procs 2 --tasks 10 --task-time 30");

	cr_assert_gt(truth(threads, "gil_wait_most_ns"), truth(threads, "running_ns") / 2);
	cr_assert_eq(truth(processes, "gil_wait_most_ns"), 0);
	json_decref(threads);
	json_decref(processes);
}

Test(workload_python, times_its_locks_and_its_round_trips)
{
	json_t *lock = run_workload("lock --procs 2 --tasks 10 --lock-share 1");
	json_t *io = run_workload("io --threads 4 --tasks 12 --task-time 20");

	cr_assert_gt(truth(lock, "lock_waits"), 0);
	cr_assert_gt(truth(lock, "lock_wait_ns"), 0);
	cr_assert_eq(truth(io, "io_waits"), 12);
	cr_assert_geq(truth(io, "io_wait_ns"), 12 * 20000000ll);
	json_decref(lock);
	json_decref(io);
}

Test(workload_python, tells_the_cost_of_messages_and_of_births)
{
	json_t *threads = run_workload("ipc --threads 1 --tasks 50");
	json_t *processes = run_workload("ipc --procs 1 --tasks 50");
	json_t *births = run_workload("spawn --procs 2 --tasks 10");

	/* A pointer is a way for threads only. */
	cr_assert_eq(
		json_array_size(json_object_get(json_object_get(threads, "truth"), "channels")), 4);
	cr_assert_eq(
		json_array_size(json_object_get(json_object_get(processes, "truth"), "channels")),
		3);
	cr_assert_eq(truth(births, "created"), 10);
	cr_assert_gt(truth(births, "create_and_join_ns"), 0);
	json_decref(threads);
	json_decref(processes);
	json_decref(births);
}

/* In a session of its own, whose processes are counted. */
static pid_t start_in_session(const char *arguments, FILE **ret_out)
{
	char command[512];
	int ends[2];
	pid_t pid;

	snprintf(command, sizeof(command), "exec " DEBIAN_PYTHON " -B " SCRIPT " %s --wait",
		 arguments);
	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(ends[1]);
	*ret_out = fdopen(ends[0], "re");
	return pid;
}

static bool is_session_empty(pid_t session)
{
	char command[128];

	snprintf(command, sizeof(command), "! ps -s %d -o stat= | grep -qv Z", session);
	for (int i = 0; i < 50; i++, usleep(50000))
		if (system(command) == 0)
			return true;
	return false;
}

static void check_end(const char *arguments, int number)
{
	int go[2], status, saved = dup(STDIN_FILENO);
	char ready[4096];
	json_t *document;
	FILE *out;
	pid_t pid;

	cr_assert_eq(pipe(go), 0);
	dup2(go[0], STDIN_FILENO);
	pid = start_in_session(arguments, &out);
	dup2(saved, STDIN_FILENO);
	cr_assert(fgets(ready, sizeof(ready), out) && strstr(ready, "\"ready\": true"));
	cr_assert_eq(write(go[1], "\n", 1), 1);
	usleep(150000);
	kill(pid, number);
	if (number != SIGKILL) {
		document = last_line(out);
		cr_assert(json_is_true(json_object_get(document, "stopped")), "%s", arguments);
		json_decref(document);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (number != SIGKILL)
		cr_assert_eq(WEXITSTATUS(status), 128 + number, "%s", arguments);
	cr_assert(is_session_empty(pid), "%s left somebody", arguments);
	fclose(out);
}

Test(workload_python, leaves_nobody_behind_whatever_ends_it)
{
	check_end("cpu --threads 3 --tasks 1000", SIGINT);
	check_end("cpu --procs 3 --tasks 1000", SIGTERM);
	check_end("cpu --procs 3 --tasks 1000", SIGKILL);
	check_end("io --procs 3 --tasks 1000", SIGKILL);
	check_end("cpu --procs 2 --tasks 1000 --start forkserver", SIGKILL);
	check_end("ipc --threads 1 --tasks 1000000", SIGTERM);
	check_end("spawn --procs 2 --tasks 100000", SIGINT);
}
