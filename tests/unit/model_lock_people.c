// SPDX-License-Identifier: BSD-2-Clause
/* Who held a lock, by what evidence, what they did meanwhile, and waits of another cause. */
#include <criterion/criterion.h>

#include "lock_scene.h"

static struct lock_scene scene;

static void make(void)
{
	scene_make(&scene);
}

static void end(void)
{
	scene_free(&scene);
}

TestSuite(lock_people, .init = make, .fini = end);

static const struct report_lock *the_lock(uint64_t now_ns)
{
	const struct report_lock *lock = scene_row(scene_report(&scene, now_ns), "lock-1");

	cr_assert_not_null(lock);
	return lock;
}

/* A thread that runs since then, and whom the lock's memory names. */
static struct thread_slot *owns(uint32_t row, uint32_t tid, uint64_t since_ns)
{
	struct thread_slot *slot = &scene.slots[tid % SCENE_THREADS];

	*slot = (struct thread_slot){ .state = THREAD_RUNNING,
				      .since_ns = since_ns,
				      .generation = 1,
				      .index = tid % SCENE_THREADS,
				      .shown_tid = tid,
				      .pid = SCENE_PID };
	scene.facts[row].owner_tid = tid;
	return slot;
}

static void did(struct thread_slot *slot, uint64_t since_ns, enum holder_state state)
{
	slot->past[slot->past_at++ % PAST_ENTRIES] = since_ns << PAST_STATE_BITS | state;
}

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

Test(lock_people, holders_of_several_words_are_one_for_each_tid)
{
	const struct report_lock *lock;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
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
	cr_assert_eq(lock->holder_state_ns.other, 5);
}

Test(lock_people, waiting_that_goes_on_for_nobody_known_is_unattributed)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_waits(&scene, 5, 12, 1000);
	scene_unreleased(row, 2, 1000);
	row->integral_ns = 50;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 50 + 2 * 600);
	row->integral_ns = (uint64_t)-2000;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 0, "moves that came late count negative");
	scene_unreleased(row, 0, 1000);
	row->integral_ns = 50;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 0, "nobody waits");
}

Test(lock_people, waiting_that_goes_on_is_given_to_the_owner)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_waits(&scene, 5, 12, 1000);
	scene_unreleased(row, 2, 1000);
	owns(5, 20, 100);
	lock = the_lock(1600);
	cr_assert_eq(lock->unattributed_ns, 0);
	cr_assert_eq(lock->holders_count, 1);
	cr_assert_eq(lock->holders[0].tid, 20);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 1200);
	cr_assert_eq(lock->holders[0].releases, 0);
	cr_assert_str_eq(lock->holders[0].evidence, "owner");
	cr_assert_eq(lock->owner_tid, 20);
	cr_assert_eq(lock->holder_state_ns.running, 600, "wall time, not once for each waiter");
	cr_assert_eq(states_sum(lock), 600);
}

Test(lock_people, an_owner_from_before_the_window_blocks_others_from_then)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_waits(&scene, 5, 11, 200);
	scene_waits(&scene, 5, 12, 200);
	scene_unreleased(row, 2, 200);
	row->integral_ns = 30;
	owns(5, 20, 100);
	scene_open(&scene, 1000);
	lock = the_lock(1600);
	cr_assert_eq(lock->wait_ns, 1200);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 1200);
	cr_assert_eq(states_sum(lock), 600);
	scene.facts[5].owner_tid = 0;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 1200);
	/* Released since then, and waited for anew. */
	scene_unreleased(row, 2, 1500);
	row->integral_ns = 0;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 200);
}

Test(lock_people, an_owner_who_has_released_before_is_one_holder)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owns(5, 20, 100);
	scene_release(scene_edge(&scene, 0, 5, 20), 30, 0);
	lock = the_lock(1600);
	cr_assert_eq(lock->holders_count, 1);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 630);
	cr_assert_eq(lock->holders[0].releases, 1);
	cr_assert_str_eq(lock->holders[0].evidence, "owner");
}

Test(lock_people, what_an_owner_has_done_since_the_last_release_is_read_from_its_past)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;
	struct thread_slot *owner;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owner = owns(5, 20, 1500);
	owner->state = THREAD_WAITING;
	owner->cause = WAIT_IPC;
	did(owner, 400, HOLDER_OTHER);
	did(owner, 900, HOLDER_LOCK);     /* 50 of it since the release */
	did(owner, 1050, HOLDER_READY);   /* 150 */
	did(owner, 1200, HOLDER_RUNNING); /* 300, until it waits */
	lock = the_lock(1600);
	cr_assert_eq(lock->holder_state_ns.lock, 50);
	cr_assert_eq(lock->holder_state_ns.ready, 150);
	cr_assert_eq(lock->holder_state_ns.running, 300);
	cr_assert_eq(lock->holder_state_ns.io, 100);
	cr_assert_eq(lock->holder_state_ns.other, 0);
}

Test(lock_people, a_past_that_reaches_less_far_leaves_the_rest_unknown)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct thread_slot *owner;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owner = owns(5, 20, 1500);
	did(owner, 1300, HOLDER_IO);
	cr_assert_eq(states_sum(the_lock(1600)), 300);
	cr_assert_eq(the_lock(1600)->holder_state_ns.io, 200);
	for (int i = 0; i < 3 * PAST_ENTRIES; i++)
		did(owner, 1400 + (uint64_t)i, HOLDER_READY);
	cr_assert_eq(states_sum(the_lock(1600)), 1600 - 1400 - 2 * PAST_ENTRIES,
		     "a ring keeps the last ones");
	owner->past[owner->past_at++ % PAST_ENTRIES] = 1490 << PAST_STATE_BITS | HOLDER_STATES;
	cr_assert_eq(states_sum(the_lock(1600)), 100, "what is no state is not gone behind");
	owner->since_ns = 1700;
	owner->past_at = 0;
	cr_assert_eq(the_lock(1600)->holder_state_ns.running, 0, "it began to run after now");
}

Test(lock_people, of_a_word_released_after_now_an_owner_has_no_past)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);

	scene_lock(&scene, 6, 1)->since_ns = 1700; /* tables change while they are read */
	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owns(5, 20, 100);
	cr_assert_eq(the_lock(1600)->holders[0].blocked_others_ns, 600);
	cr_assert_eq(states_sum(the_lock(1600)), 0);
}

Test(lock_people, an_owner_that_stands_still_is_known_by_its_state_alone)
{
	static const struct {
		uint32_t state, cause;
		size_t at;
	} cases[] = {
		{ THREAD_RUNNING, 0, 0 },
		{ THREAD_READY, 0, 1 },
		{ THREAD_WAITING, WAIT_LOCK, 2 },
		{ THREAD_WAITING, WAIT_IO, 3 },
		{ THREAD_WAITING, WAIT_IPC, 3 },
		{ THREAD_WAITING, WAIT_SLEEP, 4 },
		{ THREAD_WAITING, WAIT_STOPPED, 4 },
	};
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct thread_slot *owner = owns(5, 20, 100);

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct report_holder_state *states;

		owner->state = cases[i].state;
		owner->cause = cases[i].cause;
		states = &the_lock(1600)->holder_state_ns;
		cr_assert_eq((&states->running)[cases[i].at], 600, "case %zu", i);
		cr_assert_eq(states_sum(the_lock(1600)), 600, "case %zu", i);
	}
}

Test(lock_people, an_owner_of_another_target_leaves_the_waiting_unattributed)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owns(5, 20, 100)->state = THREAD_UNKNOWN; /* none of the scene's threads */
	lock = the_lock(1600);
	cr_assert_eq(lock->holders_count, 0);
	cr_assert_eq(lock->unattributed_ns, 600);
	cr_assert_eq(lock->owner_tid, 20);
}

Test(lock_people, a_holder_that_waits_for_another_lock_leads_there)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct thread_slot *owner = owns(5, 20, 100);

	scene_lock(&scene, 6, 2);
	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owner->lock = (struct lock_ref){ 7, 1 };
	cr_assert_null(the_lock(1600)->holder_waits_for, "it has come back from there");
	scene_waits(&scene, 6, 20, 1200);
	cr_assert_str_eq(the_lock(1600)->holder_waits_for, "lock-2");
	scene_waits(&scene, 5, 20, 1200);
	cr_assert_null(the_lock(1600)->holder_waits_for, "of itself it is not told");
	scene_waits(&scene, 6, 20, 1200)->lock.generation = 9;
	cr_assert_null(the_lock(1600)->holder_waits_for, "that lock is gone");
}

Test(lock_people, holders_lead_to_the_lock_that_they_waited_for_most)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	for (uint32_t i = 0; i < 3; i++) {
		scene_lock(&scene, 10 + i, 10 + i);
		edge = scene_edge(&scene, 1 + i, 5, 20 + i);
		scene_release(edge, 90, 0);
		edge->state_ns[HOLDER_LOCK] = i == 1 ? 80 : 30;
		edge->behind = (struct lock_ref){ 11 + i, 1 };
	}
	cr_assert_str_eq(the_lock(1000)->holder_waits_for, "lock-11");
}

Test(lock_people, a_holder_that_leads_nowhere_hides_none_that_does)
{
	struct lock_edge *edge;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 2);
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	for (uint32_t i = 0; i < 4; i++) {
		edge = scene_edge(&scene, 1 + i, 5, 20 + i);
		scene_release(edge, 90, 0);
		edge->state_ns[HOLDER_LOCK] = 80 - 10 * i;
	}
	scene.edges[2].behind = (struct lock_ref){ 6, 1 }; /* this lock itself */
	scene.edges[3].behind = (struct lock_ref){ 7, 9 }; /* one that is gone */
	scene.edges[4].behind = (struct lock_ref){ 7, 1 };
	cr_assert_str_eq(the_lock(1000)->holder_waits_for, "lock-2");
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
