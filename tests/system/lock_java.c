// SPDX-License-Identifier: BSD-2-Clause
/* What Java's parked threads wait for: the JVM tells it, where Java's frames have no names. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(lock_java, .timeout = 90);

static struct lock_run run_java(const char *program)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "r=$(mktemp); $P exec -q --json -o $r -- java "
		 "$PROGRAMS/../../../tests/support/programs/locks/foreign/%s; s=$?; cat $r; rm $r; "
		 "exit $s",
		 program);
	return lock_run_script(script);
}

static const json_t *crowd_named(const struct lock_run *run, const char *name)
{
	const json_t *crowd;
	size_t i;

	json_array_foreach (json_at(run->report, "lock_crowds"), i, crowd)
		if (!strcmp(text_at(crowd, "name"), name))
			return crowd;
	cr_assert(false, "no crowd waits in %s", name);
	return NULL;
}

Test(lock_java, a_reentrant_lock_is_a_lock_without_names_of_javas_frames)
{
	struct lock_run run = run_java("Contended.java lock 2");
	const json_t *crowd = crowd_named(&run, "ReentrantLock.lock");

	cr_assert(json_is_true(json_at(crowd, "contended")));
	cr_assert_geq(json_array_size(json_at(crowd, "waiters")), 4);
	cr_assert_geq(number_at(crowd, "wait_ns"), 0.8 * number_at(run.truth, "wait_ns"));
	cr_assert_leq(number_at(crowd, "wait_ns"), 1.05 * number_at(run.truth, "wait_ns"));
	lock_run_release(&run);
}

/* Four threads that do nothing but hold it, one of them at a time. */
Test(lock_java, so_is_the_write_lock_of_a_reentrant_read_write_lock)
{
	struct lock_run run = run_java("Parked.java write 2");

	cr_assert_geq(number_at(crowd_named(&run, "ReentrantReadWriteLock.lock"), "wait_ns"), 4e9);
	lock_run_release(&run);
}

/* Parked threads are none that contend, but for a part that the queue's own lock may take. */
static void check_mostly_no_lock(const char *program, double part)
{
	struct lock_run run = run_java(program);
	double parked = 0, contended = 0;
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(run.report, "locks"), i, row) {
		parked += lock_waits_in(row, "Parker::park");
		if (json_is_true(json_at(row, "contended")))
			contended += lock_waits_in(row, "Parker::park");
	}
	cr_assert_gt(parked, 1e8, "%s parks for %.0f", program, parked);
	cr_assert_leq(contended, part * parked, "%s: %.0f of %.0f is contention", program,
		      contended, parked);
	lock_run_release(&run);
}

static void check_no_lock(const char *program)
{
	check_mostly_no_lock(program, 0.05);
}

Test(lock_java, a_pool_without_work_is_no_contention)
{
	check_no_lock("Parked.java pool 2");
}

/* Four workers ask its queue for work each 50 us, which has a ReentrantLock for those who take. */
Test(lock_java, a_busy_pool_is_hardly_any_contention)
{
	check_mostly_no_lock("Parked.java busy 2", 0.25);
}

Test(lock_java, a_queue_is_no_contention)
{
	check_no_lock("Parked.java queue 2");
}

Test(lock_java, a_hand_over_is_no_contention)
{
	check_no_lock("Parked.java handover 2");
}

Test(lock_java, a_condition_of_a_reentrant_lock_is_no_contention)
{
	check_no_lock("Parked.java condition 2");
}

Test(lock_java, tasks_that_wait_for_others_are_no_contention)
{
	check_no_lock("Parked.java forkjoin 2");
}

/* Whether a program makes a lock or a queue of that is not to be seen. */
Test(lock_java, threads_that_do_not_say_what_they_park_for_are_no_contention)
{
	check_no_lock("Parked.java bare 2");
}
