// SPDX-License-Identifier: BSD-2-Clause
/* A bounded queue: work is put in by few and taken out by many. */
#include "base/units.h"
#include "cli/workload/sync.h"

#define ROOM 16

enum { PUT, TAKEN, WORK_WAITS, WORK_WAIT_NS, ROOM_WAITS, ROOM_WAIT_NS, DEPTH_MAX };

static struct work_queue {
	pthread_mutex_t mutex;
	pthread_cond_t not_empty;
	pthread_cond_t not_full;
	unsigned int depth;
	unsigned int producing; /* producers that may still put something in */
	bool closed;            /* time is up: nobody waits any more */
} work_queue;

/* One of four, at least one. */
static unsigned int producers(const struct workload_plan *plan)
{
	return (plan->workers + 2) / 4 ? (plan->workers + 2) / 4 : 1;
}

static int queue_prepare(struct arena *arena)
{
	struct work_queue *queue = arena->state;
	int r = mutex_prepare(arena, &queue->mutex);

	if (!r)
		r = condition_prepare(arena, &queue->not_empty);
	if (!r)
		r = condition_prepare(arena, &queue->not_full);
	queue->producing = producers(&arena->plan);
	return r;
}

static const char *queue_role(const struct workload_plan *plan, unsigned int index)
{
	return index < producers(plan) ? "producer" : "consumer";
}

/* One wait, counted and timed in two neighbouring figures. */
static void wait_for(struct worker *worker, pthread_cond_t *condition, struct work_queue *queue,
		     unsigned int figure)
{
	uint64_t from_ns = monotonic_ns();

	pthread_cond_wait(condition, &queue->mutex);
	worker->truth->own[figure]++;
	worker->truth->own[figure + 1] += monotonic_ns() - from_ns;
}

/* It signals when it has let go of the mutex: whom it wakes shall not wait for that. */
static bool put(struct worker *worker, struct work_queue *queue)
{
	bool room;

	mutex_lock_timed(worker, &queue->mutex);
	while (queue->depth == ROOM && !queue->closed)
		wait_for(worker, &queue->not_full, queue, ROOM_WAITS);
	room = !queue->closed;
	if (room) {
		queue->depth++;
		worker->truth->own[PUT]++;
		if (queue->depth > worker->truth->own[DEPTH_MAX])
			worker->truth->own[DEPTH_MAX] = queue->depth;
	}
	pthread_mutex_unlock(&queue->mutex);
	if (room)
		pthread_cond_signal(&queue->not_empty);
	return room;
}

static bool take(struct worker *worker, struct work_queue *queue)
{
	bool found;

	mutex_lock_timed(worker, &queue->mutex);
	while (!queue->depth && queue->producing && !queue->closed)
		wait_for(worker, &queue->not_empty, queue, WORK_WAITS);
	found = queue->depth && !queue->closed;
	if (found) {
		queue->depth--;
		worker->truth->own[TAKEN]++;
	}
	pthread_mutex_unlock(&queue->mutex);
	if (found)
		pthread_cond_signal(&queue->not_full);
	return found;
}

/* Whoever sees that time is up tells those who wait. */
static void leave(struct worker *worker, struct work_queue *queue, bool producer)
{
	mutex_lock_timed(worker, &queue->mutex);
	queue->producing -= producer;
	if (worker->arena->stop)
		queue->closed = true;
	if (queue->closed || !queue->producing) {
		pthread_cond_broadcast(&queue->not_empty);
		pthread_cond_broadcast(&queue->not_full);
	}
	pthread_mutex_unlock(&queue->mutex);
}

static int queue_part(struct worker *worker)
{
	struct arena *arena = worker->arena;
	struct work_queue *queue = arena->state;
	bool producer = worker->index < producers(&arena->plan);

	while (producer && worker_takes_task(worker)) {
		cpu_task_of(worker, arena->plan.task_time_ns);
		if (arena->stop || !put(worker, queue))
			break;
	}
	while (!producer && !arena->stop && take(worker, queue)) {
		cpu_task_of(worker, arena->plan.task_time_ns / 4);
		worker->truth->tasks++;
	}
	leave(worker, queue, producer);
	return 0;
}

const struct workload workload_queue = {
	.name = "queue",
	.summary = "few producers, too slow for many consumers; condition variables",
	.details =
		"One worker in four makes items, each in the task time, and puts them into a "
		"queue with room for 16; the others take them out and need a quarter of the "
		"task time each. The report shows condition as the consumers' cause of waiting: "
		"that is no contention, they have nothing to do. The producers run all the time: "
		"they are the serial part.\n"
		"Try next: partrace report --view threads, sudo partrace run barrier --threads 4",
	.knows = OPTION_TASKS | OPTION_TASK_TIME,
	.workers_min = 2,
	.figures = { [PUT] = { "items_put", FIGURE_ADDS },
		     [TAKEN] = { "items_taken", FIGURE_ADDS },
		     [WORK_WAITS] = { "work_waits", FIGURE_ADDS },
		     [WORK_WAIT_NS] = { "work_wait_ns", FIGURE_ADDS },
		     [ROOM_WAITS] = { "room_waits", FIGURE_ADDS },
		     [ROOM_WAIT_NS] = { "room_wait_ns", FIGURE_ADDS },
		     [DEPTH_MAX] = { "depth_max", FIGURE_IS_MAX } },
	.state_size = sizeof(work_queue),
	.symbol = &work_queue,
	.prepare = queue_prepare,
	.role = queue_role,
	.part = queue_part,
};
