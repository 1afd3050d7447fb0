// SPDX-License-Identifier: BSD-2-Clause
/* How a window's rows come out: figures over their waits, bounds, stacks, names. */
#include "daemon/model/lock_window.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_rows);

Test(lock_rows, fairness_is_over_all_waiters_and_convoy_over_all_waits)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 300, 0);
	cr_assert(isnan(the_lock(1000)->fairness), "of one waiter");
	cr_assert_float_eq(the_lock(1000)->convoy, 0, 1e-12);
	scene_wait(&scene, scene_edge(&scene, 1, 5, 12), 100, 0);
	row->sums[SCENE_SET].queued = 1;
	lock = the_lock(1000);
	cr_assert_float_eq(lock->fairness, 400.0 * 400 / (2 * (300.0 * 300 + 100.0 * 100)), 1e-12);
	cr_assert_float_eq(lock->convoy, 0.5, 1e-12);
}

Test(lock_rows, a_wait_that_lasts_and_found_another_is_in_the_convoy)
{
	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 100)->futex_flags = FUTEX_WATCHED;
	scene_waits(&scene, 5, 12, 200)->futex_flags = FUTEX_WATCHED | FUTEX_QUEUED;
	scene_waits(&scene, 5, 13, 300)->futex_flags = FUTEX_QUEUED;
	cr_assert_float_eq(the_lock(1000)->convoy, 2.0 / 3, 1e-12);
}

Test(lock_rows, more_than_a_hundred_people_are_trimmed_and_the_sums_keep_all)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	for (uint32_t i = 0; i < 150; i++) {
		struct lock_edge *edge = scene_edge(&scene, i, 5, 1000 + i);

		scene_wait(&scene, edge, 10 + i, 0);
		scene_release(edge, 5 + i, 0);
	}
	lock = the_lock(1000);
	cr_assert_eq(lock->waiters_count, LOCK_PEOPLE_IN_ROW);
	cr_assert_eq(lock->holders_count, LOCK_PEOPLE_IN_ROW);
	cr_assert_eq(lock->waiters[0].tid, 1149);
	cr_assert_eq(lock->waiters[99].wait_ns, 10 + 50);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 5 + 149);
	cr_assert_eq(lock->all_waiters, 150);
	cr_assert_eq(lock->waiters[149].tid, 1000, "findings are about all of them");
	cr_assert_eq(lock->all_holders, 150);
	cr_assert_eq(lock->more_waiters, 50);
	cr_assert_eq(lock->more_waiters_ns, 50 * 10 + 49 * 50 / 2);
	cr_assert_eq(lock->more_holders, 50);
	cr_assert_eq(lock->more_holders_ns, 50 * 5 + 49 * 50 / 2);
	cr_assert_eq(lock->unattributed_ns, 150 * 5);
	cr_assert_eq(lock->waits, 150);
	cr_assert_eq(lock->wait_ns, 150 * 10 + 149 * 150 / 2);
	cr_assert_gt(lock->fairness, 0.7);
}

/* A rwlock has two words, of which one may have been waited for since before the attach. */
Test(lock_rows, what_a_lock_is_tells_the_word_that_most_is_known_of)
{
	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 1);
	scene.facts[5].kind = LOCK_FUTEX;
	scene.facts[5].confidence = 0;
	scene.facts[6].kind = LOCK_RWLOCK;
	scene.facts[6].confidence = 0.97;
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	scene_wait(&scene, scene_edge(&scene, 1, 6, 12), 100, 0);
	cr_assert_eq(the_lock(1000)->waits, 2);
	cr_assert_str_eq(the_lock(1000)->kind, "rwlock");
}

/* Their rows made room for others', or who released it is another session's. */
Test(lock_rows, what_no_holder_is_known_for_is_unattributed)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1)->sums[SCENE_SET].unattributed_ns = 0;
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 7);
	scene_release(scene_edge(&scene, 1, 5, 12), 60, 0);
	lock = the_lock(1000);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 60);
	cr_assert_eq(lock->unattributed_ns, 40);
}

/* The interval that a release ends may have begun before the window. */
Test(lock_rows, no_more_is_blamed_on_holders_than_was_blocked)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_unreleased(row, 1, 1000);
	scene_open(&scene, 1000 + 4930);
	row->word = 0;
	row->since_ns = 6000;
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 5000, 0);
	scene_release(scene_edge(&scene, 2, 5, 13), 30, 0);
	row->sums[SCENE_SET].unattributed_ns = 20;
	lock = the_lock(7000);
	cr_assert_eq(lock->holders[0].tid, 12);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 70);
	cr_assert_eq(lock->holders[1].blocked_others_ns, 30);
	cr_assert_eq(lock->unattributed_ns, 0);
	cr_assert_eq(lock->excess_ns, 4930);
}

/* Nobody knows whose it was. */
Test(lock_rows, what_is_too_much_without_a_reason_is_taken_off_all_holders_alike_and_told)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1000, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 1500, 0);
	scene_release(scene_edge(&scene, 2, 5, 13), 500, 0);
	lock = the_lock(1000);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 750);
	cr_assert_eq(lock->holders[1].blocked_others_ns, 250);
	cr_assert_eq(lock->excess_ns, 1000);
}

/* A holder of an hour, seen for some seconds. */
Test(lock_rows, a_holder_did_nothing_for_longer_than_others_were_blocked)
{
	struct lock_edge *edge;
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1000, 0);
	edge = scene_edge(&scene, 1, 5, 12);
	scene_release(edge, 1000, 0);
	edge->state_ns[HOLDER_RUNNING] = 1000;
	edge->state_ns[HOLDER_IO] = 3000;
	lock = the_lock(1000);
	cr_assert_eq(lock->holder_state_ns.running, 250);
	cr_assert_eq(lock->holder_state_ns.io, 750);
}

Test(lock_rows, at_most_a_thousand_locks_have_rows_and_the_rest_is_summed)
{
	const struct report *report;

	scene_open(&scene, 0);
	for (uint32_t i = 0; i < 1100; i++) {
		scene_lock(&scene, i, i);
		scene_wait(&scene, scene_edge(&scene, i, i, 11), 100 + i, 0);
	}
	report = scene_report(&scene, 1000);
	cr_assert_eq(report->locks_count, LOCK_ROWS_IN_REPORT);
	cr_assert_eq(report->locks[0].wait_ns, 1199);
	cr_assert_eq(report->locks[999].wait_ns, 200);
	cr_assert_eq(report->more_locks.locks, 100);
	cr_assert_eq(report->more_locks.waits, 100);
	cr_assert_eq(report->more_locks.wait_ns, 100 * 100 + 99 * 100 / 2);
}

Test(lock_rows, what_the_probes_gave_up_is_told_as_a_difference)
{
	scene.losses = (struct lock_losses){ 10, 5000 };
	scene_open(&scene, 0);
	cr_assert_eq(scene_report(&scene, 1000)->more_locks.lost_waits, 0);
	scene.losses = (struct lock_losses){ 13, 5700 };
	cr_assert_eq(scene_report(&scene, 1000)->more_locks.lost_waits, 3);
	cr_assert_eq(scene.report.more_locks.lost_ns, 700);
	cr_assert_eq(scene.report.more_locks.locks, 0);
	scene.losses = (struct lock_losses){ 9, 4000 };
	cr_assert_eq(scene_report(&scene, 1000)->more_locks.lost_waits, 0);
	cr_assert_eq(scene.report.more_locks.lost_ns, 0, "never below nothing");
}

static struct report_frame here[2], there[1];

static int add_stack(uint32_t row, enum stack_role role, uint64_t waits, uint64_t wait_ns,
		     struct report_frame *frames)
{
	struct lock_ref ref = { row + 1, scene.rows[row].generation };

	return lock_window_stack(scene.window, ref, role, waits, wait_ns, frames,
				 frames == here ? 2 : 1, frames == here);
}

Test(lock_rows, equal_stacks_add_up_and_stand_beside_what_has_none)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1000, 0);
	cr_assert_eq(the_lock(2000)->stackless_ns, 1000);
	cr_assert_eq(add_stack(5, STACK_WAITER, 1, 100, here), 0);
	cr_assert_eq(add_stack(5, STACK_WAITER, 2, 200, here), 0);
	cr_assert_eq(add_stack(5, STACK_WAITER, 1, 50, there), 0);
	cr_assert_eq(add_stack(5, STACK_RELEASER, 4, 900, here), 0);
	lock = the_lock(2000);
	cr_assert_eq(lock->stacks_count, 3);
	cr_assert_str_eq(lock->stacks[0].role, "releaser");
	cr_assert_eq(lock->stacks[0].wait_ns, 900);
	cr_assert_str_eq(lock->stacks[1].role, "waiter");
	cr_assert_str_eq(lock->stacks[1].end, "root");
	cr_assert_eq(lock->stacks[1].waits, 3);
	cr_assert_eq(lock->stacks[1].wait_ns, 300);
	cr_assert_eq(lock->stacks[1].frames, here);
	cr_assert_eq(lock->stacks[1].frames_count, 2);
	cr_assert_str_eq(lock->stacks[2].end, "short");
	cr_assert_eq(lock->stackless_ns, 650, "releasers' stacks stand for no wait");
	cr_assert_eq(add_stack(5, STACK_WAITER, 1, 5000, there), 0);
	cr_assert_eq(the_lock(2000)->stackless_ns, 0, "a stack may stand for older waits, too");
}

Test(lock_rows, stacks_of_rows_that_are_gone_are_left_out_and_twenty_are_shown)
{
	static struct report_frame frames[30];

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	cr_assert_eq(add_stack(5, STACK_WAITER, 1, 100, here), 0);
	scene_lock(&scene, 5, 1);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1000, 0);
	cr_assert_eq(the_lock(2000)->stacks_count, 0);
	for (size_t i = 0; i < 30; i++)
		cr_assert_eq(add_stack(5, STACK_WAITER, 1, 10 + i, &frames[i]), 0);
	cr_assert_eq(the_lock(2000)->stacks_count, LOCK_STACKS_IN_ROW);
	cr_assert_eq(the_lock(2000)->stacks[0].wait_ns, 39);
	cr_assert_eq(the_lock(2000)->stackless_ns, 1000 - 30 * 10 - 29 * 30 / 2);
}

Test(lock_rows, stacks_are_bounded_and_known_ones_go_on_adding_up)
{
	static struct report_frame frames[LOCK_STACKS_MAX + 1];

	scene_lock(&scene, 5, 1);
	for (size_t i = 0; i < LOCK_STACKS_MAX; i++)
		cr_assert_eq(add_stack(5, STACK_WAITER, 1, 1, &frames[i]), 0);
	cr_assert_eq(add_stack(5, STACK_WAITER, 1, 1, &frames[LOCK_STACKS_MAX]), -ENOSPC);
	cr_assert_eq(lock_window_lost_stacks(scene.window), 1);
	cr_assert_eq(add_stack(5, STACK_WAITER, 1, 1, &frames[0]), 0);
}

Test(lock_rows, people_are_named_as_the_report_names_its_threads)
{
	static struct report_thread threads[] = { { .tid = 12, .name = "late" },
						  { .tid = 11, .name = "early" } };
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	for (uint32_t tid = 11; tid <= 13; tid++)
		scene_wait(&scene, scene_edge(&scene, tid, 5, tid), tid, 0);
	scene_release(&scene.edges[12], 5, 0);
	scene.report.threads = threads;
	scene.report.threads_count = 2;
	lock = the_lock(1000);
	cr_assert_str_eq(scene_waiter(lock, 11)->name, "early");
	cr_assert_str_eq(scene_waiter(lock, 12)->name, "late");
	cr_assert_str_eq(scene_holder(lock, 12)->name, "late");
	cr_assert_null(scene_waiter(lock, 13)->name, "no thread of the report");
}
