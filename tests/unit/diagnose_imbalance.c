// SPDX-License-Identifier: BSD-2-Clause
/* Parties that meet: is one of them slower than the others, and who waits for it. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

/* At a barrier: one runs all the time, three a quarter of it. */
static struct made *meeting(double quick, enum lock_kind kind)
{
	struct made *made = made_report(4, 10);
	struct report_lock *lock = made_lock(made, "meeting", kind, false);
	struct report_thread *slow = made_thread(made, 10, 0);

	slow->criticality_ns = made_ns(10 - quick * 3 / 4);
	for (int i = 0; i < 3; i++) {
		struct report_thread *thread = made_thread(made, quick, 0);

		thread->criticality_ns = made_ns(quick / 4);
		made_wait(thread, WAIT_CONDITION, 100, 10 - quick, 0);
		made_waiter(made, lock, thread, 100, 10 - quick);
	}
	made_holder(made, lock, slow, 3 * (10 - quick));
	lock->holder_state_ns.running = made_ns(10);
	return made;
}

Test(diagnose_imbalance, one_slow_party_is_an_imbalance_and_is_named)
{
	struct made *made = meeting(2.5, LOCK_BARRIER);

	cr_assert_str_eq(found(made), "imbalance problem");
	cr_assert(strstr(made->report.findings[0].title, "worker-0 (101)"));
	cr_assert_float_eq(figure_of(&made->report.findings[0], "reach_cpus"), 4, 1e-6);
}

Test(diagnose_imbalance, the_function_that_others_wait_for_is_named_where_samples_know_it)
{
	struct made *made = meeting(2.5, LOCK_BARRIER);
	struct report_coder coders[] = { { .tid = 102 }, { .tid = 101 } };
	struct report_code code[] = {
		{ .function = "of_another",
		  .samples = 90,
		  .threads = &coders[0],
		  .threads_count = 1 },
		{ .function = "merge_all",
		  .samples = 80,
		  .threads = &coders[1],
		  .threads_count = 1 },
	};

	made->report.code = code;
	made->report.code_count = 2;
	cr_assert_str_eq(found(made), "imbalance problem");
	cr_assert(strstr(made->report.findings[0].detail, "merge_all"), "%s",
		  made->report.findings[0].detail);
	code[1].samples = 3;
	cr_assert_str_eq(found(made), "imbalance problem");
	cr_assert_null(strstr(made->report.findings[0].detail, "merge_all"));
}

Test(diagnose_imbalance, parties_that_are_nearly_alike_are_in_balance)
{
	cr_assert_str_eq(found(meeting(9.3, LOCK_BARRIER)), "scales-well ok");
}

Test(diagnose_imbalance, to_join_a_thread_is_no_imbalance)
{
	cr_assert_null(strstr(found(meeting(2.5, LOCK_JOIN)), "imbalance"));
}

Test(diagnose_imbalance, an_idle_pool_whose_dispatcher_is_idle_too_is_no_imbalance)
{
	struct made *made = meeting(0.1, LOCK_CONDITION);

	made->threads[0].figures.running_ns = made_ns(0.2);
	made->threads[0].criticality_ns = made_ns(0.2);
	made_wait(&made->threads[0], WAIT_POLL, 100, 9.8, 0);
	made->locks[0].holder_state_ns = (struct report_holder_state){ .other = made_ns(10) };
	cr_assert_str_eq(found(made), "idle ok");
}

/* ---- each worker has a queue of its own, and one hands out when all are empty ---- */

static struct made *shards(double largest, double others)
{
	struct made *made = made_report(4, 10);
	struct report_lock *done = made_lock(made, "all_done", LOCK_CONDITION, false);
	struct report_thread *dispatcher = made_thread(made, 0.1, 0);
	double alone = largest - others;

	made_wait(dispatcher, WAIT_CONDITION, 100, 9.9, 0);
	made_waiter(made, done, dispatcher, 100, 9.9);
	done->holder_state_ns.running = made_ns(9.9);
	for (int i = 0; i < 4; i++) {
		struct report_lock *queue = made_lock(made, "queue", LOCK_CONDITION, false);
		double running = i ? others : largest;
		struct report_thread *worker = made_thread(made, running, 0);

		worker->criticality_ns = made_ns(i ? others / 4 : alone + others / 4);
		made_wait(worker, WAIT_CONDITION, 100, 10 - running, 0);
		made_waiter(made, queue, worker, 100, 10 - running);
		made_holder(made, queue, dispatcher, 10 - running);
		queue->holder_state_ns = (struct report_holder_state){ .other = made_ns(9.9),
								       .running = made_ns(0.1) };
		made_holder(made, done, worker, i ? 0.3 : 9);
	}
	return made;
}

Test(diagnose_imbalance, who_waits_for_one_that_waits_for_the_slow_one_waits_for_the_slow_one)
{
	struct made *made = shards(9.5, 2);

	cr_assert_str_eq(found(made), "imbalance problem");
	cr_assert(strstr(made->report.findings[0].title, "worker-1 (102)"), "%s",
		  made->report.findings[0].title);
}

Test(diagnose_imbalance, shards_that_are_alike_are_in_balance)
{
	cr_assert_null(strstr(found(shards(5, 4.8)), "imbalance"));
}
