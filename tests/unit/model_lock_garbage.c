// SPDX-License-Identifier: BSD-2-Clause
/* What holds of a window's rows whatever is in the tables: they change while they are read. */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/unit/lock_scene.h"

#define ROUNDS  2000
#define LOCKS   12 /* rows; each third is a second word of the lock before it */
#define THREADS 10
#define NOW_NS  (1ull << 40)
#define LARGE   (1ull << 62) /* nothing that is fed comes near: it would have been negative */

LOCK_SCENE_SUITE(lock_garbage);

/* Zeros, small and large ones; the same field may grow or shrink from look to look. */
static uint64_t anything(void)
{
	return scene_random(&scene, 3) ? scene_random(&scene, scene_random(&scene, 2) ? 50 : NOW_NS)
				       : 0;
}

static void feed_row(uint32_t lock)
{
	struct lock_row *row = &scene.rows[scene_scattered(lock)];

	scene_lock(&scene, scene_scattered(lock), lock % 3 == 2 ? lock - 1 : lock);
	row->generation = (uint32_t)scene_random(&scene, 3);
	row->address = scene_random(&scene, 8);
	row->sets = (uint32_t)scene_random(&scene, 1 << SETS_MAX);
	row->word = scene_random(&scene, 300) << SET_TIME_BITS | anything();
	row->integral_ns = scene_random(&scene, 2) ? anything() : -anything();
	row->since_ns = anything();
	row->max_ns = anything();
	row->sums[SCENE_SET] = (struct lock_sums){ anything(), anything(), anything(),
						   anything(), anything(), anything() };
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		row->histogram[i] = (uint32_t)scene_random(&scene, 5);
	scene.facts[scene_scattered(lock)].contended = scene_random(&scene, 2);
	scene.facts[scene_scattered(lock)].owner_tid = (uint32_t)scene_random(&scene, THREADS);
}

static struct lock_ref some_ref(void)
{
	uint32_t row = scene_random(&scene, 9)
			       ? scene_scattered((uint32_t)scene_random(&scene, LOCKS)) + 1
			       : (uint32_t)scene_random(&scene, 2 * LOCK_ROWS);

	return (struct lock_ref){ row, (uint32_t)scene_random(&scene, 3) };
}

static void feed_edge(uint32_t at)
{
	struct lock_edge *edge = &scene.edges[at];
	struct lock_ref ref = some_ref();

	*edge = (struct lock_edge){ .lock = ref.row,
				    .lock_generation = ref.generation,
				    .slot = (uint32_t)scene_random(&scene, THREADS),
				    .slot_generation = (uint32_t)scene_random(&scene, 2),
				    .sets = (uint32_t)scene_random(&scene, 1 << SETS_MAX),
				    .tid = (uint32_t)scene_random(&scene, THREADS),
				    .lock_waits = (uint32_t)anything(),
				    .waits = anything(),
				    .blocked_ns = anything(),
				    .ready_ns = anything(),
				    .releases = anything(),
				    .blocked_others_ns = anything(),
				    .asked_ns = anything(),
				    .owned_ns = anything(),
				    .behind = some_ref(),
				    .lock_blocked_ns = anything(),
				    .lock_ready_ns = anything() };
	for (size_t i = 0; i < HOLDER_STATES; i++)
		edge->state_ns[i] = anything();
}

static void feed_slot(uint32_t index)
{
	struct thread_slot *slot = scene_waits(&scene, 0, index, anything());

	slot->state = (uint32_t)scene_random(&scene, 2) ? THREAD_WAITING
							: (uint32_t)scene_random(&scene, 6);
	slot->cause = (uint32_t)scene_random(&scene, WAIT_COUNT);
	slot->generation = (uint32_t)scene_random(&scene, 2);
	slot->futex = scene_random(&scene, 4);
	slot->lock = some_ref();
	slot->futex_flags = (uint32_t)scene_random(&scene, 64);
	slot->past_at = (uint32_t)scene_random(&scene, 40) - 20;
	for (size_t i = 0; i < PAST_ENTRIES; i++)
		slot->past[i] = scene_random(&scene, 4) ? anything() : ~0ull - anything();
}

static void feed(void)
{
	for (uint32_t i = 0; i < LOCKS; i++)
		feed_row(i);
	for (uint32_t i = 0; i < 60; i++)
		feed_edge(i);
	for (uint32_t i = 0; i < THREADS; i++)
		feed_slot(i);
	scene.losses = (struct lock_losses){ anything(), anything() };
}

static void expect_sane_people(const struct report_lock *lock)
{
	const uint64_t *states = (const uint64_t *)&lock->holder_state_ns;

	for (size_t i = 0; i < lock->waiters_count; i++) {
		cr_assert_lt(lock->waiters[i].waits, LARGE);
		cr_assert_lt(lock->waiters[i].wait_ns, LARGE);
		cr_assert(!i || lock->waiters[i].wait_ns <= lock->waiters[i - 1].wait_ns);
	}
	for (size_t i = 0; i < lock->holders_count; i++) {
		cr_assert_lt(lock->holders[i].releases, LARGE);
		cr_assert_lt(lock->holders[i].blocked_others_ns, LARGE);
		cr_assert_not_null(lock->holders[i].evidence);
	}
	for (size_t i = 0; i < HOLDER_STATES; i++)
		cr_assert_lt(states[i], LARGE);
	for (size_t i = 0; i < lock->histogram_count; i++)
		cr_assert_lt(lock->histogram[i].count, 60);
}

static void expect_sane(const struct report_lock *lock)
{
	cr_assert_gt(lock->waits, 0);
	cr_assert_lt(lock->waits, LARGE);
	cr_assert_lt(lock->wait_ns, LARGE);
	cr_assert_lt(lock->blocked_ns, LARGE);
	cr_assert_lt(lock->max_wait_ns, LARGE);
	cr_assert_lt(lock->timeouts, LARGE);
	cr_assert_lt(lock->unattributed_ns, LARGE);
	cr_assert_leq(lock->stackless_ns, lock->wait_ns);
	cr_assert_leq(lock->waiting_now, THREADS);
	cr_assert(lock->convoy >= 0 && lock->convoy <= 1);
	if (lock->waiters_count < 2)
		cr_assert(isnan(lock->fairness));
	else
		cr_assert(lock->fairness > 0 && lock->fairness < 1 + 1e-9);
	expect_sane_people(lock);
}

Test(lock_garbage, whatever_they_hold_no_figure_is_negative)
{
	size_t locks = 0, moves = 0;

	for (int round = 0; round < ROUNDS; round++) {
		const struct report *report;

		scene_new_window(&scene);
		feed();
		scene_open(&scene, anything());
		if (scene_random(&scene, 2))
			feed();
		report = scene_report(&scene, anything());
		for (size_t i = 0; i < report->locks_count; i++)
			expect_sane(&report->locks[i]);
		for (size_t i = 0; i < scene.moves_count; i++) {
			cr_assert_lt(scene.moves[i].count, LARGE);
			cr_assert_lt(scene.moves[i].time_ns, LARGE);
			cr_assert_lt(scene.moves[i].ready_ns, LARGE);
			cr_assert_neq(scene.moves[i].from, scene.moves[i].to);
		}
		cr_assert_lt(report->more_locks.lost_waits, LARGE);
		cr_assert_lt(report->more_locks.lost_ns, LARGE);
		locks += report->locks_count;
		moves += scene.moves_count;
	}
	cr_assert_gt(locks, ROUNDS, "there was something to look at: %zu", locks);
	cr_assert_gt(moves, ROUNDS, "%zu", moves);
}
