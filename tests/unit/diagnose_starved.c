// SPDX-License-Identifier: BSD-2-Clause
/* Threads that hardly get what their peers get. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

/* The last one waits, the others hardly ever. */
static struct made *unfair(double starved, double peers)
{
	struct made *made = made_report(8, 10);
	struct report_lock *lock = made_lock(made, "index_lock", LOCK_MUTEX, true);

	for (int i = 0; i < 4; i++) {
		double wait = i == 3 ? starved : peers;
		struct report_thread *thread = made_thread(made, 10 - wait, 0);

		made_wait(thread, WAIT_LOCK, 20, wait, 0);
		made_waiter(made, lock, thread, 20, wait);
	}
	made_holder(made, lock, &made->threads[0], starved);
	return made;
}

Test(diagnose_starved, one_that_hardly_gets_the_lock_starves_and_who_has_it_is_named)
{
	struct made *made = unfair(9.4, 0.1);

	cr_assert_str_eq(found(made), "starvation problem, lock-bound problem");
	cr_assert(strstr(made->report.findings[0].title, "worker-3 (104) hardly gets its lock"));
	cr_assert(strstr(made->report.findings[0].detail, "worker-0 (101) had it instead"));
}

Test(diagnose_starved, nobody_starves_just_below_the_thresholds)
{
	cr_assert_null(strstr(found(unfair(6.9, 0.1)), "starvation"));
	cr_assert_null(strstr(found(unfair(9.4, 2)), "starvation"), "its peers wait as well");
}

Test(diagnose_starved, threads_that_all_wait_for_one_holder_do_not_starve)
{
	struct made *made = contended(8, 0.5, 9.5);

	made_thread(made, 9.9, 0.1);
	cr_assert_null(strstr(found(made), "starvation"));
}

/* Four threads on one CPU of which the last has the share that its niceness gives it. */
static struct made *nice(double its)
{
	struct made *made = made_report(1, 10);

	for (int i = 0; i < 3; i++)
		made_thread(made, (9.9 - its) / 3, 10 - (9.9 - its) / 3);
	made_thread(made, its, 10 - its);
	return made;
}

Test(diagnose_starved, one_that_hardly_gets_a_cpu_starves)
{
	struct made *made = nice(0.05);

	cr_assert_str_eq(found(made), "starvation problem, cpu-saturated ok");
	cr_assert(strstr(made->report.findings[0].title, "worker-3 (104) hardly gets a CPU"));
}

Test(diagnose_starved, one_that_gets_a_fifth_of_what_its_peers_get_does_not_starve)
{
	cr_assert_null(strstr(found(nice(0.7)), "starvation"));
}

/* It waits for a CPU longer than it runs, but mostly it sleeps. */
Test(diagnose_starved, one_that_wants_a_cpu_for_a_moment_only_does_not_starve)
{
	struct made *made = made_report(1, 10);

	for (int i = 0; i < 3; i++)
		made_thread(made, 3.3, 6.7);
	made_wait(made_thread(made, 0.01, 3), WAIT_SLEEP, 600, 6.99, 0);
	cr_assert_str_eq(found(made), "cpu-saturated ok");
}

/* A command's child that is born as the command ends. */
Test(diagnose_starved, one_that_waits_for_its_first_turn_does_not_starve)
{
	struct made *made = made_report(2, 0.0013);

	made_thread(made, 0.0012, 0);
	made_thread(made, 0, 0.0013);
	cr_assert_null(strstr(found(made), "starvation"));
}

/* The others lack the CPU as much whenever they want it, but mostly they wait. */
Test(diagnose_starved, nobody_starves_beside_peers_that_run_as_little)
{
	struct made *made = made_report(2, 10);

	made->others = 1.92;
	for (int i = 0; i < 2; i++)
		made_thread(made, 0.3, 9.7);
	for (int i = 0; i < 2; i++)
		made_wait(made_thread(made, 0.1, 3), WAIT_CONDITION, 10, 6.9, 0);
	cr_assert_str_eq(found(made), "cpu-saturated notice");
}

Test(diagnose_starved, nobody_starves_where_all_are_short_of_cpus)
{
	struct made *made = made_report(1, 10);

	for (int i = 0; i < 64; i++)
		made_thread(made, 9.9 / 64, 10 - 9.9 / 64);
	cr_assert_str_eq(found(made), "cpu-saturated ok");
}
