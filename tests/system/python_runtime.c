// SPDX-License-Identifier: BSD-2-Clause
/* --runtime python: the twins of the workloads in CPython, their verdicts and their failures. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

#define PYTHON " --runtime python --python /usr/bin/python3 "

TestSuite(python_runtime, .timeout = 100);

static const json_t *find(const json_t *rows, const char *key, const char *value)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (!strcmp(json_string_value(json_at(row, key)), value))
			return row;
	return NULL;
}

static json_t *run(const char *arguments)
{
	char text[300];

	snprintf(text, sizeof(text), "run %s" PYTHON "-q --json", arguments);
	return report_of(text);
}

static double truth_of(const json_t *report, const char *key)
{
	return number_at(json_at(report, "workload.truth"), key);
}

Test(python_runtime, threads_that_compute_are_gil_bound)
{
	json_t *report = run("cpu --threads 4 -d 1500ms --task-time 20ms");
	const json_t *finding = finding_in(report, "gil-bound");
	const json_t *gil = find(json_at(report, "locks"), "kind", "gil");
	const char *verdict = json_string_value(json_at(report, "verdict"));

	cr_assert_not_null(finding);
	cr_assert_gt(number_at(finding, "evidence.gil_wait_share"), 0.3);
	cr_assert(!strcmp(verdict, "gil-bound") || verdict_is_disturbance(report), "%s", verdict);
	cr_assert_not_null(gil);
	cr_assert_gt(json_array_size(json_at(gil, "holders")), 0);
	json_decref(report);
}

/* What the workload knows is a range: of a thread off its CPU it cannot tell wait from delay. */
Test(python_runtime, waits_for_the_gil_as_long_as_the_workload_says)
{
	json_t *report = run("cpu --threads 4 -d 1500ms --task-time 20ms");
	double wait_ns = number_at(find(json_at(report, "locks"), "kind", "gil"), "wait_ns");

	cr_assert_gt(wait_ns, truth_of(report, "gil_wait_ns") * 0.95);
	cr_assert_lt(wait_ns, truth_of(report, "gil_wait_most_ns") * 1.05);
	json_decref(report);
}

Test(python_runtime, is_told_with_the_target_and_watches_the_workers_only)
{
	json_t *report = run("cpu --threads 3 --tasks 6 --task-time 20ms");

	cr_assert_str_eq(json_string_value(json_at(report, "target.runtime")), "python");
	cr_assert_str_eq(json_string_value(json_at(report, "target.mode")), "threads");
	cr_assert_eq(number_at(report, "target.workers"), 3);
	cr_assert_eq(number_at(report, "totals.threads"), 3);
	cr_assert_eq(number_at(report, "workload.tasks"), 6);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.workers")), 3);
	json_decref(report);
}

static void assert_not_gil_bound(const char *arguments)
{
	json_t *report = run(arguments);

	cr_assert_null(finding_in(report, "gil-bound"), "%s", arguments);
	json_decref(report);
}

Test(python_runtime, processes_are_not_gil_bound)
{
	assert_not_gil_bound("cpu --procs 2 -d 1s --task-time 20ms");
	assert_not_gil_bound("cpu --procs 2 --start spawn --tasks 20 --task-time 20ms");
	assert_not_gil_bound("cpu --procs 2 --start forkserver --tasks 20 --task-time 20ms");
}

Test(python_runtime, threads_in_code_that_releases_the_gil_are_not_gil_bound)
{
	assert_not_gil_bound("cpu --threads 2 --work hash -d 1s --task-time 20ms");
}

Test(python_runtime, threads_that_do_io_are_not_gil_bound)
{
	json_t *report = run("io --threads 8 --tasks 80 --task-time 50ms");

	cr_assert_null(finding_in(report, "gil-bound"));
	cr_assert(finding_in(report, "io-bound") || share_of_others(report) > DISTURBED);
	cr_assert_eq(truth_of(report, "io_waits"), 80);
	json_decref(report);
}

Test(python_runtime, every_twin_tells_its_truth)
{
	static const char *const twins[] = { "mixed --threads 2 --tasks 8 --task-time 10ms",
					     "lock --threads 2 --tasks 8 --task-time 10ms",
					     "gil --threads 2 --tasks 8 --task-time 10ms",
					     "ipc --procs 2 --tasks 20",
					     "ipc --threads 2 --tasks 20",
					     "spawn --threads 2 --tasks 20",
					     "spawn --procs 2 --tasks 8" };

	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		json_t *report = run(twins[i]);

		cr_assert_gt(number_at(report, "workload.tasks"), 0, "%s", twins[i]);
		cr_assert_str_eq(json_string_value(json_at(report, "workload.truth.runtime")),
				 "python");
		json_decref(report);
	}
	cr_assert_eq(leftovers(), 0);
}

/* ---- failures ---- */

/* Nobody of the script is left, a moment after. */
static void assert_nobody_left(const char *what)
{
	struct command_result result =
		command_run("for i in $(seq 30); do pgrep -f $PWD/cli/workload/python >/dev/null "
			    "|| exit 0; sleep 0.1; done; pgrep -af $PWD/cli/workload/python; "
			    "exit 1");

	cr_assert_eq(result.status, 0, "%s left: %s", what, result.out);
	command_release(&result);
}

static void assert_fails(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);

	cr_assert_eq(result.status, status, "%s: %d, %s", script, result.status, result.err);
	cr_assert(strstr(result.err, says), "%s: %s", script, result.err);
	command_release(&result);
	assert_nobody_left(script);
}

#define RUN "$P run cpu --runtime python -q --threads 2 --tasks 4 --task-time 10ms "

Test(python_runtime, says_where_there_is_no_python)
{
	assert_fails("PATH=/nowhere SUDO_UID= " RUN, 3, "there is no python3 in PATH");
	assert_fails(RUN "--python /nowhere/python3", 2, "--python /nowhere/python3: there is no");
	assert_fails(RUN "--python /etc/passwd", 2, "/etc/passwd cannot be executed");
}

Test(python_runtime, says_what_is_no_python)
{
	assert_fails(RUN "--python /bin/true", 1, "it ended before its workers were ready");
	assert_fails(RUN "--python /bin/echo", 1, "instead of which workers are ready");
	assert_fails(RUN "--python /bin/ls", 1, "(status 2)");
}

/* A program that plays the interpreter, in a file whose name is $f. */
#define PLAY(body) "f=$(mktemp); printf '%s\\n' '#!/bin/sh' '" body "' >$f; chmod +x $f; "
#define END        " --python $f; s=$?; rm $f; exit $s"
#define READY      "echo \"{\\\"ready\\\": true, \\\"targets\\\": [$$]}\"; read go; "

Test(python_runtime, says_how_a_python_crashed)
{
	assert_fails(PLAY("kill -SEGV $$") RUN END, 1, "killed by signal 11");
	assert_fails(PLAY(READY "kill -SEGV $$") RUN END, 1, "killed by signal 11");
	assert_fails(PLAY("echo Trouble >&2; exit 7") RUN END, 1, "(status 7): Trouble");
	assert_fails(PLAY(READY "echo Trouble >&2; exit 7") RUN END, 1, "(status 7): Trouble");
}

Test(python_runtime, believes_no_rubbish)
{
	assert_fails(PLAY(READY) RUN END, 1, "it ended without telling its own figures");
	assert_fails(PLAY(READY "echo rubbish") RUN END, 1, "it said");
	assert_fails(PLAY("echo \"{\\\"ready\\\": true, \\\"targets\\\": [1]}\"; sleep 5") RUN END,
		     1, "its worker is 1, which is none of its own");
}

/* Endless output finds its file full; nothing of this machine's is. */
Test(python_runtime, takes_a_limited_amount_of_words)
{
	assert_fails(PLAY("tr \"\\\\000\" x </dev/zero; exit 3") RUN END, 1, "(status 3)");
}

#define PIDS "pgrep -f $PWD/cli/workload/python/partrace_workload.py"

/* The youngest is a worker, or the interpreter where these are threads. */
static void assert_killed(const char *mode, const char *whom, const char *says)
{
	char script[500];

	snprintf(script, sizeof(script),
		 "e=$(mktemp); $P run cpu" PYTHON "%s -d 20s 2>$e & p=$!; "
		 "until grep -q watching $e; do sleep 0.05; done; sleep 0.3; "
		 "kill -KILL $(" PIDS " | %s -1); wait $p; s=$?; cat $e >&2; rm $e; exit $s",
		 mode, whom);
	assert_fails(script, 1, says);
}

Test(python_runtime, says_that_a_worker_was_killed)
{
	assert_killed("--procs 2", "tail", "a worker process ended before its work did");
}

Test(python_runtime, says_that_the_interpreter_was_killed)
{
	assert_killed("--threads 2", "head", "killed by signal 9");
	assert_killed("--procs 2", "head", "killed by signal 9");
	cr_assert_eq(leftovers(), 0);
}

Test(python_runtime, leaves_nobody_when_it_is_killed_itself)
{
	struct command_result result = command_run(
		"e=$(mktemp); $P run cpu" PYTHON "--procs 2 -d 20s 2>$e & p=$!; "
		"until grep -q watching $e; do sleep 0.05; done; sleep 0.2; kill -KILL $p; rm $e");

	command_release(&result);
	assert_nobody_left("SIGKILL");
}

Test(python_runtime, reports_what_was_gathered_when_it_is_interrupted)
{
	json_t *report = report_by(
		"e=$(mktemp); $P run cpu" PYTHON
		"--threads 2 -d 20s --task-time 10ms --json 2>$e & p=$!; "
		"until grep -q watching $e; do sleep 0.05; done; sleep 0.5; kill -INT $p; wait $p; "
		"rm $e");

	cr_assert_gt(number_at(report, "workload.tasks"), 0);
	cr_assert_lt(number_at(report, "window.duration_ns"), 10e9);
	json_decref(report);
	assert_nobody_left("SIGINT");
}

Test(python_runtime, says_that_a_disk_is_full)
{
	assert_fails(RUN "--python /usr/bin/python3 -o /dev/full", 1, "No space left on device");
	assert_fails("/usr/bin/python3 cli/workload/python/partrace_workload.py cpu --tasks 2 "
		     ">/dev/full",
		     1, "cannot write the result: No space left on device");
}

Test(python_runtime, knows_in_a_sweep_what_a_worker_costs_to_start)
{
	struct command_result result = command_run(
		"$P sweep io --runtime python --python /usr/bin/python3 --workers 2 --tasks 4 "
		"--task-time 1ms -r 1 -q");
	const char *cost = strstr(result.out, "Cost: to start one worker");

	cr_assert(cost, "%s", result.out);
	cr_assert_null(strstr(cost, "n/a"), "%s", cost);
	command_release(&result);
}

Test(python_runtime, is_an_axis_of_a_sweep)
{
	assert_runs("$P sweep cpu --runtime native,python --python /usr/bin/python3 --workers 1,2 "
		    "--tasks 8 --task-time 5ms -r 1 -q --csv | cut -d, -f 1-3 | sort | uniq -c | "
		    "tr -s ' ' | paste -sd'|'",
		    .out = { "2 cpu,processes,native| 2 cpu,processes,python|",
			     "2 cpu,threads,native| 2 cpu,threads,python" });
}
