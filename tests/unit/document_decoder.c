/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/client/document.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"

static json_t *parse(const char *text)
{
	json_t *document = json_loads(text, JSON_DECODE_ANY, NULL);

	cr_assert_not_null(document, "the test's own JSON is broken: %s", text);
	return document;
}

static void assert_refused(const char *text, const char *expected)
{
	struct report report = { .schema = "untouched" };
	json_t *document = parse(text);
	char why[200] = "";

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), -EBADMSG);
	cr_assert_str_eq(why, expected);
	cr_assert_str_eq(report.schema, "untouched");
	json_decref(document);
}

Test(document, reads_every_kind_of_field)
{
	json_t *document = parse(
		"{\"schema\":\"partrace.report/1\",\"target\":{\"command\":[\"ls\",\"-l\"],"
		"\"pids\":[7,8],\"workers\":null},\"parallelism\":{\"mean\":1.5,"
		"\"time_at_level_ns\":[1,2,3]},\"totals\":{\"threads\":2,\"running_ns\":9,"
		"\"switches\":{\"voluntary\":4},\"waits\":{\"lock\":{\"count\":5,\"ready_ns\":6}}},"
		"\"threads\":[{\"tid\":7,\"started_ns\":-3,\"exited_ns\":null,"
		"\"run_queue\":{\"histogram\":[{\"up_to_ns\":2,\"count\":1}]}}],"
		"\"probes\":{\"ns_per_event\":null,\"share_of_cpu\":1},"
		"\"processes\":[{\"folded_threads\":3,\"memory\":{\"rss_bytes\":10}}],"
		"\"findings\":[],\"verdict\":null,\"completeness\":{\"complete\":true}}");
	struct report report;
	char why[200];

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0);
	cr_assert_str_eq(report.schema, "partrace.report/1");
	cr_assert_eq(report.target.command_count, 2);
	cr_assert_str_eq(report.target.command[1], "-l");
	cr_assert_eq(report.target.pids[1], 8);
	cr_assert_eq(report.target.workers, NO_VALUE);
	cr_assert_eq(report.parallelism.mean, 1.5);
	cr_assert_eq(report.parallelism.time_at_level_ns[2], 3);
	cr_assert_eq(report.totals.figures.running_ns, 9);
	cr_assert_eq(report.totals.figures.voluntary, 4);
	cr_assert_eq(report.totals.figures.waits[WAIT_LOCK].ready_ns, 6);
	cr_assert_eq(report.threads[0].started_ns, -3);
	cr_assert_eq(report.threads[0].exited_ns, NO_VALUE);
	cr_assert_eq(report.threads[0].run_queue.histogram[0].count, 1);
	cr_assert_eq(report.processes[0].folded, 3);
	cr_assert_eq(report.processes[0].rss_bytes, 10);
	cr_assert(isnan(report.probes.ns_per_event));
	cr_assert_eq(report.probes.share_of_cpu, 1.0);
	cr_assert(report.completeness.complete);
	cr_assert_null(report.verdict);
	report_release(&report);
	cr_assert_null(report.threads);
	cr_assert_eq(report.threads_count, 0);
	json_decref(document);
}

Test(document, leaves_missing_keys_empty)
{
	json_t *document = parse("{}");
	struct report report, empty = { 0 };
	char why[200];

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0);
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): all of it is zero */
	cr_assert_eq(memcmp(&report, &empty, sizeof(report)), 0);
	report_release(&report);
	json_decref(document);
}

Test(document, takes_what_is_null_for_missing)
{
	json_t *document = parse("{\"probes\":null,\"threads\":null,\"target\":{\"pids\":null}}");
	struct report report, empty = { 0 };
	char why[200];

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), 0);
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): all of it is zero */
	cr_assert_eq(memcmp(&report, &empty, sizeof(report)), 0);
	json_decref(document);
}

Test(document, names_the_path_of_what_it_refuses)
{
	assert_refused("[]", "the report is not an object");
	assert_refused("{\"threads\":[{},{},{},{\"running_ns\":\"9\"}]}",
		       "threads[3].running_ns is not a whole number");
	assert_refused("{\"threads\":[{\"running_ns\":1.5}]}",
		       "threads[0].running_ns is not a whole number");
	assert_refused("{\"totals\":{\"waits\":{\"io\":{\"count\":-1}}}}",
		       "totals.waits.io.count is negative");
	assert_refused("{\"threads\":{}}", "threads is not a list");
	assert_refused("{\"threads\":[null]}", "threads[0] is not an object");
	assert_refused("{\"host\":3}", "host is not an object");
	assert_refused("{\"host\":{\"kernel\":3}}", "host.kernel is not text");
	assert_refused("{\"target\":{\"command\":[\"a\",null]}}", "target.command[1] is not text");
	assert_refused("{\"target\":{\"pids\":[null]}}", "target.pids[0] is not a whole number");
	assert_refused("{\"parallelism\":{\"mean\":\"1\"}}", "parallelism.mean is not a number");
	assert_refused("{\"completeness\":{\"complete\":1}}",
		       "completeness.complete is neither true nor false");
	assert_refused("{\"findings\":{}}", "findings is not a list");
}

Test(document, frees_what_it_had_read_before_a_refusal)
{
	/* Leaks are the sanitizer's to find: lists within lists, then a fault in a later one. */
	assert_refused("{\"target\":{\"pids\":[1]},\"threads\":[{\"run_queue\":{\"histogram\":"
		       "[{\"count\":1}]}},{\"run_queue\":{\"histogram\":[{\"count\":1},7]}}]}",
		       "threads[1].run_queue.histogram[1] is not an object");
}

Test(document, refuses_a_list_without_end)
{
	struct report report;
	json_t *document = json_object(), *list = json_array();
	char why[200];

	for (int i = 0; i < 300000; i++)
		json_array_append_new(list, json_object());
	json_object_set_new(document, "threads", list);
	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), -EBADMSG);
	cr_assert_str_eq(why, "threads is too long");
	json_decref(document);
}

Test(document, says_why_in_a_buffer_of_any_size)
{
	struct report report;
	json_t *document = parse("{\"host\":{\"kernel\":3}}");
	char why[8];

	cr_assert_eq(report_decode(document, &report, why, sizeof(why)), -EBADMSG);
	cr_assert_str_eq(why, "host.ke");
	json_decref(document);
}
