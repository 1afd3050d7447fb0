// SPDX-License-Identifier: BSD-2-Clause
/* What a holder waited for itself: for which lock, or for none. */
#include <criterion/criterion.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_behind);

/* The holder's own waits for the row: to the probes they do not look like those for a lock. */
static void wait_as_for_an_event(uint32_t row, uint64_t ns)
{
	struct lock_edge *edge = scene_edge(&scene, 2, row, 12);

	scene_wait(&scene, edge, ns, 0);
	edge->lock_waits = 0;
	edge->lock_blocked_ns = 0;
}

/* Where a holder waited for `row`, for 60 ns that look like a lock and 30 that don't. */
static const struct report_holder_state *states_behind(uint32_t row)
{
	struct lock_edge *edge;

	scene_wait(&scene, scene_edge(&scene, 0, 5, 11), 100, 0);
	edge = scene_edge(&scene, 1, 5, 12);
	scene_release(edge, 90, 0);
	edge->state_ns[HOLDER_LOCK] = 60;
	edge->state_ns[HOLDER_CONDITION] = 30;
	edge->behind = (struct lock_ref){ row + 1, 1 };
	return &the_lock(1000)->holder_state_ns;
}

Test(lock_behind, a_holder_that_waits_for_a_lock_that_looks_like_an_event_is_behind_it)
{
	const struct report_holder_state *states;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 2);
	scene_open(&scene, 0);
	wait_as_for_an_event(6, 90);
	states = states_behind(6);
	cr_assert_eq(states->lock, 60 + 30);
	cr_assert_eq(states->other, 0);
	cr_assert_str_eq(the_lock(1000)->holder_waits_for, "lock-2");
}

Test(lock_behind, a_holder_that_waits_for_an_event_that_looks_like_a_lock_is_behind_none)
{
	const struct report_holder_state *states;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 2);
	scene.facts[6].contended = false;
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 2, 6, 12), 60, 0);
	states = states_behind(6);
	cr_assert_eq(states->lock, 0);
	cr_assert_eq(states->other, 60 + 30);
	cr_assert_null(the_lock(1000)->holder_waits_for);
}

Test(lock_behind, holders_lead_to_the_lock_that_they_waited_for_most)
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
		scene_wait(&scene, scene_edge(&scene, 4 + i, 10 + i, 20 + i), 80, 0);
	}
	cr_assert_str_eq(the_lock(1000)->holder_waits_for, "lock-11");
}

Test(lock_behind, a_holder_that_leads_nowhere_hides_none_that_does)
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
	scene_wait(&scene, scene_edge(&scene, 5, 6, 23), 50, 0);
	scene.edges[2].behind = (struct lock_ref){ 6, 1 }; /* this lock itself */
	scene.edges[3].behind = (struct lock_ref){ 7, 9 }; /* one that is gone */
	scene.edges[4].behind = (struct lock_ref){ 7, 1 };
	cr_assert_str_eq(the_lock(1000)->holder_waits_for, "lock-2");
}

/* As Python's GIL, which whoever comes back from any wait waits for a little. */
Test(lock_behind, a_lock_that_all_waited_for_much_shorter_is_not_what_a_holder_waited_for)
{
	const struct report_holder_state *states;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 2);
	scene_open(&scene, 0);
	wait_as_for_an_event(6, 44);
	states = states_behind(6);
	cr_assert_eq(states->lock, 60, "as it looked to the probes");
	cr_assert_eq(states->other, 30);
	cr_assert_null(the_lock(1000)->holder_waits_for);
	scene_wait(&scene, scene_edge(&scene, 2, 6, 12), 1, 0);
	cr_assert_str_eq(the_lock(1000)->holder_waits_for, "lock-2");
}

/* It waited for it just before it had it, and for nothing since then. */
Test(lock_behind, a_lock_is_not_behind_itself)
{
	const struct report_holder_state *states;

	scene_lock(&scene, 5, 1);
	scene_open(&scene, 0);
	wait_as_for_an_event(5, 90);
	states = states_behind(5);
	cr_assert_eq(states->lock, 60);
	cr_assert_eq(states->other, 30);
	cr_assert_null(the_lock(1000)->holder_waits_for);
}

Test(lock_behind, of_a_futex_that_is_not_known_the_holders_own_waits_tell_what_is_no_lock)
{
	const struct report_holder_state *states;

	scene_lock(&scene, 5, 1);
	scene_lock(&scene, 6, 2);
	scene.facts[6].contended = false;
	scene_open(&scene, 0);
	scene_wait(&scene, scene_edge(&scene, 2, 6, 12), 30, 10);
	scene_wait(&scene, scene_edge(&scene, 3, 6, 13), 500, 0);
	states = states_behind(8);
	cr_assert_eq(states->lock, 60 - 40);
	cr_assert_eq(states->other, 30 + 40);
	scene_wait(&scene, scene_edge(&scene, 2, 6, 12), 500, 0);
	states = &the_lock(1000)->holder_state_ns;
	cr_assert_eq(states->lock, 0);
	cr_assert_eq(states->other, 60 + 30);
}
