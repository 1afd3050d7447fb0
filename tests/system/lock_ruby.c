// SPDX-License-Identifier: BSD-2-Clause
/* Ruby's threads, each of which sleeps on a word of its own for everything: what they wait for. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(lock_ruby, .timeout = 90);

#define THREADS 4

static struct lock_run run_ruby(const char *how)
{
	char script[512];

	if (system("command -v ruby >/dev/null"))
		cr_skip_test("there is no Ruby here");
	snprintf(script, sizeof(script),
		 "r=$(mktemp); $P exec -q --json -o $r -- ruby "
		 "$PROGRAMS/../../../tests/support/programs/locks/foreign/threads.rb %s 2; s=$?; "
		 "cat $r; rm $r; exit $s",
		 how);
	return lock_run_script(script);
}

static double contended_ns(const json_t *report)
{
	const json_t *row;
	double ns = 0;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (json_is_true(json_at(row, "contended")))
			ns += number_at(row, "wait_ns");
	return ns;
}

Test(lock_ruby, threads_that_compute_wait_for_one_global_lock)
{
	struct lock_run run = run_ruby("gvl");
	const json_t *row = lock_first_of(run.report, "gil");
	double wait = number_at(row, "wait_ns");

	cr_assert_str_eq(text_at(row, "name"), "Ruby GVL");
	cr_assert(json_is_true(json_at(row, "contended")));
	cr_assert_eq(json_array_size(json_at(row, "waiters")), THREADS);
	cr_assert_geq(json_array_size(json_at(row, "holders")), THREADS);
	/* The truth has what they were preempted for, too. */
	cr_assert_leq(wait, 1.03 * number_at(run.truth, "wait_ns"));
	cr_assert_geq(wait, 0.8 * number_at(run.truth, "wait_ns"));
	cr_assert_str_eq(text_at(run.report, "verdict"), "gil-bound");
	lock_run_release(&run);
}

static void check_mutex(const char *how)
{
	struct lock_run run = run_ruby(how);
	const json_t *crowd = json_array_get(json_at(run.report, "lock_crowds"), 0);
	double truth = number_at(run.truth, "wait_ns");

	cr_assert(crowd, "%s: nobody waits for a lock", how);
	cr_assert_str_eq(text_at(crowd, "name"), "Mutex#lock");
	cr_assert(fabs(number_at(crowd, "wait_ns") - truth) <= 0.1 * truth, "%s: %.0f of %.0f", how,
		  number_at(crowd, "wait_ns"), truth);
	cr_assert_str_eq(text_at(run.report, "verdict"), "lock-bound");
	lock_run_release(&run);
}

Test(lock_ruby, a_mutex_is_a_lock)
{
	check_mutex("mutex");
}

Test(lock_ruby, a_monitor_is_a_lock)
{
	check_mutex("monitor");
}

/* They come out of their waits by the GVL, which nobody holds for long. */
static void check_no_lock(const char *how)
{
	struct lock_run run = run_ruby(how);
	double waited = number_at(json_at(run.report, "totals"), "waiting_ns");

	cr_assert_gt(waited, 5e9, "%s waits for %.0f", how, waited);
	cr_assert_leq(contended_ns(run.report), 0.05 * waited, "%s: %.0f is contention", how,
		      contended_ns(run.report));
	lock_run_release(&run);
}

Test(lock_ruby, a_queue_without_work_is_no_contention)
{
	check_no_lock("queue");
}

Test(lock_ruby, a_condition_variable_is_no_contention)
{
	check_no_lock("condition");
}

Test(lock_ruby, ractors_without_messages_are_no_contention)
{
	check_no_lock("ractor");
}

Test(lock_ruby, a_child_that_is_waited_for_is_no_contention)
{
	check_no_lock("child");
}
