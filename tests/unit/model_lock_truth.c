// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads wait, are woken and run again, and the tables are kept as the probes keep them: then a
 * window's rows say what happened in it.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/lock_scene.h"

#define ROUNDS  2000
#define LOCKS   12 /* rows; each third is a second word of the lock before it */
#define THREADS 10

LOCK_SCENE_SUITE(lock_truth);

/* A thread's wait: blocked until it is woken, then ready until it runs. */
struct happening {
	uint32_t lock;
	uint64_t since_ns;
	uint64_t woken_ns; /* 0: not yet */
	bool waits;
};

struct truth {
	uint64_t now_ns;
	uint64_t opened_ns; /* 0: not yet */
	bool waited_before; /* somebody did when the window opened */
	struct happening threads[THREADS];
	uint64_t waited_ns[THREADS][LOCKS]; /* in the window, and over */
	uint64_t waits[THREADS][LOCKS];
	uint64_t nobodys_ns[LOCKS]; /* in the window: who woke is no target */
	uint64_t misjudged_ns;      /* of those, under the wrong cause */
	uint64_t misjudged;
};

static uint64_t in_window(const struct truth *truth, uint64_t since_ns)
{
	return truth->now_ns - (since_ns > truth->opened_ns ? since_ns : truth->opened_ns);
}

/* As the probes count waiters over time. */
static void move_waiters(struct lock_row *row, int64_t delta, uint64_t now_ns)
{
	uint64_t waiters = row->word >> SET_TIME_BITS;

	row->integral_ns += (uint64_t)set_elapsed(now_ns, row->word) * waiters;
	row->word = (waiters + (uint64_t)delta) << SET_TIME_BITS | now_ns;
	if (delta > 0 && !waiters)
		row->since_ns = now_ns;
}

static struct lock_edge *edge_of(uint32_t thread, uint32_t lock)
{
	return scene_edge(&scene, thread * LOCKS + lock, scene_scattered(lock), thread + 1);
}

static void go_to_sleep(struct truth *truth, uint32_t thread)
{
	struct happening *happening = &truth->threads[thread];
	struct thread_slot *slot;

	*happening = (struct happening){ .lock = (uint32_t)scene_random(&scene, LOCKS),
					 .since_ns = truth->now_ns,
					 .waits = true };
	slot = scene_waits(&scene, scene_scattered(happening->lock), thread + 1, truth->now_ns);
	slot->cause = scene_random(&scene, 2) ? WAIT_LOCK : WAIT_CONDITION;
	move_waiters(&scene.rows[scene_scattered(happening->lock)], 1, truth->now_ns);
}

/* By any thread that runs, if there is one; else by one that is no target. */
static void wake(struct truth *truth, uint32_t thread)
{
	struct happening *happening = &truth->threads[thread];
	struct lock_row *row = &scene.rows[scene_scattered(happening->lock)];
	uint32_t waker = (uint32_t)scene_random(&scene, THREADS);

	happening->woken_ns = truth->now_ns;
	move_waiters(row, -1, truth->now_ns);
	if (truth->threads[waker].waits) {
		row->sums[SCENE_SET].unattributed_ns += row->integral_ns;
		truth->nobodys_ns[happening->lock] += truth->opened_ns ? row->integral_ns : 0;
	} else {
		scene_release(edge_of(waker, happening->lock), row->integral_ns, 0);
	}
	row->integral_ns = 0;
	row->since_ns = truth->now_ns;
}

/* Accounted as the probes do: under the lock, and under the cause that they took it for. */
static void account(struct lock_edge *edge, uint32_t cause, uint64_t blocked_ns, uint64_t ready_ns)
{
	scene_wait(&scene, edge, blocked_ns, ready_ns);
	if (cause == WAIT_LOCK)
		return;
	edge->lock_waits--;
	edge->lock_blocked_ns -= blocked_ns;
	edge->lock_ready_ns -= ready_ns;
}

static void run_again(struct truth *truth, uint32_t thread)
{
	struct happening *happening = &truth->threads[thread];
	struct thread_slot *slot = &scene.slots[thread + 1];

	account(edge_of(thread, happening->lock), slot->cause,
		happening->woken_ns - happening->since_ns, truth->now_ns - happening->woken_ns);
	if (truth->opened_ns) {
		truth->waited_ns[thread][happening->lock] += in_window(truth, happening->since_ns);
		truth->waits[thread][happening->lock]++;
		if (slot->cause != WAIT_LOCK) {
			truth->misjudged_ns += in_window(truth, happening->since_ns);
			truth->misjudged++;
		}
	}
	slot->state = THREAD_RUNNING;
	slot->futex = 0;
	slot->lock.row = 0;
	slot->since_ns = truth->now_ns;
	happening->waits = false;
}

static void go_on(struct truth *truth, size_t steps)
{
	for (size_t i = 0; i < steps; i++) {
		uint32_t thread = (uint32_t)scene_random(&scene, THREADS);

		truth->now_ns += scene_random(&scene, 1000);
		if (!truth->threads[thread].waits)
			go_to_sleep(truth, thread);
		else if (!truth->threads[thread].woken_ns)
			wake(truth, thread);
		else
			run_again(truth, thread);
	}
}

static void begin(struct truth *truth)
{
	memset(scene.edges, 0, (size_t)THREADS * LOCKS * sizeof(*scene.edges));
	memset(scene.slots, 0, SCENE_THREADS * sizeof(*scene.slots));
	*truth = (struct truth){ .now_ns = 1000 };
	for (uint32_t i = 0; i < LOCKS; i++) {
		uint32_t row = scene_scattered(i);

		scene.rows[row] = (struct lock_row){ .generation = scene.rows[row].generation };
		scene_lock(&scene, row, i % 3 == 2 ? i - 1 : i);
	}
	scene_new_window(&scene);
}

static void open_window(struct truth *truth)
{
	truth->opened_ns = truth->now_ns;
	for (uint32_t i = 0; i < THREADS; i++)
		truth->waited_before |= truth->threads[i].waits;
	scene_open(&scene, truth->now_ns);
}

/* The two words of one lock come together in its first. */
static bool is_of(uint32_t lock, uint64_t key)
{
	return lock == key || (lock % 3 == 2 && lock == key + 1);
}

static uint64_t expect_waiter(const struct truth *truth, const struct report_lock *row,
			      uint32_t thread, uint64_t key)
{
	const struct happening *happening = &truth->threads[thread];
	const struct report_waiter *waiter = row ? scene_waiter(row, thread + 1) : NULL;
	uint64_t waits = 0, wait_ns = 0;

	for (uint32_t i = 0; i < LOCKS; i++) {
		if (!is_of(i, key))
			continue;
		waits += truth->waits[thread][i];
		wait_ns += truth->waited_ns[thread][i];
		if (!happening->waits || happening->lock != i)
			continue;
		waits++;
		wait_ns += in_window(truth, happening->since_ns);
	}
	cr_assert_eq(waiter ? waiter->waits : 0, waits);
	cr_assert_eq(waiter ? waiter->wait_ns : 0, wait_ns);
	return wait_ns;
}

/* Nobody has given it up yet. */
static uint64_t open_ns(uint32_t lock, uint64_t now_ns)
{
	const struct lock_row *row = &scene.rows[scene_scattered(lock)];
	uint64_t waiters = row->word >> SET_TIME_BITS;

	return waiters ? row->integral_ns + (uint64_t)set_elapsed(now_ns, row->word) * waiters : 0;
}

static void expect_truth(const struct truth *truth, const struct report *report, uint32_t key)
{
	const struct report_lock *row = scene_row(report, scene.facts[scene_scattered(key)].id);
	uint64_t wait_ns = 0, nobodys_ns = 0, blamed_ns;

	for (uint32_t i = 0; i < THREADS; i++) {
		const struct happening *happening = &truth->threads[i];

		wait_ns += expect_waiter(truth, row, i, key);
		/* Ready, which is not known before it runs: told as blocked meanwhile. */
		if (happening->waits && happening->woken_ns && is_of(happening->lock, key))
			nobodys_ns += truth->now_ns - happening->woken_ns;
	}
	for (uint32_t i = 0; i < LOCKS; i++)
		if (is_of(i, key))
			nobodys_ns += truth->nobodys_ns[i] + open_ns(i, truth->now_ns);
	cr_assert_eq(row ? row->wait_ns : 0, wait_ns, "a row is the sum of its waiters");
	if (!row)
		return;
	cr_assert_leq(row->blocked_ns, row->wait_ns);
	blamed_ns = row->unattributed_ns;
	for (size_t i = 0; i < row->holders_count; i++)
		blamed_ns += row->holders[i].blocked_others_ns;
	cr_assert_eq(blamed_ns, row->blocked_ns, "all of it is somebody's or nobody's");
	if (!truth->waited_before)
		cr_assert_eq(row->unattributed_ns, nobodys_ns);
}

/* All are locks: what the probes took for waits for a condition is moved. */
static void expect_moves(const struct truth *truth)
{
	uint64_t moved_ns = 0, moved = 0, expected_ns = truth->misjudged_ns;
	uint64_t expected = truth->misjudged;

	for (size_t i = 0; i < scene.moves_count; i++) {
		cr_assert_eq(scene.moves[i].to, WAIT_LOCK);
		moved_ns += scene.moves[i].time_ns + scene.moves[i].ready_ns;
		moved += scene.moves[i].count;
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		if (!truth->threads[i].waits || scene.slots[i + 1].cause == WAIT_LOCK)
			continue;
		expected_ns += in_window(truth, truth->threads[i].since_ns);
		expected++;
	}
	cr_assert_eq(moved_ns, expected_ns);
	cr_assert_eq(moved, expected);
}

Test(lock_truth, kept_as_the_probes_keep_them_they_tell_what_happened)
{
	size_t unknown = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct truth truth;

		begin(&truth);
		go_on(&truth, scene_random(&scene, 3) ? scene_random(&scene, 60) : 0);
		open_window(&truth);
		for (int reports = 0; reports < 2; reports++) {
			const struct report *report;

			go_on(&truth, scene_random(&scene, 100));
			report = scene_report(&scene, truth.now_ns);
			for (uint32_t i = 0; i < LOCKS; i++)
				if (i % 3 != 2)
					expect_truth(&truth, report, i);
			expect_moves(&truth);
		}
		unknown += truth.waited_before;
	}
	cr_assert_lt(unknown, ROUNDS * 3 / 4, "windows that opened on nobody: the strict case");
}
