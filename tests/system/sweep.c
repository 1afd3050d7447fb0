// SPDX-License-Identifier: BSD-2-Clause
/* Whole sweeps, small ones: what they print, what they leave out, what they leave behind. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/command.h"

TestSuite(sweep, .timeout = 90);

#define VALIDATE                                                                                   \
	"$P schema sweep > $d/schema && /usr/bin/python3 -c '\n"                                   \
	"import json, sys\n"                                                                       \
	"from jsonschema import Draft202012Validator\n"                                            \
	"schema, document = (json.load(open(name)) for name in sys.argv[1:3])\n"                   \
	"Draft202012Validator.check_schema(schema)\n"                                              \
	"for error in Draft202012Validator(schema).iter_errors(document):\n"                       \
	"    sys.exit(error.json_path + \": \" + error.message[:300])\n"                           \
	"' $d/schema $d/sweep"

/* Of a sweep with --json, held against its schema. */
static json_t *sweep_of(const char *arguments)
{
	char script[2048];
	struct command_result result;
	json_t *document;

	snprintf(script, sizeof(script),
		 "d=$(mktemp -d); trap 'rm -r $d' EXIT; $P sweep %s --json -q -o $d/sweep && %s && "
		 "cat $d/sweep",
		 arguments, VALIDATE);
	result = command_run(script);
	cr_assert_eq(result.status, 0, "%s: %s", arguments, result.err);
	document = json_loads(result.out, 0, NULL);
	cr_assert(document, "%s", result.out);
	cr_assert_not(json_is_true(json_at(document, "interrupted")), "somebody sent a signal");
	command_release(&result);
	return document;
}

static const json_t *point_of(const json_t *document, size_t curve, size_t point)
{
	return json_array_get(json_at(json_array_get(json_at(document, "curves"), curve), "points"),
			      point);
}

Test(sweep, of_io_gains_with_every_worker_in_threads_and_processes)
{
	json_t *document = sweep_of("io --workers 1,4 --repeat 3 --tasks 24");

	cr_assert_eq(json_array_size(json_at(document, "curves")), 2);
	for (size_t curve = 0; curve < 2; curve++) {
		const json_t *last = point_of(document, curve, 1);
		const json_t *cause =
			json_at(json_array_get(json_at(document, "curves"), curve), "cause.id");

		cr_assert_gt(number_at(last, "time.speedup"), 3, "%g",
			     number_at(last, "time.speedup"));
		cr_assert_str_eq(json_string_value(cause), "io-bound");
		cr_assert_eq(json_array_size(json_at(last, "runs")), 3);
	}
	cr_assert_eq(number_at(document, "runs_made"), 12);
	cr_assert_eq(leftovers(), 0);
	json_decref(document);
}

Test(sweep, carries_the_whole_report_of_each_point_and_an_account_that_agrees_with_it)
{
	json_t *document = sweep_of("cpu --mode threads --workers 1,2 --repeat 1 --tasks 10");
	const json_t *point = point_of(document, 0, 1);
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
	const json_t *threads = point_of(document, 0, 1), *processes = point_of(document, 1, 1);
	double row_ns = 0;
	const json_t *lock;
	size_t i;

	json_array_foreach (json_at(threads, "report.locks"), i, lock)
		if (!strcmp(json_string_value(json_at(lock, "kind")), "gil"))
			row_ns += number_at(lock, "wait_ns");
	cr_assert_gt(row_ns, 0);
	cr_assert_float_eq(number_at(threads, "account.gil_ns"), row_ns, 0.05 * row_ns);
	cr_assert_gt(row_ns, 10 * number_at(threads, "account.condition_ns"));
	cr_assert_str_eq(json_string_value(json_at(json_array_get(json_at(document, "curves"), 0),
						   "cause.id")),
			 "gil-bound");
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
	cr_assert(strstr(result.out, "io threads  gains up to"), "%s", result.out);
	command_release(&result);
}

Test(sweep, runs_on_one_cpu_where_nothing_is_gained)
{
	struct command_result result =
		command_run("exec taskset -c 0 $P sweep cpu --workers 1,2 --repeat 1 --tasks 5 -q");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.out, "1 CPU gives 1 point"), "%s", result.out);
	command_release(&result);
}

Test(sweep, of_a_command_shows_the_point_that_fails_and_the_rest_stands)
{
	json_t *document = sweep_of("--exec 'test {n} != 2 || { echo broken >&2; exit 3; }; sleep "
				    "0.{n}' --workers 1-3 --repeat 2");
	const json_t *failed = point_of(document, 0, 1);

	cr_assert_eq(number_at(failed, "failed"), 2);
	cr_assert(json_is_null(json_at(failed, "time")));
	cr_assert_str_eq(
		json_string_value(json_at(json_array_get(json_at(failed, "runs"), 0), "failure")),
		"exit status 3: broken");
	cr_assert_eq(number_at(point_of(document, 0, 2), "done"), 2);
	cr_assert_float_eq(number_at(point_of(document, 0, 2), "time.median_ns"), 3e8, 1e8);
	cr_assert_str_eq(json_string_value(json_at(point_of(document, 0, 0), "report.target.kind")),
			 "exec");
	json_decref(document);
}

Test(sweep, of_a_command_that_never_succeeds_fails)
{
	struct command_result result =
		command_run("$P sweep --exec 'nosuchcommand {n}' --workers 1,2 --repeat 1");

	cr_assert_eq(result.status, 1);
	cr_assert(strstr(result.out, "exit status 127"), "%s", result.out);
	command_release(&result);
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
	struct command_result result = command_run(
		"d=$(mktemp -d); cp $P $d; chmod 755 $d $d/*; setpriv --reuid 65534 --regid 65534 "
		"--clear-groups $d/partrace sweep io --no-probe --workers 1,4 --repeat 1 --tasks 8 "
		"--csv -q; s=$?; rm -r $d; exit $s");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.out, "\nio,processes,native,"), "%s", result.out);
	command_release(&result);
}

Test(sweep, ended_by_ctrl_c_reports_what_is_done_and_leaves_nothing_behind)
{
	struct command_result result = command_run(
		"$P sweep io --workers 1,2 --repeat 200 --tasks 5 --mode threads -q & p=$!; "
		"sleep 4; kill -INT $p; wait $p");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.out, "INTERRUPTED"), "%s", result.out);
	cr_assert(strstr(result.out, "of 400 runs"), "%s", result.out);
	cr_assert_eq(leftovers(), 0);
	command_release(&result);
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
	assert_usage("cpu --runtime python", "is not in this version");
	assert_usage("deadlock", "has no number of tasks to share");
	assert_usage("barrier --workers 1,2", "needs at least 2 threads");
	assert_usage("cpu --lock-share 50%", "cpu knows no --lock-share");
	assert_usage("cpu --cpus 4096", "names 4096");
	assert_usage("cpu --json --csv", "exclude each other");
}
