// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/lock_scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void scene_make(struct lock_scene *scene)
{
	*scene = (struct lock_scene){
		.rows = calloc(LOCK_ROWS, sizeof(*scene->rows)),
		.edges = calloc(EDGE_ROWS, sizeof(*scene->edges)),
		.facts = calloc(LOCK_ROWS, sizeof(*scene->facts)),
		.slots = calloc(SCENE_THREADS, sizeof(*scene->slots)),
		.random = 42,
	};
	scene_new_window(scene);
	cr_assert(scene->rows && scene->edges && scene->facts && scene->slots);
	scene->tables = (struct lock_tables){ .rows = scene->rows,
					      .edges = scene->edges,
					      .losses = &scene->losses };
}

void scene_free(struct lock_scene *scene)
{
	lock_window_free(scene->window);
	free(scene->rows);
	free(scene->edges);
	free(scene->facts);
	free(scene->slots);
}

void scene_new_window(struct lock_scene *scene)
{
	lock_window_free(scene->window);
	scene->window = lock_window_new(SCENE_SET);
	cr_assert_not_null(scene->window);
}

uint64_t scene_random(struct lock_scene *scene, uint64_t bound)
{
	scene->random = scene->random * 6364136223846793005ull + 1442695040888963407ull;
	return (scene->random >> 20) % bound;
}

uint32_t scene_scattered(uint32_t lock)
{
	return lock * 373 % LOCK_ROWS;
}

struct lock_row *scene_lock(struct lock_scene *scene, uint32_t row, uint64_t key)
{
	struct lock_fact *fact = &scene->facts[row];

	scene->rows[row].address = 0x1000 + 64 * (uint64_t)row;
	scene->rows[row].generation++;
	scene->rows[row].sets = 1 << SCENE_SET;
	*fact = (struct lock_fact){ .key = { key }, .kind = LOCK_MUTEX, .confidence = 0.9 };
	fact->contended = true;
	fact->pid = SCENE_PID;
	snprintf(fact->id, sizeof(fact->id), "lock-%lu", key);
	return &scene->rows[row];
}

struct lock_edge *scene_edge(struct lock_scene *scene, uint32_t at, uint32_t row, uint32_t tid)
{
	struct lock_edge *edge = &scene->edges[at];

	if (edge->lock)
		return edge;
	*edge = (struct lock_edge){ .lock = row + 1,
				    .slot = tid % SCENE_THREADS,
				    .lock_generation = scene->rows[row].generation,
				    .slot_generation = 1,
				    .sets = 1 << SCENE_SET,
				    .tid = tid,
				    .pid = SCENE_PID };
	return edge;
}

void scene_wait(struct lock_scene *scene, struct lock_edge *edge, uint64_t blocked_ns,
		uint64_t ready_ns)
{
	struct lock_row *row = &scene->rows[edge->lock - 1];
	struct lock_sums *sums = &row->sums[SCENE_SET];
	uint64_t wait_ns = blocked_ns + ready_ns;

	sums->waits++;
	sums->blocked_ns += blocked_ns;
	sums->ready_ns += ready_ns;
	row->histogram[histogram_bucket(wait_ns)]++;
	row->max_ns = wait_ns > row->max_ns ? wait_ns : row->max_ns;
	edge->waits++;
	edge->blocked_ns += blocked_ns;
	edge->ready_ns += ready_ns;
	edge->lock_waits++;
	edge->lock_blocked_ns += blocked_ns;
	edge->lock_ready_ns += ready_ns;
}

void scene_release(struct lock_edge *edge, uint64_t blocked_others_ns, uint64_t owned_ns)
{
	edge->releases++;
	edge->blocked_others_ns += blocked_others_ns;
	edge->asked_ns += blocked_others_ns;
	edge->owned_ns += owned_ns;
}

struct thread_slot *scene_waits(struct lock_scene *scene, uint32_t row, uint32_t tid,
				uint64_t since_ns)
{
	struct thread_slot *slot = &scene->slots[tid % SCENE_THREADS];

	*slot = (struct thread_slot){ .state = THREAD_WAITING,
				      .since_ns = since_ns,
				      .cause = WAIT_LOCK,
				      .generation = 1,
				      .index = tid % SCENE_THREADS,
				      .shown_tid = tid,
				      .pid = SCENE_PID,
				      .futex = scene->rows[row].address,
				      .lock = { row + 1, scene->rows[row].generation } };
	return slot;
}

struct thread_slot *scene_owns(struct lock_scene *scene, uint32_t row, uint32_t tid,
			       uint64_t since_ns)
{
	struct thread_slot *slot = &scene->slots[tid % SCENE_THREADS];

	*slot = (struct thread_slot){ .state = THREAD_RUNNING,
				      .since_ns = since_ns,
				      .generation = 1,
				      .index = tid % SCENE_THREADS,
				      .shown_tid = tid,
				      .pid = SCENE_PID };
	scene->facts[row].owner_tid = tid;
	return slot;
}

void scene_unreleased(struct lock_row *row, uint64_t waiters, uint64_t at_ns)
{
	row->word = waiters << SET_TIME_BITS | at_ns;
	row->since_ns = at_ns;
}

static const struct lock_fact *fact_of(void *context, uint32_t row)
{
	return &((struct lock_scene *)context)->facts[row];
}

void scene_open(struct lock_scene *scene, uint64_t now_ns)
{
	cr_assert_eq(lock_window_open(scene->window, &scene->tables, now_ns), 0);
	for (uint32_t i = 0; i < SCENE_THREADS; i++)
		if (scene->slots[i].state)
			cr_assert_eq(
				lock_window_open_thread(scene->window, &scene->slots[i], now_ns),
				0);
}

static void show_thread(struct lock_scene *scene, uint32_t index)
{
	const struct thread_slot *slot = &scene->slots[index];
	struct standing_stack stack = { scene->frames[index], 1, !scene->cut_off };

	if (!slot->state)
		return;
	cr_assert_eq(lock_window_report_thread(scene->window, slot), 0);
	if (stack.frames)
		cr_assert_eq(lock_window_report_stack(scene->window, slot, &stack), 0);
}

const struct report *scene_report(struct lock_scene *scene, uint64_t now_ns)
{
	struct lock_window *window = scene->window;

	scene->report.locks = NULL;
	scene->report.locks_count = 0;
	scene->report.lock_crowds = NULL;
	scene->report.lock_crowds_count = 0;
	scene->report.more_locks = (struct report_more_locks){ 0 };
	cr_assert_eq(lock_window_report_begin(window, &scene->tables, fact_of, scene, now_ns), 0);
	for (uint32_t i = 0; i < SCENE_THREADS; i++)
		show_thread(scene, i);
	cr_assert_eq(lock_window_report_waits(window, &scene->moves, &scene->moves_count), 0);
	cr_assert_eq(lock_window_report_end(window, &scene->report), 0);
	return &scene->report;
}

const struct report_lock *scene_row(const struct report *report, const char *id)
{
	for (size_t i = 0; i < report->locks_count; i++)
		if (!strcmp(report->locks[i].id, id))
			return &report->locks[i];
	return NULL;
}

const struct report_waiter *scene_waiter(const struct report_lock *lock, uint64_t tid)
{
	for (size_t i = 0; i < lock->waiters_count; i++)
		if (lock->waiters[i].tid == tid)
			return &lock->waiters[i];
	return NULL;
}

const struct report_holder *scene_holder(const struct report_lock *lock, uint64_t tid)
{
	for (size_t i = 0; i < lock->holders_count; i++)
		if (lock->holders[i].tid == tid)
			return &lock->holders[i];
	return NULL;
}

const struct report_lock *scene_first_lock(struct lock_scene *scene, uint64_t now_ns)
{
	const struct report_lock *lock = scene_row(scene_report(scene, now_ns), "lock-1");

	cr_assert_not_null(lock);
	return lock;
}
