// SPDX-License-Identifier: BSD-2-Clause
/* Who waited and who ended waits, by the edges of threads and locks; and waits of another cause. */
#include <criterion/criterion.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_people);

static uint64_t states_sum(const struct report_lock *lock)
{
	const struct report_holder_state *states = &lock->holder_state_ns;

	return states->running + states->ready + states->lock + states->io + states->other;
}

Test(lock_people, who_ended_waits_is_releaser_of_a_lock_and_waker_of_others)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 100, 49);
	scene_release(scene_edge(&scene, 2, 5, 13), 100, 50);
	lock = the_lock(1000);
	cr_assert_eq(lock->holders_count, 2);
	cr_assert_str_eq(scene_holder(lock, 12)->evidence, "releaser");
	cr_assert_str_eq(scene_holder(lock, 13)->evidence, "owner", "named for half of the time");
	cr_assert_eq(scene_holder(lock, 12)->pid, SCENE_PID);
	scene.facts[5].contended = false;
	lock = the_lock(1000);
	cr_assert_str_eq(scene_holder(lock, 12)->evidence, "waker");
	scene.edges[2].owned_ns = 0;
	scene.edges[2].blocked_others_ns = 0;
	cr_assert_str_eq(scene_holder(the_lock(1000), 13)->evidence, "waker", "named never");
}

/* Of short waits the probes ask at one in some. */
Test(lock_people, an_owner_is_who_was_named_when_the_memory_was_asked)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 400, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 100, 10);
	scene.edges[1].asked_ns = 12;
	scene_release(scene_edge(&scene, 2, 5, 13), 100, 4);
	scene.edges[2].asked_ns = 12;
	scene_release(scene_edge(&scene, 3, 5, 14), 100, 0);
	scene.edges[3].asked_ns = 0;
	scene_release(scene_edge(&scene, 4, 5, 15), 100, 1);
	scene.edges[4].asked_ns = 1;
	scene.edges[4].blocked_others_ns = 1000;
	lock = the_lock(1000);
	cr_assert_str_eq(scene_holder(lock, 12)->evidence, "owner");
	cr_assert_str_eq(scene_holder(lock, 13)->evidence, "releaser", "another was named");
	cr_assert_str_eq(scene_holder(lock, 14)->evidence, "releaser", "nobody asked");
	cr_assert_str_eq(scene_holder(lock, 15)->evidence, "releaser", "hardly ever asked");
}

Test(lock_people, only_what_was_asked_since_the_first_look_tells)
{
	scene_lock(&scene, 5, 1);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 50, 0);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 20, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 20, 20);
	cr_assert_str_eq(scene_holder(the_lock(1000), 12)->evidence, "owner");
}

Test(lock_people, holders_of_several_words_are_one_for_each_tid)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 180, 0);
	scene_release(scene_edge(&scene, 1, 5, 12), 100, 0);
	scene_release(scene_edge(&scene, 2, 6, 13), 30, 0);
	scene_release(scene_edge(&scene, 3, 6, 12), 50, 0);
	lock = the_lock(1000);
	cr_assert_eq(lock->holders_count, 2);
	cr_assert_eq(lock->holders[0].tid, 12, "who blocked others longest comes first");
	cr_assert_eq(lock->holders[0].blocked_others_ns, 150);
	cr_assert_eq(lock->holders[0].releases, 2);
	cr_assert_eq(lock->holders[1].blocked_others_ns, 30);
}

Test(lock_people, only_releases_since_the_first_look_are_told)
{
	struct lock_edge *edge;
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	edge = scene_edge(&scene, 1, 5, 12);
	scene_release(edge, 7000, 7000);
	edge->state_ns[HOLDER_IO] = 400;
	scene_release(scene_edge(&scene, 2, 5, 13), 7000, 7000);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	scene_release(edge, 90, 0);
	edge->state_ns[HOLDER_IO] += 60;
	edge->state_ns[HOLDER_RUNNING] += 30;
	lock = the_lock(1000);
	cr_assert_eq(lock->holders_count, 1);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 90);
	cr_assert_str_eq(lock->holders[0].evidence, "releaser");
	cr_assert_eq(lock->holder_state_ns.io, 60);
	cr_assert_eq(lock->holder_state_ns.running, 30);
	cr_assert_eq(states_sum(lock), 90);
}

Test(lock_people, each_state_of_a_holder_has_its_own_sum)
{
	struct lock_edge *edge;
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	edge = scene_edge(&scene, 1, 5, 12);
	scene_release(edge, 90, 0);
	for (uint64_t i = 0; i < HOLDER_STATES; i++)
		edge->state_ns[i] = i + 1;
	lock = the_lock(1000);
	cr_assert_eq(lock->holder_state_ns.running, 1);
	cr_assert_eq(lock->holder_state_ns.ready, 2);
	cr_assert_eq(lock->holder_state_ns.lock, 3);
	cr_assert_eq(lock->holder_state_ns.io, 4);
	cr_assert_eq(lock->holder_state_ns.other, 5 + 6, "a condition is no lock");
}

Test(lock_people, waits_of_another_cause_than_the_locks_kind_says_are_moved)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	edge = scene_edge(&scene, 0, 5, 11);
	scene_wait(&scene, edge, 100, 10);
	scene_wait(&scene, edge, 50, 5);
	edge->lock_waits = 1;
	edge->lock_blocked_ns = 100;
	edge->lock_ready_ns = 10;
	the_lock(1000);
	cr_assert_eq(scene.moves_count, 1);
	cr_assert_eq(scene.moves[0].from, WAIT_CONDITION);
	cr_assert_eq(scene.moves[0].to, WAIT_LOCK);
	cr_assert_eq(scene.moves[0].tid, 11);
	cr_assert_eq(scene.moves[0].pid, SCENE_PID);
	cr_assert_eq(scene.moves[0].count, 1);
	cr_assert_eq(scene.moves[0].time_ns, 50);
	cr_assert_eq(scene.moves[0].ready_ns, 5);
	scene.facts[5].contended = false;
	the_lock(1000);
	cr_assert_eq(scene.moves_count, 1);
	cr_assert_eq(scene.moves[0].from, WAIT_LOCK);
	cr_assert_eq(scene.moves[0].to, WAIT_CONDITION);
	cr_assert_eq(scene.moves[0].time_ns, 100);
	cr_assert_eq(scene.moves[0].ready_ns, 10);
}

Test(lock_people, waits_that_last_are_moved_too_and_all_come_by_tid)
{
	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_waits(&scene, 5, 13, 400)->cause = WAIT_CONDITION;
	scene_waits(&scene, 5, 12, 400);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	scene.edges[0].lock_waits = 0;
	scene.edges[0].lock_blocked_ns = 0;
	the_lock(1000);
	cr_assert_eq(scene.moves_count, 2);
	cr_assert_eq(scene.moves[0].tid, 11);
	cr_assert_eq(scene.moves[1].tid, 13);
	cr_assert_eq(scene.moves[1].from, WAIT_CONDITION);
	cr_assert_eq(scene.moves[1].count, 1);
	cr_assert_eq(scene.moves[1].time_ns, 600);
}

Test(lock_people, only_what_was_waited_since_the_first_look_is_moved)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1)->sets |= 1;
	scene.facts[5].contended = false;
	edge = scene_edge(&scene, 0, 5, 11);
	scene_wait(&scene, edge, 9000, 900);
	scene_open(&scene, 0);
	scene_wait(&scene, edge, 100, 10);
	the_lock(1000);
	cr_assert_eq(scene.moves_count, 1);
	cr_assert_eq(scene.moves[0].count, 1);
	cr_assert_eq(scene.moves[0].time_ns, 100);
	cr_assert_eq(scene.moves[0].ready_ns, 10);
}

Test(lock_people, of_a_lock_wait_from_before_the_window_only_the_rest_is_moved)
{
	scene_lock(&scene, 5, 1);
	scene_waits(&scene, 5, 11, 300);
	scene_open(&scene, 1000);
	scene.slots[11].state = THREAD_RUNNING;
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1700, 60);
	the_lock(4000);
	cr_assert_eq(scene.moves_count, 0, "it was taken for the lock wait that it is");
	scene.facts[5].contended = false;
	the_lock(4000);
	cr_assert_eq(scene.moves_count, 1);
	cr_assert_eq(scene.moves[0].time_ns, 1000);
	cr_assert_eq(scene.moves[0].ready_ns, 60);
}

Test(lock_people, of_a_condition_wait_from_before_the_window_only_the_rest_is_moved)
{
	scene_lock(&scene, 5, 1);
	scene_waits(&scene, 5, 11, 300)->cause = WAIT_CONDITION;
	scene_open(&scene, 1000);
	scene.slots[11].state = THREAD_RUNNING;
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 1700, 60);
	scene_wait(&scene, &scene.edges[0], 30, 0);
	scene.edges[0].lock_waits = 1;
	scene.edges[0].lock_blocked_ns = 30;
	scene.edges[0].lock_ready_ns = 0;
	the_lock(4000);
	cr_assert_eq(scene.moves_count, 1);
	cr_assert_eq(scene.moves[0].count, 1);
	cr_assert_eq(scene.moves[0].time_ns, 1000);
	scene.facts[5].contended = false;
	the_lock(4000);
	cr_assert_eq(scene.moves[0].time_ns, 30);
}

Test(lock_people, sums_read_while_they_are_written_move_nothing_negative)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	edge = scene_edge(&scene, 0, 5, 11);
	scene_wait(&scene, edge, 100, 10);
	edge->lock_waits++;
	edge->lock_blocked_ns += 50;
	edge->lock_ready_ns += 5;
	the_lock(1000);
	cr_assert_eq(scene.moves_count, 0);
}
