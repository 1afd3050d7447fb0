// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/rows.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"

const char *text_at(const json_t *document, const char *path)
{
	return json_string_value(json_at(document, path));
}

void assert_complete(const json_t *report, const char *what)
{
	const json_t *completeness = json_at(report, "completeness");

	cr_assert(json_is_true(json_at(completeness, "complete")), "%s is incomplete: %s", what,
		  json_dumps(completeness, JSON_COMPACT));
}

const json_t *thread_of(const json_t *report, json_int_t tid)
{
	const json_t *thread;
	size_t i;

	json_array_foreach (json_at(report, "threads"), i, thread)
		if (number_at(thread, "tid") == (double)tid)
			return thread;
	cr_assert_fail("thread %lld is not in the report", (long long)tid);
	return NULL;
}

const json_t *thread_named(const json_t *report, const char *name)
{
	const json_t *thread;
	size_t i;

	json_array_foreach (json_at(report, "threads"), i, thread)
		if (text_at(thread, "name") && !strcmp(text_at(thread, "name"), name))
			return thread;
	cr_assert_fail("no thread is %s", name);
	return NULL;
}

const json_t *finding_in(const json_t *report, const char *id)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (json_at(report, "findings"), i, finding)
		if (!strcmp(text_at(finding, "id"), id))
			return finding;
	return NULL;
}

double share_of_others(const json_t *report)
{
	const json_t *cpu;
	double others = 0;
	size_t i;

	json_array_foreach (json_at(report, "cpus"), i, cpu)
		others += number_at(cpu, "other_ns") + number_at(cpu, "stolen_ns");
	return others / (number_at(report, "window.duration_ns") * number_at(report, "host.cpus"));
}

bool verdict_is_disturbance(const json_t *report)
{
	const char *verdict = text_at(report, "verdict") ?: "";
	double stolen = number_at(report, "totals.stolen_ns");

	return (!strcmp(verdict, "cpu-saturated") && share_of_others(report) > DISTURBED) ||
	       (!strcmp(verdict, "slower-cpus") &&
		stolen > DISTURBED * number_at(report, "totals.running_ns"));
}

double sum_at(const json_t *list, const char *path)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (list, i, row)
		sum += number_at(row, path);
	return sum;
}

void assert_verdict(json_t *report, const char *expected, const char *what)
{
	const char *verdict = json_string_value(json_at(report, "verdict"));

	cr_assert(verdict, "%s: no verdict: %s", what, json_dumps(report, JSON_COMPACT));
	cr_assert(!strcmp(verdict, expected) || verdict_is_disturbance(report),
		  "%s: %s instead of %s (others: %.2f)", what, verdict, expected,
		  share_of_others(report));
	json_decref(report);
}

void assert_no_problem(const json_t *report, const char *what)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (json_at(report, "findings"), i, finding)
		cr_assert_str_neq(json_string_value(json_at(finding, "severity")), "problem",
				  "%s: %s", what, json_string_value(json_at(finding, "title")));
}
