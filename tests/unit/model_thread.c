// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/thread.h"

#include <criterion/criterion.h>

static struct thread_values values_of(const struct thread_slot *slot, uint64_t at_ns, bool ends)
{
	struct thread_values values;

	thread_values_at(slot, 0, at_ns, 0, ends, &values);
	return values;
}

Test(thread, a_run_that_is_going_on_counts_up_to_now)
{
	struct thread_slot slot = { .state = THREAD_RUNNING, .since_ns = 100, .running_ns = 40 };

	cr_assert_eq(values_of(&slot, 160, true).figures.running_ns, 100);
}

Test(thread, a_wait_that_is_going_on_counts_up_to_now_under_its_cause)
{
	struct thread_slot slot = { .state = THREAD_WAITING, .cause = WAIT_IO, .since_ns = 100 };
	struct thread_values values = values_of(&slot, 160, true);

	cr_assert_eq(values.figures.waiting_ns, 60);
	cr_assert_eq(values.figures.waits[WAIT_IO].time_ns, 60);
	cr_assert_eq(values.figures.waits[WAIT_IO].count, 1);
}

Test(thread, a_wait_is_counted_in_the_window_in_which_it_ends)
{
	struct thread_slot slot = { .state = THREAD_WAITING, .cause = WAIT_LOCK, .since_ns = 100 };
	struct thread_values first = values_of(&slot, 150, false), last;

	slot.state = THREAD_RUNNING;
	slot.since_ns = 200;
	slot.waiting_ns = 100;
	slot.waits[WAIT_LOCK] = (struct wait_totals){ .count = 1, .time_ns = 100 };
	last = values_of(&slot, 200, true);
	thread_values_since(&first, &last);
	cr_assert_eq(last.figures.waits[WAIT_LOCK].count, 1);
	cr_assert_eq(last.figures.waits[WAIT_LOCK].time_ns, 50);
	cr_assert_eq(last.clamped, 0);
}

Test(thread, a_wait_that_was_already_over_at_the_first_look_is_not_below_nothing)
{
	struct thread_slot slot = {
		.state = THREAD_WAITING, .cause = WAIT_IO, .since_ns = 100, .wait_row = 0
	};
	struct thread_values first, last;

	slot.syscalls[0].key = WAIT_KEY(WAIT_IO, FILE_NONE, 3);
	first = values_of(&slot, 160, false);
	slot.state = THREAD_RUNNING;
	slot.since_ns = 200;
	slot.syscalls[0].time_ns = 40;
	slot.syscalls[0].count = 1;
	last = values_of(&slot, 200, true);
	thread_values_since(&first, &last);
	cr_assert_eq(last.syscalls[0].time_ns, 0);
	cr_assert_eq(last.syscalls[0].count, 1);
}

Test(thread, a_wait_that_was_over_unknown_to_the_first_look_was_ready_for_the_rest)
{
	struct thread_slot slot = { .state = THREAD_WAITING, .cause = WAIT_LOCK, .since_ns = 100 };
	struct thread_values first = values_of(&slot, 160, false), last;

	/* It had been woken at 150, and got the CPU at 180. */
	slot = (struct thread_slot){
		.state = THREAD_RUNNING, .since_ns = 180, .waiting_ns = 50, .ready_ns = 30
	};
	slot.waits[WAIT_LOCK] = (struct wait_totals){ .count = 1, .time_ns = 50, .ready_ns = 30 };
	last = values_of(&slot, 180, true);
	thread_values_since(&first, &last);
	cr_assert_eq(last.figures.waiting_ns, 0);
	cr_assert_eq(last.figures.ready_ns, 20);
	cr_assert_eq(last.figures.waits[WAIT_LOCK].time_ns, 0);
	cr_assert_eq(last.figures.waits[WAIT_LOCK].ready_ns, 20);
	cr_assert_eq(last.clamped, 0);
}

Test(thread, what_it_did_after_the_look_is_no_part_of_it)
{
	struct thread_slot slot = {
		.state = THREAD_WAITING, .since_ns = 170, .running_ns = 100, .born_ns = 70
	};

	cr_assert_eq(values_of(&slot, 160, true).figures.running_ns, 90);
	slot = (struct thread_slot){ .state = THREAD_RUNNING, .since_ns = 170, .ready_ns = 100 };
	cr_assert_eq(values_of(&slot, 160, true).figures.ready_ns, 90);
	cr_assert_eq(values_of(&slot, 160, true).figures.running_ns, 0);
}

Test(thread, a_woken_thread_that_has_no_cpu_yet_is_ready)
{
	struct thread_slot slot = { .state = THREAD_WAITING,
				    .cause = WAIT_IO,
				    .since_ns = 100,
				    .seq = 2,
				    .look_seq = 3,
				    .look_queued_ns = 140 };
	struct thread_values values = values_of(&slot, 160, true);

	cr_assert_eq(values.figures.ready_ns, 20);
	cr_assert_eq(values.figures.waiting_ns, 40);
}

Test(thread, an_old_look_is_not_believed)
{
	struct thread_slot slot = { .state = THREAD_WAITING,
				    .since_ns = 100,
				    .seq = 4,
				    .look_seq = 3,
				    .look_queued_ns = 140 };

	cr_assert_eq(values_of(&slot, 160, true).figures.ready_ns, 0);
}

Test(thread, a_counter_that_went_backwards_is_counted_and_shown_as_nothing)
{
	struct thread_values from = { .figures.running_ns = 10 }, to = { .figures.running_ns = 7 };

	thread_values_since(&from, &to);
	cr_assert_eq(to.figures.running_ns, 0);
	cr_assert_eq(to.clamped, 1);
}

Test(thread, an_exited_thread_stands_still)
{
	struct thread_slot slot = { .state = THREAD_EXITED, .since_ns = 100, .running_ns = 40 };

	cr_assert_eq(values_of(&slot, 1000, true).figures.running_ns, 40);
}

Test(thread, that_ran_as_soon_as_it_was_born_waited_for_nothing)
{
	struct thread_slot born = { .state = THREAD_RUNNING, .born_ns = 90, .counted_from_ns = 90 };
	struct thread_slot marked = born, coming = born;

	marked.born_ns = 40;
	coming.state = THREAD_NEW;
	cr_assert_eq(thread_born_ready_ns(&born), 0);
	cr_assert_eq(thread_born_ready_ns(&marked), NO_VALUE, "born before it was watched");
	cr_assert_eq(thread_born_ready_ns(&coming), NO_VALUE, "it has not run yet");
	born.born_ready_ns = 7;
	cr_assert_eq(thread_born_ready_ns(&born), 7);
}

/* It ran for 3 at the first look; it waited until 105, ran until 106, and was copied for 100. */
Test(thread, that_moved_while_it_was_copied_has_lost_nothing)
{
	struct thread_slot slot = { .state = THREAD_RUNNING, .since_ns = 10 };
	struct thread_values first = values_of(&slot, 13, false), last;

	slot = (struct thread_slot){ .state = THREAD_WAITING,
				     .since_ns = 106,
				     .running_ns = 5,
				     .waiting_ns = 91,
				     .waits[WAIT_IO] = { .count = 1, .time_ns = 91 } };
	last = values_of(&slot, 100, true);
	thread_values_since(&first, &last);
	cr_assert_eq(last.clamped, 0);
	cr_assert_eq(last.figures.running_ns + last.figures.ready_ns + last.figures.waiting_ns, 87);
	cr_assert_eq(last.figures.waits[WAIT_IO].time_ns, last.figures.waiting_ns);
}

Test(thread, a_run_that_got_shorter_without_a_wait_to_show_for_it_is_a_loss)
{
	struct thread_values first = { .figures.running_ns = 30 };
	struct thread_values last = { .figures.running_ns = 20 };

	thread_values_since(&first, &last);
	cr_assert_eq(last.clamped, 1);
	cr_assert_eq(last.figures.running_ns, 0);
}
