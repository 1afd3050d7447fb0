// SPDX-License-Identifier: BSD-2-Clause
/* Whole sweeps, small ones: what they print, what they leave out, what they leave behind. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/sweeps.h"

TestSuite(sweep, .timeout = 90);

#define TRIES 3

/* Four times as fast, but for what a busy machine adds to each wake-up: the best of a few. */
static json_t *sweep_of_io(void)
{
	json_t *document = NULL;

	for (int i = 0; i < TRIES; i++) {
		json_decref(document);
		document = sweep_of("io --workers 1,4 --repeat 3 --tasks 24");
		if (number_at(sweep_point(document, 0, 1), "time.speedup") > 3 &&
		    number_at(sweep_point(document, 1, 1), "time.speedup") > 3)
			break;
	}
	return document;
}

Test(sweep, of_io_gains_with_every_worker_in_threads_and_processes)
{
	json_t *document = sweep_of_io();

	cr_assert_eq(json_array_size(json_at(document, "curves")), 2);
	for (size_t curve = 0; curve < 2; curve++) {
		const json_t *last = sweep_point(document, curve, 1);

		cr_assert_gt(number_at(last, "time.speedup"), 3, "%g",
			     number_at(last, "time.speedup"));
		cr_assert_str_eq(sweep_cause_id(document, curve), "io-bound");
		cr_assert_eq(json_array_size(json_at(last, "runs")), 3);
	}
	cr_assert_eq(number_at(document, "runs_made"), 12);
	cr_assert_eq(leftovers(), 0);
	json_decref(document);
}

Test(sweep, carries_the_whole_report_of_each_point_and_an_account_that_agrees_with_it)
{
	json_t *document = sweep_of("cpu --mode threads --workers 1,2 --repeat 1 --tasks 10");
	const json_t *point = sweep_point(document, 0, 1);
	char *report = json_dumps(json_at(point, "report"), 0);

	assert_valid(report);
	free(report);
	cr_assert_eq(number_at(point, "report.target.workers"), 2);
	cr_assert_eq(number_at(point, "account.running_ns"),
		     number_at(point, "report.totals.running_ns"));
	cr_assert_eq(number_at(point, "time.median_ns"),
		     number_at(point, "report.workload.elapsed_ns"));
	cr_assert_eq(number_at(point, "account.tasks"), 10);
	json_decref(document);
}

Test(sweep, of_threads_under_one_interpreter_lock_says_gil_and_of_processes_does_not)
{
	json_t *document = sweep_of("gil --workers 1,4 --repeat 1 --tasks 20");
	const json_t *threads = sweep_point(document, 0, 1),
		     *processes = sweep_point(document, 1, 1);
	double row_ns = 0;
	const json_t *lock;
	size_t i;

	json_array_foreach (json_at(threads, "report.locks"), i, lock)
		if (!strcmp(json_string_value(json_at(lock, "kind")), "gil"))
			row_ns += number_at(lock, "wait_ns");
	cr_assert_gt(row_ns, 0);
	cr_assert_float_eq(number_at(threads, "account.gil_ns"), row_ns, 0.05 * row_ns);
	cr_assert_gt(row_ns, 10 * number_at(threads, "account.condition_ns"));
	cr_assert_str_eq(sweep_cause_id(document, 0), "gil-bound");
	cr_assert_eq(number_at(processes, "account.gil_ns"), 0);
	json_decref(document);
}

Test(sweep, says_before_it_starts_how_many_runs_there_are_and_how_long_they_take)
{
	struct command_result result =
		command_run("$P sweep io --workers 1,2 --repeat 1 --tasks 4 --mode threads");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.err, "3 runs in about "), "%s", result.err);
	cr_assert(strstr(result.err, "2 points, each once"), "%s", result.err);
	cr_assert_null(strchr(result.err, '\r'), "progress is for terminals");
	cr_assert(strstr(result.out, "io threads  gains "), "%s", result.out);
	command_release(&result);
}

Test(sweep, runs_on_one_cpu_where_nothing_is_gained)
{
	assert_runs("exec taskset -c 0 $P sweep cpu --workers 1,2 --repeat 1 --tasks 5 -q",
		    .out = { "1 CPU gives 1 point" });
}

Test(sweep, on_one_of_the_cpus_stays_there_and_fits_no_law)
{
	json_t *document = sweep_of("cpu --cpus 1 --mode threads --workers 1,4 --repeat 1 "
				    "--tasks 8 --task-time 10ms");
	const json_t *last = sweep_point(document, 0, 1);

	cr_assert_eq(number_at(last, "report.parallelism.max"), 1);
	cr_assert_str_eq(json_string_value(json_at(sweep_curve(document, 0), "law.refusal")),
			 "too-few-points");
	json_decref(document);
}

Test(sweep, of_a_command_shows_the_point_that_fails_and_the_rest_stands)
{
	json_t *document = sweep_of("--exec 'test {n} != 2 || { echo broken >&2; exit 3; }; sleep "
				    "0.{n}' --workers 1-3 --repeat 2");
	const json_t *failed = sweep_point(document, 0, 1);

	cr_assert_eq(number_at(failed, "failed"), 2);
	cr_assert(json_is_null(json_at(failed, "time")));
	cr_assert_str_eq(
		json_string_value(json_at(json_array_get(json_at(failed, "runs"), 0), "failure")),
		"exit status 3: broken");
	cr_assert_eq(number_at(sweep_point(document, 0, 2), "done"), 2);
	cr_assert_float_eq(number_at(sweep_point(document, 0, 2), "time.median_ns"), 3e8, 1e8);
	cr_assert_str_eq(
		json_string_value(json_at(sweep_point(document, 0, 0), "report.target.kind")),
		"exec");
	json_decref(document);
}

Test(sweep, of_a_command_that_never_succeeds_fails)
{
	assert_runs("$P sweep --exec 'nosuchcommand {n}' --workers 1,2 --repeat 1", .status = 1,
		    .out = { "exit status 127" });
}

Test(sweep, of_a_command_drops_its_output_and_gives_it_no_input)
{
	struct command_result result =
		command_run("echo input | { $P sweep --exec 'echo noise{n}; cat' --workers 1 "
			    "--repeat 1 --csv -q; cat; }");

	cr_assert_null(strstr(result.out, "noise1\n"), "%s", result.out);
	cr_assert(strstr(result.out, "\ninput\n"), "it is left for others: %s", result.out);
	command_release(&result);
}

Test(sweep, without_probes_needs_no_root)
{
	assert_runs(AS_NOBODY "as_nobody sweep io --no-probe --workers 1,4 --repeat 1 "
			      "--tasks 8 --csv -q",
		    .out = { "\nio,processes,native," });
}

Test(sweep, ended_by_ctrl_c_reports_what_is_done_and_leaves_nothing_behind)
{
	assert_runs("$P sweep io --workers 1,2 --repeat 200 --tasks 5 --mode threads -q & p=$!; "
		    "sleep 4; kill -INT $p; wait $p",
		    .out = { "INTERRUPTED", "of 400 runs" });
	cr_assert_eq(leftovers(), 0);
}

Test(sweep, ended_by_sigterm_ends_the_commands_whole_group)
{
	struct command_result result = command_run(
		"$P sweep --exec 'sleep 7{n}.5 & wait' --workers 1 --repeat 1 -q & p=$!; sleep 3; "
		"kill -TERM $p; wait $p; pgrep -f 'sleep 71[.]5'");

	cr_assert_str_eq(result.out, "", "%s", result.out);
	command_release(&result);
}

static void assert_usage(const char *arguments, const char *sentence)
{
	char script[512];
	struct command_result result;

	snprintf(script, sizeof(script), "exec $P sweep %s", arguments);
	result = command_run(script);
	cr_assert_eq(result.status, 2, "%s: %d", arguments, result.status);
	cr_assert(strstr(result.err, sentence), "%s: %s", arguments, result.err);
	command_release(&result);
}

Test(sweep, refuses_what_makes_no_sense_in_one_sentence)
{
	assert_usage("cpu --workers 0", "names 0, which is not from 1 to 32768");
	assert_usage("cpu --workers 1000000", "which is not from 1 to 32768");
	assert_usage("cpu --workers 1e6", "is not understood");
	assert_usage("cpu --workers 8,4", "descends from 8 to 4");
	assert_usage("cpu --workers 2,2", "names 2 twice");
	assert_usage("--exec 'xz -T4'", "has no {n}");
	assert_usage("cpu --exec 'xz -T{n}'", "exclude each other");
	assert_usage("", "needs a workload or --exec");
	assert_usage("cpu --runtime ruby", "native, python or native,python");
	assert_usage("queue --runtime python", "queue has no twin in Python");
	assert_usage("cpu --python x", "--python is for --runtime python");
	assert_usage("deadlock", "has no number of tasks to share");
	assert_usage("barrier --workers 1,2", "needs at least 2 threads");
	assert_usage("cpu --lock-share 50%", "cpu knows no --lock-share");
	assert_usage("cpu --cpus 4096", "names 4096");
	assert_usage("cpu --json --csv", "exclude each other");
	assert_usage("cpu --workers ''", "is not understood");
	assert_usage("cpu --workers 8-4", "descends from 8 to 4");
	assert_usage("cpu --workers 1,", "is not understood");
	assert_usage("cpu --workers 99999999999999999999", "which is not from 1 to 32768");
	assert_usage("cpu --cpus 0", "names 0");
	assert_usage("cpu --repeat 0", "1 to 1000");
	assert_usage("cpu cpu", "cpu is named twice");
	assert_usage("--exec ''", "has no {n}");
	assert_usage("--exec 'xz -T{n}' --tasks 5", "--tasks is for workloads");
	assert_usage("--exec 'xz -T{n}' --kind file", "--kind is for workloads");
	assert_usage("cpu --svg -", "the name of a file");
	assert_usage("cpu --svg /tmp/x -o /tmp/x", "the same file");
}
