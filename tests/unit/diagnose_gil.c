// SPDX-License-Identifier: BSD-2-Clause
/* Threads that wait for Python's GIL. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

/* Its wait is lock wait; only its row knows that it is the GIL's. */
static struct made *python(unsigned int threads, double running, double wait)
{
	return taking_turns(4, "GIL", LOCK_GIL, threads, running, wait);
}

Test(diagnose_gil, threads_that_wait_for_the_gil_are_gil_bound)
{
	struct made *made = python(8, 1.2, 8.8);

	cr_assert_str_eq(found(made), "gil-bound problem");
	cr_assert_float_eq(figure_of(&made->report.findings[0], "gil_wait_share"), 0.88, 1e-9);
	cr_assert(strstr(made->report.findings[0].advice, "processes"));
}

/* A report has room for so many waiters of a lock; its findings are about all of them. */
static struct made *shown_in_part(struct made *made)
{
	struct report_lock *lock = &made->locks[0];

	lock->all_waiters = lock->waiters_count;
	lock->all_holders = lock->holders_count;
	lock->waiters_count = lock->holders_count = 2;
	return made;
}

Test(diagnose_gil, of_many_threads_that_wait_for_the_gil_none_waits_for_another_lock)
{
	struct made *made = shown_in_part(python(8, 1.2, 8.8));

	cr_assert_str_eq(found(made), "gil-bound problem");
	cr_assert_float_eq(figure_of(&made->report.findings[0], "gil_wait_share"), 0.88, 1e-9);
	cr_assert(strstr(made->report.findings[0].title, "one of 8 threads runs"), "%s",
		  made->report.findings[0].title);
}

Test(diagnose_gil, all_holders_take_turns_not_only_those_with_a_row)
{
	struct made *made = shown_in_part(contended(4, 3, 7));

	made->locks[0].holder_state_ns.running = 1;
	found(made);
	cr_assert(strstr(made->report.findings[0].detail, "4 threads take turns with it;"), "%s",
		  made->report.findings[0].detail);
}

Test(diagnose_gil, one_alone_takes_no_turns)
{
	struct made *made = contended(4, 3, 7);

	made->locks[0].holders_count = 1;
	made->locks[0].holder_state_ns.running = 1;
	found(made);
	cr_assert(
		strstr(made->report.findings[0].detail, "Thread worker-0 (101) caused 25 % of it;"),
		"%s", made->report.findings[0].detail);
}

Test(diagnose_gil, is_not_gil_bound_just_below_a_tenth)
{
	cr_assert_str_eq(found(python(4, 9.05, 0.95)), "scales-well ok");
	cr_assert_str_eq(found(python(4, 8.9, 1.1)), "gil-bound problem");
}

/* Two Python threads that exchange messages, and hand over the GIL more often than that. */
Test(diagnose_gil, waits_for_the_gil_are_no_messages)
{
	struct made *made = taking_turns(8, "_PyRuntime", LOCK_GIL, 2, 5.5, 2.5);

	for (int i = 0; i < 2; i++) {
		made_wait(&made->threads[i], WAIT_IPC, 30000, 2, 0);
		made->threads[i].figures.waits[WAIT_LOCK].count = 50000;
	}
	made->locks[0].waits = 100000;
	cr_assert_str_eq(found(made), "gil-bound problem, ipc-bound notice");
	cr_assert_float_eq(figure_of(finding_of(made, FINDING_IPC_BOUND), "running_between_ns"),
			   11e9 / 60000, 1);
}

Test(diagnose_gil, a_python_pool_that_does_io_is_not_gil_bound)
{
	struct made *made = python(10, 0.05, 0.2);

	for (int i = 0; i < 10; i++)
		made_wait(&made->threads[i], WAIT_IO, 100, 9.75, 0);
	cr_assert_str_eq(found(made), "io-bound notice");
}

/* Three that serve a pool have one GIL; where the pool is in processes, more of these is no help.
 */
static const char *advice_of_gil(unsigned int processes)
{
	struct made *made = taking_turns(8, "GIL", LOCK_GIL, 3, 4, 6);

	for (unsigned int i = 0; i < processes; i++)
		made_thread(made, 9, 0)->pid = 500 + i;
	found(made);
	return finding_of(made, FINDING_GIL_BOUND)->advice;
}

Test(diagnose_gil, processes_are_advised_against_the_gil_where_there_are_none_yet)
{
	cr_assert(strstr(advice_of_gil(0), "Use processes"), "%s", advice_of_gil(0));
	cr_assert_null(strstr(advice_of_gil(4), "Use processes"), "%s", advice_of_gil(4));
	cr_assert(strstr(advice_of_gil(4), "chunksize"));
}
