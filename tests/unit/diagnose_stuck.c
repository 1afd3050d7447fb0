/* SPDX-License-Identifier: BSD-2-Clause */
/* deadlock, livelock. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

/* ---- deadlock ---- */

Test(diagnose_stuck, a_deadlock_comes_before_all_else)
{
	struct made *made = contended(4, 3, 7);
	struct report_deadlocked members[2] = {
		{ .tid = 101, .name = "a", .lock_name = "m1", .held_by_tid = 102, .since_ns = -5 },
		{ .tid = 102, .name = "b", .lock_name = "m2", .held_by_tid = 101 },
	};
	struct report_deadlock deadlock = { members, 2 };

	made->report.deadlocks = &deadlock;
	made->report.deadlocks_count = 1;
	cr_assert_str_eq(found(made), "deadlock problem", "and explains the lock wait");
	cr_assert(strstr(made->report.findings[0].detail, "a (101) waits for m1"));
}

/* Each of them had a lock and waited for the next one's, until they were killed. */
static struct made *broken_circle(double waiting_for_lock)
{
	struct made *made = made_report(4, 10);

	for (int i = 0; i < 3; i++)
		made_wait(made_thread(made, 0, 0), WAIT_LOCK, 1, 10, 0);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "m0", "m1", "m2" };
		struct report_lock *lock = made_lock(made, names[i], LOCK_MUTEX, true);

		made_waiter(made, lock, &made->threads[(i + 2) % 3], 1, 10);
		made_holder(made, lock, &made->threads[i], 10);
		lock->holder_waits_for = names[(i + 1) % 3];
		lock->holder_state_ns.lock = made_ns(10 * waiting_for_lock);
		lock->holder_state_ns.running = made_ns(10 * (1 - waiting_for_lock));
		made->threads[i].exited_ns = made_ns(9.9);
	}
	return made;
}

Test(diagnose_stuck, a_circle_that_was_ended_was_a_deadlock)
{
	struct made *made = broken_circle(1);

	cr_assert_str_eq(found(made), "deadlock problem");
	cr_assert_eq(figure_of(&made->report.findings[0], "members"), 3);
}

Test(diagnose_stuck, members_that_ended_and_have_no_row_any_more_were_in_a_circle)
{
	struct made *made = broken_circle(1);

	for (int i = 0; i < 3; i++)
		made->threads[i].tid += 1000;
	cr_assert_str_eq(found(made), "deadlock problem");
}

/* deadlocks[] would have them, but for a timeout. */
Test(diagnose_stuck, a_circle_of_the_living_that_is_no_deadlock_was_not_ended)
{
	struct made *made = broken_circle(1);

	made->threads[1].exited_ns = NO_VALUE;
	cr_assert_null(strstr(found(made), "deadlock"));
}

static const struct report_finding *deadlock_of(struct report_deadlocked *members, size_t count)
{
	static struct report_deadlock deadlock;
	struct made *made = contended(4, 3, 7);

	deadlock = (struct report_deadlock){ members, count };
	made->report.deadlocks = &deadlock;
	made->report.deadlocks_count = 1;
	found(made);
	return &made->report.findings[0];
}

Test(diagnose_stuck, one_thread_waits_for_itself_and_is_told_no_order)
{
	struct report_deadlocked member = {
		.tid = 101, .name = "a", .lock_name = "m1", .held_by_tid = 101
	};
	const struct report_finding *finding = deadlock_of(&member, 1);

	cr_assert_str_eq(finding->title, "A thread waits for itself, and for ever.");
	cr_assert(strstr(finding->detail, "a (101) waits for m1, which it has itself."));
	cr_assert_null(strstr(finding->advice, "order"), "%s", finding->advice);
	cr_assert(strstr(finding->advice, "Take the lock once"), "%s", finding->advice);
}

Test(diagnose_stuck, a_circle_with_a_join_is_told_to_wait_without_the_lock)
{
	struct report_deadlocked members[] = {
		{ .tid = 101, .name = "a", .waits_for = "join", .held_by_tid = 102 },
		{ .tid = 102, .name = "b", .lock_name = "m2", .held_by_tid = 101 },
	};
	const struct report_finding *finding = deadlock_of(members, 2);

	cr_assert_null(strstr(finding->advice, "order"), "%s", finding->advice);
	cr_assert(strstr(finding->advice, "only without the locks"), "%s", finding->advice);
}

Test(diagnose_stuck, holders_that_get_on_are_in_no_deadlock)
{
	cr_assert_null(strstr(found(broken_circle(0.94)), "deadlock"));
}

Test(diagnose_stuck, a_chain_is_no_circle)
{
	struct made *made = broken_circle(1);

	made->locks[2].holder_waits_for = NULL;
	cr_assert_null(strstr(found(made), "deadlock"));
}

/* ---- livelock ---- */

static struct made *polite(unsigned int threads, uint64_t yields)
{
	struct made *made = made_report(4, 10);

	for (unsigned int i = 0; i < threads; i++) {
		struct report_thread *thread = made_thread(made, 9, 1);

		thread->figures.yields = yields;
		thread->figures.involuntary = yields + 50;
	}
	return made;
}

Test(diagnose_stuck, threads_that_all_give_way_all_the_time_are_in_a_livelock)
{
	struct made *made = polite(4, 90000);

	cr_assert_eq(strncmp(found(made), "livelock problem", 16), 0);
	cr_assert_lt(made->report.findings[0].confidence, 0.8, "it may be a busy wait");
}

Test(diagnose_stuck, less_than_a_yield_a_millisecond_is_no_livelock)
{
	cr_assert_null(strstr(found(polite(4, 8900)), "livelock"));
}

Test(diagnose_stuck, others_that_preempt_them_do_not_hide_a_livelock)
{
	struct made *made = polite(4, 20000);

	for (int i = 0; i < 4; i++)
		made->threads[i].figures.involuntary = 200000;
	cr_assert_eq(strncmp(found(made), "livelock problem", 16), 0);
}

Test(diagnose_stuck, one_polite_thread_is_no_livelock)
{
	struct made *made = polite(1, 90000);

	cr_assert_null(strstr(found(made), "livelock"));
}

Test(diagnose_stuck, polite_threads_beside_one_that_works_are_no_livelock)
{
	struct made *made = polite(3, 90000);

	made_thread(made, 9.9, 0.1);
	cr_assert_null(strstr(found(made), "livelock"));
}

Test(diagnose_stuck, polite_threads_that_wait_for_a_lock_are_no_livelock)
{
	struct made *made = polite(4, 90000);

	for (int i = 0; i < 4; i++)
		made_wait(&made->threads[i], WAIT_LOCK, 10, 1, 0);
	cr_assert_null(strstr(found(made), "livelock"));
}

Test(diagnose_stuck, polite_threads_that_sleep_between_are_no_livelock)
{
	struct made *made = made_report(4, 10);

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 6, 2);

		thread->figures.yields = thread->figures.involuntary = 90000;
		made_wait(thread, WAIT_SLEEP, 2000, 2, 0);
		thread->figures.voluntary = 2000;
	}
	cr_assert_null(strstr(found(made), "livelock"));
}

Test(diagnose_stuck, threads_that_come_to_their_end_are_in_no_livelock)
{
	struct made *made = made_report(4, 10);

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 4, 1);

		thread->figures.yields = thread->figures.involuntary = 90000;
	}
	cr_assert_null(strstr(found(made), "livelock"));
}

/* Each runs for 0.6 of the time and sleeps for the rest, so often. */
static struct made *pausing(unsigned int threads, uint64_t sleeps)
{
	struct made *made = made_report(4, 10);

	for (unsigned int i = 0; i < threads; i++) {
		struct report_thread *thread = made_thread(made, 6, 0);

		made_wait(thread, WAIT_SLEEP, sleeps, 4, 0);
		thread->figures.voluntary = sleeps;
	}
	return made;
}

Test(diagnose_stuck, threads_that_all_sleep_for_a_moment_again_and_again_are_in_a_livelock)
{
	struct made *made = pausing(4, 30000);

	cr_assert_eq(strncmp(found(made), "livelock problem", 16), 0);
	cr_assert(strstr(made->report.findings[0].detail, "by short sleeps alone"));
	cr_assert_float_eq(figure_of(&made->report.findings[0], "pauses_per_second"), 12000, 1);
}

Test(diagnose_stuck, sleeps_of_a_millisecond_let_time_pass_and_are_no_livelock)
{
	struct made *made = pausing(4, 7900);

	cr_assert_null(strstr(found(made), "livelock"), "0.51 ms each, 1317 a second of running");
}

Test(diagnose_stuck, threads_that_hardly_run_between_short_sleeps_look_for_work)
{
	struct made *made = made_report(4, 10);

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 2.9, 0);

		made_wait(thread, WAIT_SLEEP, 60000, 7.1, 0);
		thread->figures.voluntary = 60000;
	}
	cr_assert_null(strstr(found(made), "livelock"));
}

Test(diagnose_stuck, threads_that_wait_for_other_things_as_often_are_no_livelock)
{
	struct made *made = pausing(4, 30000);

	for (int i = 0; i < 4; i++) {
		made_wait(&made->threads[i], WAIT_CONDITION, 4000, 0.1, 0);
		made->threads[i].figures.voluntary += 4000;
	}
	cr_assert_null(strstr(found(made), "livelock"));
}
