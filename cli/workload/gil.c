// SPDX-License-Identifier: BSD-2-Clause
/* One lock for all that computes, as CPython has it: handed over on request, after 5 ms. */
#include <errno.h>

#include "base/units.h"
#include "cli/workload/sync.h"

#define SWITCH_INTERVAL_NS (5 * NSEC_PER_MSEC)
#define CHECK_EVERY_NS     (100 * NSEC_PER_USEC) /* how often the holder looks for a request */

enum { GIL_WAITS, GIL_WAIT_NS, GIL_HELD_NS, GIL_REQUESTS };

static struct global_interpreter_lock {
	pthread_mutex_t mutex;
	pthread_cond_t free;
	pthread_cond_t switched;
	bool taken;
	unsigned int last_holder;
	uint64_t switches;
	_Atomic bool drop_request;
} global_interpreter_lock;

static int gil_prepare(struct arena *arena)
{
	struct global_interpreter_lock *gil = arena->state;
	int r = mutex_prepare(arena, &gil->mutex);

	if (!r)
		r = condition_prepare(arena, &gil->free);
	return r ? r : condition_prepare(arena, &gil->switched);
}

static struct timespec in_an_interval(void)
{
	uint64_t until_ns = monotonic_ns() + SWITCH_INTERVAL_NS;

	return (struct timespec){ .tv_sec = (time_t)(until_ns / NSEC_PER_SEC),
				  .tv_nsec = (long)(until_ns % NSEC_PER_SEC) };
}

/* Who waited for an interval in which nobody else got it asks for it. */
static void wait_until_free(struct worker *worker, struct global_interpreter_lock *gil)
{
	uint64_t from_ns = monotonic_ns();

	while (gil->taken) {
		uint64_t switches = gil->switches;
		struct timespec until = in_an_interval();
		int error = pthread_cond_timedwait(&gil->free, &gil->mutex, &until);

		if (error == ETIMEDOUT && gil->taken && gil->switches == switches) {
			gil->drop_request = true;
			worker->truth->own[GIL_REQUESTS]++;
		}
	}
	worker->truth->own[GIL_WAITS]++;
	worker->truth->own[GIL_WAIT_NS] += monotonic_ns() - from_ns;
}

/* When it was taken. */
static uint64_t take_gil(struct worker *worker, struct global_interpreter_lock *gil)
{
	pthread_mutex_lock(&gil->mutex);
	if (gil->taken)
		wait_until_free(worker, gil);
	gil->taken = true;
	gil->drop_request = false;
	gil->switches += gil->last_holder != worker->index;
	gil->last_holder = worker->index;
	pthread_cond_signal(&gil->switched);
	pthread_mutex_unlock(&gil->mutex);
	return monotonic_ns();
}

/* On request it is not taken again before somebody else has had it. */
static void drop_gil(struct worker *worker, struct global_interpreter_lock *gil, uint64_t taken_ns)
{
	uint64_t now_ns = monotonic_ns(), switches;

	worker->truth->own[GIL_HELD_NS] += now_ns - taken_ns;
	pthread_mutex_lock(&gil->mutex);
	gil->taken = false;
	switches = gil->switches;
	pthread_cond_signal(&gil->free);
	if (gil->drop_request) {
		while (gil->switches == switches)
			pthread_cond_wait(&gil->switched, &gil->mutex);
		worker->truth->own[GIL_WAIT_NS] += monotonic_ns() - now_ns;
	}
	pthread_mutex_unlock(&gil->mutex);
}

/* Nine tenths of the task compute under the lock, one waits without it. */
static uint64_t gil_service_ns(const struct workload_plan *plan)
{
	return plan->task_time_ns / 10;
}

static int gil_task(struct worker *worker)
{
	struct arena *arena = worker->arena;
	struct global_interpreter_lock *gil = arena->state;
	uint64_t ns = arena->plan.task_time_ns - gil_service_ns(&arena->plan);
	uint64_t taken_ns = take_gil(worker, gil);

	for (uint64_t done_ns = 0; done_ns < ns && !arena->stop; done_ns += CHECK_EVERY_NS) {
		cpu_work(arena, ns - done_ns < CHECK_EVERY_NS ? ns - done_ns : CHECK_EVERY_NS);
		if (gil->drop_request) {
			drop_gil(worker, gil, taken_ns);
			taken_ns = take_gil(worker, gil);
		}
	}
	drop_gil(worker, gil, taken_ns);
	return arena->stop ? 0 : io_round_trip(worker);
}

const struct workload workload_gil = {
	.name = "gil",
	.summary = "arithmetic under one lock for all threads, as in CPython",
	.details =
		"Each task computes for nine tenths of its time under one lock and then waits for "
		"a "
		"round trip without it. Who wants the lock asks for it after 5 ms, and the holder "
		"hands it over: CPython's global interpreter lock. Threads are as slow as one. "
		"With "
		"--procs, and with --fixed, which is the same, each process has a lock of its "
		"own.\n"
		"The lock is a condition variable, as in CPython: the report knows it by the "
		"function that takes it, and shows lock as the cause of waiting.\n"
		"Try next: sudo partrace run gil --threads 4, then sudo partrace run gil --procs 4",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_FIXED,
	.fixed_by_processes = true,
	.has_python_twin = true,
	.figures = { [GIL_WAITS] = { "gil_waits", FIGURE_ADDS },
		     [GIL_WAIT_NS] = { "gil_wait_ns", FIGURE_ADDS },
		     [GIL_HELD_NS] = { "gil_held_ns", FIGURE_ADDS },
		     [GIL_REQUESTS] = { "gil_requests", FIGURE_ADDS } },
	.symbol = &global_interpreter_lock,
	.private_state = true,
	.prepare = gil_prepare,
	.service_ns = gil_service_ns,
	.begin = responder_connect,
	.task = gil_task,
};
