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
