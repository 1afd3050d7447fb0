// SPDX-License-Identifier: BSD-2-Clause
/* Lock words that lie, tear, or are not there: nothing ends early and nothing is made up. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

TestSuite(lock_oddities, .timeout = 60);

/* Whatever the word says, the time that was waited for it is there. */
static void assert_waited(const json_t *report, const char *name)
{
	const json_t *thread = thread_named(report, name);
	double ns = number_at(thread, "waits.lock.time_ns") +
		    number_at(thread, "waits.condition.time_ns");

	cr_assert_geq(ns, 0.5 * number_at(report, "window.duration_ns"), "%s waited for %.0f ns",
		      name, ns);
}

/* Whoever reads it by process_vm_readv() waits with it. */
Test(lock_oddities, a_lock_whose_page_never_comes_keeps_nobody_waiting)
{
	struct command_result result = command_run(
		"f=$(mktemp -u); mkfifo $f; $PROGRAMS/unfilled > $f & t=$!; read said < $f; rm $f; "
		"[ \"$said\" = ready ] || { kill $t; exit 77; }; timeout 10 $P attach -q -p $t -d "
		"1s; s=$?; "
		"kill $t; exit $s");

	if (result.status == 77)
		cr_skip_test("userfaultfd is not allowed here");
	cr_assert_eq(result.status, 0, "%d: %s", result.status, result.err);
	command_release(&result);
}

/* Nobody holds what no thread of the program can: the owners are all invented. */
static void assert_nothing_made_up(const json_t *report)
{
	const json_t *lock, *holder, *thread;
	size_t i, j, k;

	cr_assert_eq(json_array_size(json_at(report, "deadlocks")), 0, "%s",
		     json_dumps(json_at(report, "deadlocks"), JSON_COMPACT));
	json_array_foreach (json_at(report, "locks"), i, lock) {
		json_array_foreach (json_at(lock, "holders"), j, holder) {
			bool known = false;

			json_array_foreach (json_at(report, "threads"), k, thread)
				known |= number_at(thread, "tid") == number_at(holder, "tid");
			cr_assert(known, "no thread of the target holds %s",
				  json_dumps(lock, JSON_COMPACT));
		}
	}
}

static void check(const json_t *report)
{
	static const char *const names[] = { "torn",      "liar",      "edge", "unmapped",
					     "truncated", "protected", "jit" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_waited(report, names[i]);
	assert_nothing_made_up(report);
	cr_assert_eq(leftovers(), 0);
}

Test(lock_oddities, from_first_to_last)
{
	struct lock_run run = lock_run("odd 3");

	check(run.report);
	lock_run_release(&run);
}

Test(lock_oddities, of_a_program_that_runs_already)
{
	struct lock_run run = lock_attach("odd");

	check(run.report);
	lock_run_release(&run);
}

Test(lock_oddities, in_a_snapshot)
{
	struct command_result result =
		command_run("$PROGRAMS/locks/odd >/dev/null & p=$!; trap 'kill -KILL $p; rm -f "
			    "/tmp/perf-$p.map' EXIT; sleep 0.5; for i in 1 2 3 4 5; "
			    "do $P snapshot -q --json -o /dev/null -p $p || exit 1; done; "
			    "$P snapshot -q --json -p $p");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert(result.status == 0 && report, "exit status %d: %s", result.status, result.err);
	assert_valid(result.out);
	assert_nothing_made_up(report);
	cr_assert_eq(leftovers(), 0);
	json_decref(report);
	command_release(&result);
}

#ifdef __x86_64__
static bool is_told(const json_t *report, const char *words)
{
	const json_t *reason;
	size_t i;

	json_array_foreach (json_at(report, "completeness.reasons"), i, reason)
		if (strstr(json_string_value(reason), words))
			return true;
	return false;
}

/* Of the odd program, after `change` was done to its map, $M. */
static json_t *report_with_map(const char *change)
{
	char script[600];

	snprintf(script, sizeof(script),
		 "$PROGRAMS/locks/odd >/dev/null & p=$!; M=/tmp/perf-$p.map; trap 'kill -KILL $p; "
		 "rm -f $M' EXIT; until [ -s $M ]; do sleep 0.05; done; %s; "
		 "$P attach -q --json -d 1s -p $p",
		 change);
	return report_by(script);
}

Test(lock_oddities, lines_of_a_map_that_are_no_entries_are_told_where_code_has_no_name)
{
	json_t *report = report_with_map("sed -i s/.*jit_wait/jit_wait/ $M");

	cr_assert(is_told(report, "has lines that are no entries ("), "%s",
		  json_dumps(json_at(report, "completeness"), JSON_COMPACT));
	json_decref(report);
}

/* What its map has besides is rubbish. */
Test(lock_oddities, map_that_names_all_code_that_waits_is_no_reason)
{
	struct lock_run run = lock_attach("odd");

	cr_assert_not(is_told(run.report, "perf-PID.map"), "%s",
		      json_dumps(json_at(run.report, "completeness"), JSON_COMPACT));
	lock_run_release(&run);
}

Test(lock_oddities, map_of_another_user_is_told_not_to_be_read)
{
	json_t *report = report_with_map("chown 65533 $M");

	cr_assert(is_told(report, "belongs to another user"), "%s",
		  json_dumps(json_at(report, "completeness"), JSON_COMPACT));
	json_decref(report);
}

/* The one good line of a malformed map names the code, from which no table tells the way out. */
Test(lock_oddities, code_without_a_file_is_named_by_its_map)
{
	struct lock_run run = lock_attach("odd");
	const json_t *lock, *stack, *frame;
	size_t i, j, found = 0;

	json_array_foreach (json_at(run.report, "locks"), i, lock) {
		json_array_foreach (json_at(lock, "stacks"), j, stack) {
			frame = json_array_get(json_at(stack, "frames"), 0);
			if (!frame || !text_at(frame, "function") ||
			    strcmp(text_at(frame, "function"), "jit_wait"))
				continue;
			cr_assert_str_eq(text_at(frame, "kind"), "jit");
			found++;
		}
	}
	cr_assert_gt(found, 0, "no stack begins in jit_wait");
	lock_run_release(&run);
}
#endif
