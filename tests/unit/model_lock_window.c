// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/lock_window.h"

#include <criterion/criterion.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_window);

Test(lock_window, of_empty_tables_there_is_nothing_to_report)
{
	scene_open(&scene, 1000);
	cr_assert_eq(scene_report(&scene, 2000)->locks_count, 0);
	cr_assert_eq(scene.moves_count, 0);
	cr_assert_eq(scene.report.more_locks.locks, 0);
}

Test(lock_window, without_tables_a_report_has_no_locks)
{
	struct report report = { 0 };
	struct wait_move *moves;
	size_t count = 1;

	cr_assert_eq(lock_window_report_waits(scene.window, &moves, &count), 0);
	cr_assert_eq(count, 0);
	cr_assert_eq(lock_window_report_end(scene.window, &report), 0);
	cr_assert_null(report.locks);
	lock_window_free(NULL);
}

Test(lock_window, a_lock_that_nobody_waited_for_in_the_window_has_no_row)
{
	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 2);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 700, 30);
	scene_open(&scene, 1000);
	cr_assert_eq(scene_report(&scene, 2000)->locks_count, 0);
}

Test(lock_window, only_what_came_since_the_first_look_is_counted)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct lock_edge *edge = scene_edge(&scene, 9, 5, 11);
	const struct report_lock *lock;

	scene_wait(&scene, edge, 700, 30);
	row->sums[SCENE_SET].timeouts = 4;
	row->sums[SCENE_SET].unattributed_ns = 600;
	scene_open(&scene, 1000);
	scene_wait(&scene, edge, 500, 20);
	scene_wait(&scene, edge, 40, 0);
	row->sums[SCENE_SET].timeouts++;
	row->sums[SCENE_SET].unattributed_ns += 7;
	scene_release(scene_edge(&scene, 10, 5, 12), 540 - 7, 0);
	lock = the_lock(2000);
	cr_assert_eq(lock->waits, 2);
	cr_assert_eq(lock->blocked_ns, 540);
	cr_assert_eq(lock->wait_ns, 560);
	cr_assert_eq(lock->timeouts, 1);
	cr_assert_eq(lock->unattributed_ns, 7);
	cr_assert_eq(lock->waiters_count, 1);
	cr_assert_eq(lock->waiters[0].waits, 2);
	cr_assert_eq(lock->waiters[0].wait_ns, 560);
	cr_assert_eq(lock->histogram_count, 2);
	cr_assert_eq(lock->histogram[0].count + lock->histogram[1].count, 2);
	cr_assert_eq(scene.moves_count, 0, "its waits were taken for what they are");
}

Test(lock_window, a_row_tells_what_is_known_of_its_lock)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene.facts[5].shared = true;
	scene.facts[5].place.symbol = "queue_lock";
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1, 1);
	lock = the_lock(10);
	cr_assert_str_eq(lock->kind, "mutex");
	cr_assert_str_eq(lock->place.symbol, "queue_lock");
	cr_assert(lock->contended && lock->shared);
	cr_assert_eq(lock->pid, SCENE_PID);
	cr_assert_eq(lock->owner_tid, NO_VALUE);
	cr_assert_null(lock->holder_waits_for);
	scene.facts[5].owner_tid = 77;
	cr_assert_eq(the_lock(10)->owner_tid, 77);
}

Test(lock_window, rows_of_one_key_are_put_together_and_others_are_not)
{
	const struct report *report;
	const struct report_lock *lock;

	scene_lock(&scene, 0, 1);
	scene_lock(&scene, LOCK_ROWS - 1, 1);
	scene_lock(&scene, 7, 2);
	scene.facts[7].key[0] = 1;
	scene.facts[7].key[2] = 1; /* equal in two words of three */
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 0, 11), 100, 10);
	scene_wait(&scene, scene_edge(&scene, EDGE_ROWS - 1, LOCK_ROWS - 1, 11), 200, 20);
	scene_wait(&scene, scene_edge(&scene, 2, LOCK_ROWS - 1, 12), 400, 40);
	scene_wait(&scene, scene_edge(&scene, 3, 7, 12), 5, 0);
	report = scene_report(&scene, 2000);
	cr_assert_eq(report->locks_count, 2);
	lock = scene_row(report, "lock-1");
	cr_assert_eq(lock, &report->locks[0], "the longest wait comes first");
	cr_assert_eq(lock->waits, 3);
	cr_assert_eq(lock->wait_ns, 770);
	cr_assert_eq(lock->max_wait_ns, 440);
	cr_assert_eq(lock->waiters_count, 2);
	cr_assert_eq(scene_waiter(lock, 11)->waits, 2);
	cr_assert_eq(scene_waiter(lock, 11)->wait_ns, 330);
	cr_assert_eq(lock->waiters[0].tid, 12);
	cr_assert_eq(scene_row(report, "lock-2")->wait_ns, 5);
}

Test(lock_window, a_row_taken_anew_since_the_first_look_counts_from_nothing)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report *report;

	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 9000, 90);
	scene_open(&scene, 1000);
	*row = (struct lock_row){ .generation = row->generation };
	scene_lock(&scene, 5, 2);
	scene_wait(&scene, scene_edge(&scene, 1, 5, 12), 50, 5);
	report = scene_report(&scene, 2000);
	cr_assert_eq(report->locks_count, 1);
	cr_assert_str_eq(report->locks[0].id, "lock-2");
	cr_assert_eq(report->locks[0].wait_ns, 55);
	cr_assert_eq(report->locks[0].histogram_count, 1);
	cr_assert_eq(report->locks[0].waiters_count, 1, "edges of the old lock are not its own");
	cr_assert_eq(report->locks[0].waiters[0].tid, 12);
}

Test(lock_window, an_edge_taken_anew_since_the_first_look_counts_from_nothing)
{
	struct lock_edge *edge;
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 9000, 90);
	scene_open(&scene, 1000);
	scene.edges[0].lock = 0;
	edge = scene_edge(&scene, 0, 5, 12);
	scene_wait(&scene, edge, 50, 5);
	lock = the_lock(2000);
	cr_assert_eq(lock->waiters_count, 1);
	cr_assert_eq(lock->waiters[0].wait_ns, 55);
	/* The same slot has come to serve another thread. */
	edge->slot = 11;
	edge->slot_generation = 2;
	cr_assert_eq(the_lock(2000)->waiters[0].wait_ns, 55);
}

Test(lock_window, rows_and_edges_of_other_sets_are_left_out)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_lock(&scene, 6, 2)->sets = 1 << (SCENE_SET + 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 10);
	scene_wait(&scene, scene_edge(&scene, 1, 6, 12), 100, 10);
	scene_edge(&scene, 2, 5, 13)->sets = 1;
	scene.edges[2].waits = 3;
	row->sums[0] = (struct lock_sums){ .waits = 3, .blocked_ns = 5000 };
	row->sums[7] = (struct lock_sums){ .waits = 3, .blocked_ns = 5000 };
	lock = the_lock(1000);
	cr_assert_eq(scene.report.locks_count, 1);
	cr_assert_eq(lock->wait_ns, 110);
	cr_assert_eq(lock->waiters_count, 1);
}

Test(lock_window, an_edge_that_had_to_begin_again_for_the_same_two_counts_from_nothing)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1);
	edge = scene_edge(&scene, 0, 5, 11);
	scene_wait(&scene, edge, 40, 0);
	scene_wait(&scene, edge, 50, 0);
	scene_release(edge, 600, 0);
	scene_open(&scene, 1000);
	edge->lock = 0; /* taken by others meanwhile */
	edge = scene_edge(&scene, 0, 5, 11);
	scene_wait(&scene, edge, 700, 5);
	cr_assert_eq(the_lock(2000)->waiters_count, 1);
	cr_assert_eq(the_lock(2000)->waiters[0].wait_ns, 705);
	scene_release(edge, 90, 0);
	cr_assert_eq(the_lock(2000)->holders[0].blocked_others_ns, 90);
}

Test(lock_window, waits_of_other_sets_before_the_window_are_not_in_its_histogram)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	row->sets = 1;
	row->sums[0] = (struct lock_sums){ .waits = 3, .blocked_ns = 5000 };
	row->histogram[histogram_bucket(1000)] = 3;
	scene_open(&scene, 1000);
	row->sets |= 1 << SCENE_SET;
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 10);
	lock = the_lock(2000);
	cr_assert_eq(lock->histogram_count, 1);
	cr_assert_eq(lock->histogram[0].count, 1);
}

Test(lock_window, the_longest_wait_is_none_from_before_the_window)
{
	struct lock_edge *edge;
	uint64_t longest_ns;

	scene_lock(&scene, 5, 1);
	edge = scene_edge(&scene, 0, 5, 11);
	scene_wait(&scene, edge, 1000000, 0);
	scene_open(&scene, 2000000);
	scene_wait(&scene, edge, 100, 0);
	longest_ns = the_lock(3000000)->max_wait_ns;
	cr_assert_eq(longest_ns, histogram_floor(histogram_bucket(100) + 1) - 1,
		     "as well as the histogram knows it");
	scene_wait(&scene, edge, 1000010, 0);
	cr_assert_eq(the_lock(4000000)->max_wait_ns, 1000010);
	scene_waits(&scene, 5, 12, 3000000);
	cr_assert_eq(the_lock(5000000)->max_wait_ns, 2000000, "one that lasts is longer");
}

Test(lock_window, rows_that_are_free_or_being_taken_are_left_out)
{
	scene_open(&scene, 0);
	scene_lock(&scene, 5, 1);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 10);
	scene.rows[5].address = LOCK_BUSY;
	cr_assert_eq(scene_report(&scene, 1000)->locks_count, 0);
	scene.rows[5].address = 0;
	cr_assert_eq(scene_report(&scene, 1000)->locks_count, 0);
	scene.rows[5].address = LOCK_BUSY + 1;
	cr_assert_eq(scene_report(&scene, 1000)->locks_count, 1);
}

Test(lock_window, edges_that_lead_nowhere_are_left_out)
{
	scene_open(&scene, 0);
	scene_lock(&scene, 5, 1);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 10);
	scene_edge(&scene, 1, 5, 12)->lock = LOCK_ROWS + 1;
	scene.edges[1].waits = 1;
	scene_edge(&scene, 2, 8, 13)->waits = 1; /* a free row */
	cr_assert_eq(the_lock(1000)->waiters_count, 1);
}
