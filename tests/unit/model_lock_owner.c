// SPDX-License-Identifier: BSD-2-Clause
/* Waiting that goes on: for whom, and what the owner has done meanwhile. */
#include <criterion/criterion.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_owner);

static void did(struct thread_slot *slot, uint64_t since_ns, enum holder_state state)
{
	slot->past[slot->past_at++ % PAST_ENTRIES] = since_ns << PAST_STATE_BITS | state;
}

static uint64_t states_sum(const struct report_lock *lock)
{
	const struct report_holder_state *states = &lock->holder_state_ns;

	return states->running + states->ready + states->lock + states->io + states->other;
}

Test(lock_owner, waiting_that_goes_on_for_nobody_known_is_unattributed)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_waits(&scene, 5, 12, 1000);
	scene_unreleased(row, 2, 1000);
	scene_wait(&scene, scene_edge(&scene, 0, 5, 13), 50, 0);
	row->integral_ns = 50;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 50 + 2 * 600);
	row->integral_ns = (uint64_t)-2000;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 50 + 2 * 600, "moves came late");
	scene_release(scene_edge(&scene, 1, 5, 14), 50, 0);
	row->integral_ns = 0;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 2 * 600);
}

Test(lock_owner, waiting_that_goes_on_is_given_to_the_owner)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_waits(&scene, 5, 12, 1000);
	scene_unreleased(row, 2, 1000);
	scene_owns(&scene, 5, 20, 100);
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

Test(lock_owner, an_owner_from_before_the_window_blocks_others_from_then)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_waits(&scene, 5, 11, 200);
	scene_waits(&scene, 5, 12, 200);
	scene_unreleased(row, 2, 200);
	row->integral_ns = 30;
	scene_owns(&scene, 5, 20, 100);
	scene_open(&scene, 1000);
	lock = the_lock(1600);
	cr_assert_eq(lock->wait_ns, 1200);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 1200);
	cr_assert_eq(states_sum(lock), 600);
	scene.facts[5].owner_tid = 0;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 1200);
	/* Released since then, and waited for anew. */
	scene_release(scene_edge(&scene, 0, 5, 20), 1000, 0);
	scene_unreleased(row, 2, 1500);
	row->integral_ns = 0;
	cr_assert_eq(the_lock(1600)->unattributed_ns, 200);
}

Test(lock_owner, an_owner_who_has_released_before_is_one_holder)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	scene_owns(&scene, 5, 20, 100);
	scene_wait(&scene, scene_edge(&scene, 1, 5, 12), 30, 0);
	scene_release(scene_edge(&scene, 0, 5, 20), 30, 0);
	lock = the_lock(1600);
	cr_assert_eq(lock->holders_count, 1);
	cr_assert_eq(lock->holders[0].blocked_others_ns, 630);
	cr_assert_eq(lock->holders[0].releases, 1);
	cr_assert_str_eq(lock->holders[0].evidence, "owner");
}

Test(lock_owner, what_an_owner_has_done_since_the_last_release_is_read_from_its_past)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;
	struct thread_slot *owner;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owner = scene_owns(&scene, 5, 20, 1500);
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

Test(lock_owner, a_past_that_reaches_less_far_leaves_the_rest_unknown)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct thread_slot *owner;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	owner = scene_owns(&scene, 5, 20, 1500);
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

Test(lock_owner, of_a_word_released_after_now_an_owner_has_no_past)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);

	scene_lock(&scene, 6, 1)->since_ns = 1700; /* tables change while they are read */
	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	scene_owns(&scene, 5, 20, 100);
	cr_assert_eq(the_lock(1600)->holders[0].blocked_others_ns, 600);
	cr_assert_eq(states_sum(the_lock(1600)), 0);
}

Test(lock_owner, an_owner_that_stands_still_is_known_by_its_state_alone)
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
	struct thread_slot *owner = scene_owns(&scene, 5, 20, 100);

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

Test(lock_owner, an_owner_of_another_target_leaves_the_waiting_unattributed)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	const struct report_lock *lock;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_unreleased(row, 1, 1000);
	scene_owns(&scene, 5, 20, 100)->state = THREAD_UNKNOWN; /* none of the scene's threads */
	lock = the_lock(1600);
	cr_assert_eq(lock->holders_count, 0);
	cr_assert_eq(lock->unattributed_ns, 600);
	cr_assert_eq(lock->owner_tid, 20);
}

Test(lock_owner, a_holder_that_waits_for_another_lock_leads_there)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct thread_slot *owner = scene_owns(&scene, 5, 20, 100);

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
