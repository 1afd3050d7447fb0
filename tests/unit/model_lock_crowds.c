// SPDX-License-Identifier: BSD-2-Clause
/* Words that one thread each sleeps on, told together by the function that takes the lock. */
#include "daemon/model/lock_window.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_crowds);

/* A thread's own word, that it sleeps on for a lock of the function's; its key is its row. */
static struct lock_edge *own_word(uint32_t row, const char *function)
{
	struct lock_fact *fact = &scene.facts[row];

	scene_lock(&scene, row, row);
	fact->key[0] = SCENE_PID;
	fact->key[1] = 0;
	fact->key[2] = row;
	fact->kind = LOCK_PARKER;
	fact->confidence = 0.95;
	fact->taken_by = function;
	snprintf(fact->id, sizeof(fact->id), "100:0x%x", row);
	return scene_edge(&scene, row, row, 10 + row);
}

/* Three threads enter monitors for 100, 200 and 300 ns; each is woken by the next one's thread. */
static const struct report *three_in_enter(void)
{
	struct lock_edge *edges[3];

	for (uint32_t i = 0; i < 3; i++)
		edges[i] = own_word(1 + i, "ObjectMonitor::enter");
	scene_open(&scene, 0);
	for (uint32_t i = 0; i < 3; i++) {
		scene_wait(&scene, edges[i], 80 + 100 * i, 20);
		scene_release(scene_edge(&scene, 10 + i, 1 + i, 11 + (i + 1) % 3), 80 + 100 * i, 0);
	}
	return scene_report(&scene, 1000);
}

Test(lock_crowds, are_the_sum_of_their_rows)
{
	const struct report *report = three_in_enter();
	const struct report_lock *crowd = report->lock_crowds;
	uint64_t waits = 0, wait_ns = 0, blocked_ns = 0, blamed_ns = 0;

	cr_assert_eq(report->lock_crowds_count, 1);
	cr_assert_eq(crowd->members, 3);
	for (size_t i = 0; i < report->locks_count; i++) {
		waits += report->locks[i].waits;
		wait_ns += report->locks[i].wait_ns;
		blocked_ns += report->locks[i].blocked_ns;
	}
	cr_assert_eq(crowd->waits, waits);
	cr_assert_eq(crowd->wait_ns, wait_ns);
	cr_assert_eq(crowd->wait_ns, 600);
	cr_assert_eq(crowd->blocked_ns, blocked_ns);
	for (size_t i = 0; i < crowd->holders_count; i++)
		blamed_ns += crowd->holders[i].blocked_others_ns;
	cr_assert_eq(blamed_ns + crowd->unattributed_ns, crowd->blocked_ns);
	cr_assert_eq(crowd->waiters_count, 3);
	cr_assert_eq(scene_waiter(crowd, 13)->wait_ns, 300);
	cr_assert_eq(scene_holder(crowd, 11)->blocked_others_ns, 280);
	cr_assert(crowd->max_wait_ns >= 300, "the longest of all");
	cr_assert(isnan(crowd->convoy), "who else waits is not seen in such a word");
}

Test(lock_crowds, are_named_by_the_function_and_keep_every_row)
{
	const struct report *report = three_in_enter();
	const struct report_lock *crowd = report->lock_crowds;

	cr_assert_str_eq(crowd->id, "100:ObjectMonitor::enter");
	cr_assert_str_eq(crowd->name, "ObjectMonitor::enter");
	cr_assert_str_eq(crowd->kind, "parker");
	cr_assert_float_eq(crowd->confidence, 0.95, 1e-9);
	cr_assert(crowd->contended);
	cr_assert_null(crowd->crowd);
	cr_assert_eq(report->locks_count, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_str_eq(report->locks[i].crowd, crowd->id);
		cr_assert_eq(report->locks[i].members, 1);
	}
}

Test(lock_crowds, are_as_sure_as_the_least_sure_of_their_rows)
{
	struct lock_edge *one = own_word(1, "ReentrantLock.lock");
	struct lock_edge *other = own_word(2, "ReentrantLock.lock");

	scene.facts[2].confidence = 0.9;
	scene_open(&scene, 0);
	scene_wait(&scene, one, 100, 0);
	scene_wait(&scene, other, 100, 0);
	cr_assert_float_eq(scene_report(&scene, 1000)->lock_crowds[0].confidence, 0.9, 1e-9);
}

Test(lock_crowds, are_none_of_one_row_nor_of_two_functions_nor_of_two_processes)
{
	struct lock_edge *edges[] = { own_word(1, "ReentrantLock.lock"),
				      own_word(2, "ObjectMonitor::enter"),
				      own_word(3, "ObjectMonitor::enter") };

	scene.facts[3].key[0] = SCENE_PID + 1;
	scene_open(&scene, 0);
	for (size_t i = 0; i < ARRAY_LEN(edges); i++)
		scene_wait(&scene, edges[i], 100, 0);
	cr_assert_eq(scene_report(&scene, 1000)->lock_crowds_count, 0);
	for (size_t i = 0; i < 3; i++)
		cr_assert_null(scene.report.locks[i].crowd);
}

Test(lock_crowds, have_no_idle_pool_in_them)
{
	struct lock_edge *one = own_word(1, "ObjectMonitor::enter");
	struct lock_edge *other = own_word(2, "ObjectMonitor::enter");

	scene.facts[1].contended = false;
	scene.facts[2].contended = false;
	scene_open(&scene, 0);
	scene_wait(&scene, one, 100, 0);
	scene_wait(&scene, other, 100, 0);
	cr_assert_eq(scene_report(&scene, 1000)->lock_crowds_count, 0);
}

Test(lock_crowds, have_no_word_in_them_that_others_queue_at)
{
	struct lock_edge *one = own_word(1, "LWLockAcquire"), *two = own_word(2, "LWLockAcquire");
	struct lock_edge *three = own_word(3, "LWLockAcquire");

	scene_open(&scene, 0);
	scene_wait(&scene, one, 100, 0);
	scene_wait(&scene, two, 100, 0);
	scene_wait(&scene, three, 100, 0);
	scene.rows[3].sums[SCENE_SET].queued = 1;
	cr_assert_eq(scene_report(&scene, 1000)->lock_crowds[0].members, 2);
	cr_assert_null(scene_row(&scene.report, "100:0x3")->crowd);
}

Test(lock_crowds, have_nothing_in_them_from_before_the_window)
{
	struct lock_edge *one = own_word(1, "LWLockAcquire"), *two = own_word(2, "LWLockAcquire");

	scene_wait(&scene, one, 5000, 0);
	scene_wait(&scene, two, 5000, 0);
	scene_open(&scene, 0);
	cr_assert_eq(scene_report(&scene, 1000)->lock_crowds_count, 0);
	scene_wait(&scene, one, 100, 0);
	scene_wait(&scene, two, 100, 0);
	cr_assert_eq(scene_report(&scene, 2000)->lock_crowds[0].wait_ns, 200);
}
