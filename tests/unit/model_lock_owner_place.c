// SPDX-License-Identifier: BSD-2-Clause
/* Where in the code an owner stands while others wait. */
#include <criterion/criterion.h>

#include "tests/unit/lock_scene.h"

LOCK_SCENE_SUITE(lock_owner_place);

static const struct report_frame reads = { .function = "read" };

/* Two wait, and the owner reads since it got the lock. */
static struct thread_slot *owner_reads(void)
{
	struct lock_row *row = scene_lock(&scene, 5, 1);
	struct thread_slot *owner;

	scene_open(&scene, 0);
	scene_waits(&scene, 5, 11, 1000);
	scene_waits(&scene, 5, 12, 1000);
	scene_unreleased(row, 2, 1000);
	owner = scene_owns(&scene, 5, 20, 100);
	owner->state = THREAD_WAITING;
	owner->cause = WAIT_IO;
	scene.frames[owner->index] = &reads;
	return owner;
}

Test(lock_owner_place, where_it_waits_is_told_with_what_others_have_waited_for_that)
{
	const struct report_lock *lock;

	owner_reads();
	lock = the_lock(1600);
	cr_assert_eq(lock->stacks_count, 1);
	cr_assert_str_eq(lock->stacks[0].role, "holder");
	cr_assert_eq(lock->stacks[0].frames, &reads);
	cr_assert_eq(lock->stacks[0].waits, 2);
	cr_assert_eq(lock->stacks[0].wait_ns, 1200);
	cr_assert_str_eq(lock->stacks[0].end, "root");
	cr_assert_eq(lock->stackless_ns, lock->wait_ns, "no waiter's stack is known");
}

/* The report says "mostly asleep", and that with a place to read would be a lie. */
Test(lock_owner_place, where_it_waits_is_not_told_when_holders_mostly_do_something_else)
{
	struct lock_edge *edge;

	owner_reads();
	edge = scene_edge(&scene, 0, 5, 21);
	scene_wait(&scene, scene_edge(&scene, 1, 5, 22), 5000, 0);
	scene_release(edge, 5000, 5000);
	edge->state_ns[HOLDER_OTHER] = 5000;
	cr_assert_eq(the_lock(1600)->stacks_count, 0);
}

Test(lock_owner_place, that_runs_has_no_place)
{
	owner_reads()->state = THREAD_RUNNING;
	cr_assert_eq(the_lock(1600)->stacks_count, 0);
}

Test(lock_owner_place, a_stack_that_is_cut_off_is_not_said_to_go_down_to_the_start)
{
	struct thread_slot *owner = owner_reads();

	scene.frames[scene.slots[11].index] = scene.frames[owner->index];
	scene.cut_off = true;
	cr_assert_eq(the_lock(1600)->stacks_count, 2);
	cr_assert_str_eq(the_lock(1600)->stacks[0].end, "short");
	cr_assert_str_eq(the_lock(1600)->stacks[1].end, "short");
}
