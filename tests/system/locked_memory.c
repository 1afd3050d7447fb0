// SPDX-License-Identifier: BSD-2-Clause
/* Beside processes at whose memory nobody can look: they hang, and partrace does not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(locked_memory, .timeout = 120);

/* `p` is one; all that partrace does has to end in time. */
#define WITH_LOCKED(script) WITH_LOCKED_AFTER("", script)

/* The same after some seconds, if any; `line` is what it has said first. */
#define WITH_LOCKED_AFTER(seconds, script)                                                         \
	"d=$(mktemp -d); mkfifo $d/ready; "                                                        \
	"$PROGRAMS/locked_memory $d/file " seconds " >$d/ready & p=$!; "                           \
	"exec 3<$d/ready; read line <&3; rm -r $d; "                                               \
	"watch() { timeout -k 1 20 $P \"$@\"; }; " script "; s=$?; kill -KILL $p; exit $s"

static void need_file_system(void)
{
	if (access("/dev/fuse", R_OK | W_OK) < 0)
		cr_skip_test("no FUSE on this machine");
}

Test(locked_memory, does_not_hold_up_who_watches_its_process)
{
	json_t *report, *process;

	need_file_system();
	report = report_by(WITH_LOCKED("watch attach -q --json -d 1s -p $p"));
	process = json_array_get(json_at(report, "processes"), 0);
	cr_assert_str_eq(text_at(process, "name"), "locked_memory");
	cr_assert_str_eq(text_at(process, "command"), "locked_memory",
			 "what is not known is not told");
	cr_assert_eq(number_at(report, "totals.threads"), 3);
	json_decref(report);
}

Test(locked_memory, does_not_hold_up_who_looks_for_others_by_name)
{
	json_t *report;

	need_file_system();
	report = report_by(WITH_LOCKED("sleep 33.3 & o=$!; watch attach -q --json -d 1s -n sleep; "
				       "s=$?; kill $o; (exit $s)"));
	cr_assert_geq(number_at(report, "totals.processes"), 1);
	json_decref(report);
}

Test(locked_memory, does_not_keep_others_from_their_names)
{
	json_t *report;

	need_file_system();
	report = report_by(WITH_LOCKED(
		"$PROGRAMS/locks/contend >/dev/null & o=$!; watch attach -q --json -d 2s -p $p,$o; "
		"s=$?; kill $o; (exit $s)"));
	cr_assert_gt(json_array_size(json_at(report, "locks")), 0);
	cr_assert_str_eq(text_at(json_array_get(json_at(report, "locks"), 0), "place.symbol"),
			 "index_lock");
	json_decref(report);
}

Test(locked_memory, by_a_thread_that_is_not_watched_does_not_hold_up_who_watches_another)
{
	json_t *report;

	need_file_system();
	report = report_by(WITH_LOCKED_AFTER("3", "watch attach -q --json -d 6s --tid $line 3<&-"));
	cr_assert_eq(number_at(report, "totals.threads"), 1);
	cr_assert_gt(json_array_size(json_at(report, "locks")), 0);
	json_decref(report);
}
