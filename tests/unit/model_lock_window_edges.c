// SPDX-License-Identifier: BSD-2-Clause
/* Waits that last while a window opens, or now: only their part within it counts. */
#include "daemon/model/lock_window.h"

#include <criterion/criterion.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_window_edges);

/* TID 11 waits for lock 1, in row 5, since 300 ns; the window opens at 1,000 ns. */
static void wait_through_the_edge(void)
{
	scene_lock(&scene, 5, 1);
	scene_waits(&scene, 5, 11, 300);
	scene_open(&scene, 1000);
}

Test(lock_window_edges, a_wait_that_lasts_is_counted_up_to_now)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 1000);
	scene_waits(&scene, 5, 11, 1500);
	lock = the_lock(4000);
	cr_assert_eq(lock->waits, 1);
	cr_assert_eq(lock->waiting_now, 1);
	cr_assert_eq(lock->wait_ns, 2500);
	cr_assert_eq(lock->blocked_ns, 2500);
	cr_assert_eq(lock->max_wait_ns, 2500);
	cr_assert_eq(lock->waiters[0].wait_ns, 2500);
	cr_assert_eq(the_lock(4100)->wait_ns, 2600, "and anew in the next report");
	cr_assert_eq(the_lock(1400)->wait_ns, 0, "a wait later than now has not begun");
}

Test(lock_window_edges, a_wait_from_before_the_window_that_lasts_is_counted_from_then)
{
	const struct report_lock *lock;

	wait_through_the_edge();
	lock = the_lock(4000);
	cr_assert_eq(lock->waits, 1);
	cr_assert_eq(lock->wait_ns, 3000);
	cr_assert_eq(lock->blocked_ns, 3000);
	cr_assert_eq(scene_waiter(lock, 11)->wait_ns, 3000);
}

Test(lock_window_edges, a_wait_from_before_the_window_that_has_ended_is_counted_from_then)
{
	const struct report_lock *lock;

	wait_through_the_edge();
	scene.slots[11].state = THREAD_RUNNING;
	scene.slots[11].futex = 0;
	scene.slots[11].lock.row = 0;
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 2000 - 300, 60);
	lock = the_lock(4000);
	cr_assert_eq(lock->waits, 1);
	cr_assert_eq(lock->waiting_now, 0);
	cr_assert_eq(lock->blocked_ns, 1000);
	cr_assert_eq(lock->wait_ns, 1060);
	cr_assert_eq(scene_waiter(lock, 11)->wait_ns, 1060);
	cr_assert_eq(the_lock(5000)->wait_ns, 1060, "however often it is asked for");
}

Test(lock_window_edges, a_wait_that_was_over_when_the_window_opened_has_only_its_delay_counted)
{
	const struct report_lock *lock;

	wait_through_the_edge();
	scene.slots[11].state = THREAD_RUNNING;
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 900 - 300, 1500 - 900);
	scene_wait(&scene, scene_edge(&scene, 1, 5, 12), 5000, 0);
	lock = the_lock(9000);
	cr_assert_eq(scene_waiter(lock, 11)->wait_ns, 500);
	cr_assert_eq(scene_waiter(lock, 12)->wait_ns, 5000);
	cr_assert_eq(lock->blocked_ns, 5000, "nothing is taken from others");
	cr_assert_eq(lock->wait_ns, 5500);
}

Test(lock_window_edges, a_wait_from_before_the_window_and_a_later_one_that_lasts_are_told_apart)
{
	const struct report_lock *lock;

	wait_through_the_edge();
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 2000 - 300, 60);
	scene_waits(&scene, 5, 11, 3000);
	lock = the_lock(4000);
	cr_assert_eq(lock->waits, 2);
	cr_assert_eq(lock->wait_ns, 1060 + 1000);
	cr_assert_eq(lock->waiters_count, 1);
	cr_assert_eq(lock->waiters[0].waits, 2);
	cr_assert_eq(lock->waiters[0].wait_ns, lock->wait_ns);
}

Test(lock_window_edges, another_thread_in_the_slot_of_one_that_waited_loses_nothing)
{
	const struct report_lock *lock;

	wait_through_the_edge();
	scene_waits(&scene, 5, 11, 1200)->generation = 2;
	lock = the_lock(4000);
	cr_assert_eq(lock->wait_ns, 2800);
	scene.slots[11].generation = 1;
	scene.slots[11].since_ns = 300;
	scene_lock(&scene, 5, 1); /* taken anew: another lock */
	scene.slots[11].lock.generation = scene.rows[5].generation;
	cr_assert_eq(the_lock(4000)->wait_ns, 3700);
}

Test(lock_window_edges,
     a_thread_that_was_killed_while_it_waited_takes_nothing_from_the_next_in_its_slot)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 40, 0);
	scene_waits(&scene, 5, 11, 300);
	scene_open(&scene, 1000);
	scene.slots[11].state = THREAD_UNKNOWN;
	scene.edges[0].lock = 0;
	edge = scene_edge(&scene, 0, 5, 11);
	edge->slot_generation = 2;
	scene_wait(&scene, edge, 900, 20);
	cr_assert_eq(the_lock(4000)->waiters[0].wait_ns, 920);
	cr_assert_eq(the_lock(4000)->wait_ns, 920);
}

Test(lock_window_edges, threads_that_wait_for_no_lock_or_one_without_a_row_change_nothing)
{
	scene_lock(&scene, 5, 1);
	scene_waits(&scene, 5, 11, 300)->futex = 0;
	scene_waits(&scene, 5, 12, 300)->state = THREAD_READY;
	scene_waits(&scene, 5, 13, 300)->lock.row = 0;
	scene_waits(&scene, 5, 14, 300)->lock.row = LOCK_ROWS + 1;
	scene_waits(&scene, 5, 15, 300)->lock.generation = 77;
	scene_open(&scene, 1000);
	cr_assert_eq(scene_report(&scene, 4000)->locks_count, 0);
	for (uint32_t tid = 11; tid <= 15; tid++)
		cr_assert_null(lock_window_waits_for(scene.window, &scene.slots[tid]));
	scene_waits(&scene, 5, 16, 300);
	cr_assert_str_eq(lock_window_waits_for(scene.window, &scene.slots[16]), "lock-1");
}
