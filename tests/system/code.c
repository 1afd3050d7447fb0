// SPDX-License-Identifier: BSD-2-Clause
/* On which code: programs that time their own functions, beside what the samples say. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(code, .timeout = 60);

/* The report, and under "program_said" what the program wrote to stderr. */
static json_t *watch(const char *program)
{
	char said[4096] = "", path[] = "/tmp/partrace-code-XXXXXX", script[512];
	int fd = mkstemp(path);
	json_t *report;

	cr_assert_geq(fd, 0);
	snprintf(script, sizeof(script),
		 "t=$(mktemp); $P exec --json -o $t -- sh -c 'exec %s 2> %s' 2> /dev/null; "
		 "cat $t; rm $t",
		 program, path);
	report = report_by(script);
	cr_assert_gt(read(fd, said, sizeof(said) - 1), 0);
	json_object_set_new(report, "program_said", json_string(said));
	close(fd);
	unlink(path);
	return report;
}

/* What the program said of this function. */
static double truth_of(const json_t *report, const char *function)
{
	const char *line = json_string_value(json_at(report, "program_said"));
	double ns = 0, found = NAN;
	char name[64];

	cr_assert(line);
	for (; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (sscanf(line, "%63s %lf", name, &ns) == 2 && !strcmp(name, function))
			found = ns;
	cr_assert(!isnan(found), "%s", function);
	return found;
}

static const json_t *row_of(const json_t *report, const char *function)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(report, "code"), i, row)
		if (json_is_string(json_object_get(row, "function")) &&
		    !strcmp(json_string_value(json_object_get(row, "function")), function))
			return row;
	cr_assert_fail("%s is not in the report", function);
	return NULL;
}

/*
 * Five points where it has its CPUs to itself: each function runs far longer than a period. Where
 * others cut it into slices, each sample is a throw of its own, and so many throw 3 sigma more.
 */
static double allowed(const json_t *report)
{
	double samples = number_at(report, "sampling.samples");
	bool is_cut = number_at(report, "totals.ready_ns") >
		      0.05 * number_at(report, "totals.running_ns");

	return 0.05 + (is_cut ? 3 * sqrt(0.25 / samples) : 0);
}

/* Its share of the samples against its share of the time. */
static void assert_share(const json_t *report, const char *function, double truth)
{
	double got = number_at(row_of(report, function), "samples") /
		     number_at(report, "sampling.samples");

	cr_assert(fabs(got - truth) <= allowed(report),
		  "%s: %.1f %% of the samples, %.1f %% of the time", function, 100 * got,
		  100 * truth);
}

Test(code, a_function_has_the_share_of_the_samples_that_it_has_of_the_time)
{
	json_t *report = watch("$PROGRAMS/code parts");
	double heavy = truth_of(report, "heavy_part"), light = truth_of(report, "light_part");

	assert_share(report, "heavy_part", heavy / (heavy + light));
	assert_share(report, "light_part", light / (heavy + light));
	cr_assert(number_at(report, "sampling.samples") > 100);
	cr_assert_eq(number_at(report, "sampling.lost_samples"), 0);
	json_decref(report);
}

/* For how long anything of it ran at all. */
static double busy_ns(const json_t *report)
{
	const json_t *levels = json_at(report, "parallelism.time_at_level_ns");
	double sum = 0;

	for (size_t i = 1; i < json_array_size(levels); i++)
		sum += json_number_value(json_array_get(levels, i));
	return sum;
}

/* Others on the machine may have kept the parallel parts from running at once: busy_ns knows. */
Test(code, what_runs_while_all_others_wait_comes_first_with_its_part_of_the_critical_path)
{
	json_t *report = watch("$PROGRAMS/code serial");
	const json_t *row = row_of(report, "serial_part");
	double serial = truth_of(report, "serial_part"),
	       parallel = truth_of(report, "parallel_part");
	double critical = number_at(row, "criticality");

	cr_assert_eq(row, json_array_get(json_at(report, "code"), 0));
	cr_assert_eq(number_at(row, "alone_samples"), number_at(row, "samples"));
	cr_assert(fabs(critical - serial / busy_ns(report)) <= allowed(report), "%.3f, not %.3f",
		  critical, serial / busy_ns(report));
	assert_share(report, "serial_part", serial / (serial + parallel));
	json_decref(report);
}

Test(code, a_function_of_python_is_known_by_its_own_name)
{
	json_t *report;

	if (access("/usr/bin/python3", X_OK) < 0)
		cr_skip_test("no python3 here");
	report = watch("/usr/bin/python3 $PROGRAMS/../../../tests/support/code_parts.py");
	cr_assert_str_eq(json_string_value(json_at(row_of(report, "heavy_part"), "kind")),
			 "python");
	assert_share(report, "heavy_part",
		     truth_of(report, "heavy_part") /
			     (truth_of(report, "heavy_part") + truth_of(report, "light_part")));
	json_decref(report);
}

Test(code, samples_of_an_idle_target_are_few_and_no_error)
{
	json_t *report = report_by("$P exec --json -o - -- sleep 1 2>/dev/null");

	cr_assert(number_at(report, "sampling.samples") <= 2);
	cr_assert(json_is_null(json_at(report, "sampling.note")));
	json_decref(report);
}

/* Refused to the daemon by the kernel, that is by a seccomp filter; the session goes on. */
#define REFUSED "$PROGRAMS/refused "

Test(code, where_the_kernel_refuses_samples_the_session_goes_on_and_says_so)
{
	json_t *report = report_by(REFUSED "$P run cpu --threads 2 -d 400ms -q --json");
	const char *note = json_string_value(json_at(report, "sampling.note"));

	cr_assert(note && strstr(note, "the kernel refuses perf_event_open"), "%s",
		  note ? note : "none");
	cr_assert_eq(number_at(report, "sampling.samples"), 0);
	cr_assert_gt(number_at(report, "totals.running_ns"), 0);
	assert_complete(report, "it");
	cr_assert_not_null(json_string_value(json_at(report, "verdict")));
	json_decref(report);
}

static void assert_output_says(const char *script, int status, const char *text)
{
	struct command_result result = command_run(script);

	cr_assert_eq(result.status, status, "%s%s", result.out, result.err);
	cr_assert(strstr(result.out, text) || strstr(result.err, text), "%s%s", result.out,
		  result.err);
	command_release(&result);
}

Test(code, views_and_doctor_say_that_the_kernel_refuses_samples)
{
	assert_output_says("t=$(mktemp -d); " REFUSED "$P run cpu --threads 2 -d 300ms -q --json "
			   "-o $t/r && $P report --view code $t/r; s=$?; rm -r $t; exit $s",
			   0, "code was not sampled: the kernel refuses perf_event_open");
	assert_output_says("t=$(mktemp -d); " REFUSED "$P run cpu --threads 2 -d 300ms -q --json "
			   "-o $t/r && $P export --folded --on-cpu $t/r; s=$?; rm -r $t; exit $s",
			   1, "code was not sampled: the kernel refuses perf_event_open");
	assert_output_says(REFUSED "$P doctor", 0, "no   samples of code");
}

Test(code, stacks_are_folded_from_the_root_to_the_leaf)
{
	struct command_result result = command_run(
		"t=$(mktemp); $P exec --json -o $t -- $PROGRAMS/code parts 2>/dev/null; "
		"$P export --folded --on-cpu $t; rm $t");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.out, ";main;run_parts;heavy_part ") ||
			  strstr(result.out, ";main;heavy_part "),
		  "%s", result.out);
	command_release(&result);
}
