// SPDX-License-Identifier: BSD-2-Clause
/* Saved reports that are not there, are none or are damaged. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/saved.h"

TestSuite(report_refused, .timeout = 60);

Test(report_refused, none_saved_yet)
{
	assert_refuses(WITH_STATE "$P report", 1, "`sudo partrace run cpu` makes one");
	assert_refuses(WITH_STATE "mkdir -p $d/state/partrace; $P report", 1,
		       "no report has been saved yet");
}

Test(report_refused, wrong_usage)
{
	assert_refuses("$P report --view lock", 2,
		       "there is no view lock; there are: summary, threads, processes, waits, "
		       "cpus, runqueue, locks, deadlocks, stacks");
	assert_refuses("$P report a.json b.json", 2, "only one report");
	assert_refuses("$P report --view cpus --json", 2, "exclude each other");
	assert_refuses("$P schema nonsense", 2, "there are: report, sweep");
}

Test(report_refused, files_that_are_no_report)
{
	assert_refuses("$P report /no/such.json", 1, "cannot read /no/such.json: No such file");
	assert_refuses("$P report /tmp", 1, "/tmp is a folder");
	assert_refuses("$P report /dev/null", 1, "/dev/null is empty");
	assert_refuses("printf '{\"schema\": \\033]0;x\\007' | $P report -", 1,
		       "is not JSON: line 1");
	assert_refuses("printf '\\377\\376' | $P report -", 1, "is not JSON");
	assert_refuses("echo '[1]' | $P report -", 1, "its schema is not partrace.report/1");
	assert_refuses("echo '{\"schema\":\"partrace.doctor/1\"}' | $P report -", 1,
		       "its schema is not partrace.report/1");
	assert_refuses("echo '{\"schema\":\"partrace.report/9\"}' | $P report -", 1,
		       "another version");
}

Test(report_refused, damaged_ones)
{
	const char *make = "$P run cpu --tasks 2 --task-time 1ms -q --json";
	char script[400];

	snprintf(script, sizeof(script),
		 "%s | sed 's/\"criticality_ns\": .*/\"criticality_ns\": -1,/' | $P report -",
		 make);
	assert_refuses(script, 1, "is damaged: threads[0].criticality_ns is negative");
	snprintf(script, sizeof(script), "%s | sed 's/\"totals\": /\"total\": /' | $P report -",
		 make);
	assert_refuses(script, 1, "is damaged: the report has no totals");
	snprintf(script, sizeof(script), "%s | head -c 1000 | $P report -", make);
	assert_refuses(script, 1, "is not JSON");
	assert_refuses(WITH_STATE QUICK_RUN " >/dev/null; $P report --view threads", 1,
		       "there is no view threads of a run with --no-probe");
}

Test(report_refused, names_in_a_file_cannot_steer_the_terminal)
{
	struct command_result result = command_run(
		"f=$(mktemp); $P run cpu --threads 2 --tasks 2 --task-time 1ms -q --json | sed "
		"'s/\"cpu-1\"/\"\\\\u001b[2J\\\\u009b5m\\\\r\\\\u202e\"/' > $f; "
		"for v in summary threads processes waits cpus runqueue; do "
		"LC_ALL=C.UTF-8 $P report --view $v --color never $f; done; "
		"rm $f");

	cr_assert(strstr(result.out, "?[2J?5m??"), "%s", result.out);
	cr_assert_null(strpbrk(result.out, "\033\r"));
	cr_assert_null(strstr(result.out, "\xc2\x9b"));
	command_release(&result);
}

Test(report_refused, what_is_wrong_in_a_file_cannot_steer_the_terminal)
{
	struct command_result result = command_run(
		"$P run cpu --threads 4 --tasks 40 --task-time 5ms -q --json | sed "
		"'s/\"evidence\": {/\"evidence\": {\"\\\\u001b[2J\\\\u009b5m\\\\r\": [],/' | "
		"$P report -");

	cr_assert_eq(result.status, 1);
	cr_assert(strstr(result.err, "evidence.?[2J??5m? is neither"), "%s", result.err);
	cr_assert_null(strpbrk(result.err, "\033\r"));
	cr_assert_null(strstr(result.err, "\xc2\x9b"));
	command_release(&result);
}
