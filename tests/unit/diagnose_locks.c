/* SPDX-License-Identifier: BSD-2-Clause */
/* lock-bound and gil-bound. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

Test(diagnose_locks, lock_bound_names_the_lock_and_its_share)
{
	struct made *made = contended(4, 3, 7);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "lock-bound problem");
	finding = &made->report.findings[0];
	cr_assert_str_eq(finding->title,
			 "70 % of all thread time is lock wait for one mutex: index_lock.");
	cr_assert_float_eq(figure_of(finding, "lock_wait_share"), 0.7, 1e-9);
	cr_assert_float_eq(figure_of(finding, "reach_cpus"), 4, 1e-6);
	cr_assert(strstr(finding->detail, "Without it: at most 3.3×."), "%s", finding->detail);
	cr_assert(strstr(finding->advice, "split it"));
}

Test(diagnose_locks, gain_is_bounded_by_the_cpus_and_says_so)
{
	struct made *made = contended(32, 0.3, 9.7);

	found(made);
	cr_assert(strstr(made->report.findings[0].detail, "(then the 8 CPUs limit)"), "%s",
		  made->report.findings[0].detail);
	cr_assert_float_eq(figure_of(&made->report.findings[0], "reach_cpus"), 8, 1e-6);
}

Test(diagnose_locks, is_not_lock_bound_just_below_a_tenth)
{
	cr_assert_str_eq(found(contended(4, 9.05, 0.95)), "scales-well ok");
	cr_assert_str_eq(found(contended(4, 8.9, 1.1)), "lock-bound problem");
}

Test(diagnose_locks, a_lock_behind_full_cpus_is_only_worth_a_notice)
{
	struct made *made = made_report(2, 10);
	struct report_lock *lock = made_lock(made, "index_lock", LOCK_MUTEX, true);

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 4.9, 3.1);

		made_wait(thread, WAIT_LOCK, 100, 2, 0.5);
		made_waiter(made, lock, thread, 100, 2.5);
	}
	cr_assert_str_eq(found(made), "cpu-saturated ok, lock-bound notice");
}

Test(diagnose_locks, tells_what_the_holder_does_meanwhile)
{
	struct made *made = contended(4, 1, 9);
	struct report_frame frame = { .function = "fdatasync" };
	struct report_stack stack = {
		.role = "holder", .wait_ns = 1, .frames = &frame, .frames_count = 1
	};
	const struct report_finding *finding;

	made->locks[0].holders_count = 1;
	made->holders[0][0].blocked_others_ns = made_ns(32.4);
	made->locks[0].holder_state_ns = (struct report_holder_state){ .running = 1, .io = 9 };
	made->locks[0].stacks = &stack;
	made->locks[0].stacks_count = 1;
	found(made);
	finding = &made->report.findings[0];
	cr_assert(strstr(finding->detail, "Thread worker-0 (101) caused 90 % of it;"), "%s",
		  finding->detail);
	cr_assert(strstr(finding->detail, "waiting for I/O 90 % of the time, in fdatasync"));
	cr_assert_eq(strncmp(finding->advice, "Move that I/O out of the section", 32), 0);
}

Test(diagnose_locks, tells_what_the_next_lock_alone_would_bring)
{
	struct made *made = contended(4, 2, 5);
	struct report_lock *second = made_lock(made, "session_lock", LOCK_MUTEX, true);

	for (int i = 0; i < 4; i++) {
		made_wait(&made->threads[i], WAIT_LOCK, 10, 3, 0);
		made_waiter(made, second, &made->threads[i], 10, 3);
	}
	found(made);
	cr_assert(strstr(made->report.findings[0].detail, "Without session_lock alone: 1.4×."),
		  "%s", made->report.findings[0].detail);
}

Test(diagnose_locks, idle_threads_do_not_hide_a_lock)
{
	struct made *made = contended(4, 3, 7);

	for (int i = 0; i < 200; i++)
		made_wait(made_thread(made, 0, 0), WAIT_CONDITION, 1, 10, 0);
	cr_assert_str_eq(found(made), "lock-bound problem");
	cr_assert(strstr(made->report.findings[0].title, "of threads that have work"));
}

/* ---- the GIL ---- */

/* Its wait is lock wait; only its row knows that it is the GIL's. */
static struct made *python(unsigned int threads, double running, double wait)
{
	return taking_turns(4, "GIL", LOCK_GIL, threads, running, wait);
}

Test(diagnose_locks, threads_that_wait_for_the_gil_are_gil_bound)
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

Test(diagnose_locks, of_many_threads_that_wait_for_the_gil_none_waits_for_another_lock)
{
	struct made *made = shown_in_part(python(8, 1.2, 8.8));

	cr_assert_str_eq(found(made), "gil-bound problem");
	cr_assert_float_eq(figure_of(&made->report.findings[0], "gil_wait_share"), 0.88, 1e-9);
	cr_assert(strstr(made->report.findings[0].title, "one of 8 threads runs"), "%s",
		  made->report.findings[0].title);
}

Test(diagnose_locks, all_holders_take_turns_not_only_those_with_a_row)
{
	struct made *made = shown_in_part(contended(4, 3, 7));

	made->locks[0].holder_state_ns.running = 1;
	found(made);
	cr_assert(strstr(made->report.findings[0].detail, "4 threads take turns with it;"), "%s",
		  made->report.findings[0].detail);
}

Test(diagnose_locks, one_alone_takes_no_turns)
{
	struct made *made = contended(4, 3, 7);

	made->locks[0].holders_count = 1;
	made->locks[0].holder_state_ns.running = 1;
	found(made);
	cr_assert(
		strstr(made->report.findings[0].detail, "Thread worker-0 (101) caused 25 % of it;"),
		"%s", made->report.findings[0].detail);
}

Test(diagnose_locks, is_not_gil_bound_just_below_a_tenth)
{
	cr_assert_str_eq(found(python(4, 9.05, 0.95)), "scales-well ok");
	cr_assert_str_eq(found(python(4, 8.9, 1.1)), "gil-bound problem");
}

/* Two Python threads that exchange messages, and hand over the GIL more often than that. */
Test(diagnose_locks, waits_for_the_gil_are_no_messages)
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

Test(diagnose_locks, a_python_pool_that_does_io_is_not_gil_bound)
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

Test(diagnose_locks, processes_are_advised_against_the_gil_where_there_are_none_yet)
{
	cr_assert(strstr(advice_of_gil(0), "Use processes"), "%s", advice_of_gil(0));
	cr_assert_null(strstr(advice_of_gil(4), "Use processes"), "%s", advice_of_gil(4));
	cr_assert(strstr(advice_of_gil(4), "chunksize"));
}

/* ---- a lock built of conditions ---- */

static struct made *baton(unsigned int threads, double together)
{
	struct made *made = made_report(4, 10);
	double running = 9.8 / threads;

	for (unsigned int i = 0; i < threads; i++)
		made_wait(made_thread(made, running, 0), WAIT_CONDITION, 1000, 10 - running, 0);
	made->levels[1] = made_ns(9.8 - together);
	made->levels[2] = made_ns(together);
	made->report.parallelism.time_at_level_ns = made->levels;
	made->report.parallelism.levels = 3;
	return made;
}

Test(diagnose_locks, threads_that_pass_a_baton_are_as_under_a_lock)
{
	struct made *made = baton(4, 0.1);

	cr_assert_str_eq(found(made), "lock-bound problem");
	cr_assert(strstr(made->report.findings[0].title, "take turns"));
	cr_assert_lt(made->report.findings[0].confidence, 0.75, "it is a guess");
}

/* Half of the time at the most is anybody's wait, less what a hand-over takes. */
Test(diagnose_locks, two_threads_that_pass_a_baton_need_not_wait_for_half_of_their_time)
{
	struct made *made = baton(2, 0.1);

	for (int i = 0; i < 2; i++) {
		made->threads[i].figures.waits[WAIT_CONDITION].time_ns -= made_ns(0.4);
		made_wait(&made->threads[i], WAIT_SLEEP, 100, 0.4, 0);
	}
	cr_assert_str_eq(found(made), "lock-bound problem");
	cr_assert(strstr(made->report.findings[0].title, "2 threads take turns"));
}

Test(diagnose_locks, threads_that_run_at_once_now_and_then_pass_no_baton)
{
	cr_assert_str_eq(found(baton(4, 0.6)), "idle ok");
}

/* Each of four waits for a semaphore of its own, in one function; one more lock, with a share. */
static struct made *in_one_function(struct report_lock *crowd, double other_wait)
{
	struct made *made = made_report(8, 10);
	static struct report_waiter waiters[4];

	*crowd = (struct report_lock){ .id = "shared:0.1:7:LWLockAcquire",
				       .name = "LWLockAcquire",
				       .kind = "semaphore",
				       .confidence = 0.9,
				       .contended = true,
				       .members = 4,
				       .waiters = waiters };
	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 3, 0);
		struct report_lock *lock = made_lock(made, "zero+0x10", LOCK_SEMAPHORE, true);

		made_wait(thread, WAIT_LOCK, 100, 7, 0);
		made_waiter(made, lock, thread, 100, 7 - other_wait);
		lock->crowd = crowd->id;
		crowd->waiters[crowd->waiters_count++] = lock->waiters[0];
		crowd->wait_ns += lock->wait_ns;
	}
	if (other_wait > 0) {
		struct report_lock *lock = made_lock(made, "index_lock", LOCK_MUTEX, true);

		for (int i = 0; i < 4; i++)
			made_waiter(made, lock, &made->threads[i], 100, other_wait);
	}
	made->report.lock_crowds = crowd;
	made->report.lock_crowds_count = 1;
	return made;
}

Test(diagnose_locks, words_of_one_thread_each_are_told_together_by_their_function)
{
	struct report_lock crowd;
	struct made *made = in_one_function(&crowd, 0);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "lock-bound problem");
	finding = &made->report.findings[0];
	cr_assert_str_eq(finding->title,
			 "70 % of all thread time is lock wait: 4 threads wait in LWLockAcquire, "
			 "each on a semaphore of its own.");
	cr_assert(strstr(finding->detail, "Which lock LWLockAcquire takes, one or several"), "%s",
		  finding->detail);
	cr_assert(!strstr(finding->detail, "zero+0x10"), "%s", finding->detail);
	cr_assert_float_eq(figure_of(finding, "waiting_threads"), 4, 1e-9);
	cr_assert_float_eq(figure_of(finding, "crowd_wait_ns"), 28e9, 1e-3);
	cr_assert_lt(finding->confidence, 0.9, "no surer than the kind is");
}

Test(diagnose_locks, a_crowd_beside_another_lock_has_its_share)
{
	struct report_lock crowd;
	struct made *made = in_one_function(&crowd, 2);

	found(made);
	cr_assert_str_eq(made->report.findings[0].title,
			 "70 % of all thread time is lock wait, 71 % of it where 4 threads wait in "
			 "LWLockAcquire, each on a semaphore of its own.");
}

Test(diagnose_locks, a_lock_that_is_waited_for_longer_than_the_crowd_comes_first)
{
	struct report_lock crowd;
	struct made *made = in_one_function(&crowd, 5);

	found(made);
	cr_assert_str_eq(made->report.findings[0].title,
			 "70 % of all thread time is lock wait for 2 locks, 71 % of it for "
			 "index_lock.");
}

/* A runtime's own threads compute and never take the program's lock. */
Test(diagnose_locks, who_waits_as_long_as_the_others_of_its_crowd_is_not_starved)
{
	struct report_lock crowd;
	struct made *made = in_one_function(&crowd, 0);

	for (int i = 0; i < 6; i++)
		made_thread(made, 2, 0);
	found(made);
	cr_assert_null(finding_of(made, FINDING_STARVATION));
	made->report.lock_crowds_count = 0;
	for (int i = 0; i < 4; i++)
		made->locks[i].crowd = NULL;
	found(made);
	cr_assert(finding_of(made, FINDING_STARVATION),
		  "what no crowd binds together is as before");
}
