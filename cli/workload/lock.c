// SPDX-License-Identifier: BSD-2-Clause
#include "base/owned.h"
#include "base/units.h"
#include "cli/workload/sync.h"

#define SHARDS 64

/* Each on a cache line of its own. Only the first is used unless --fixed. */
static struct {
	_Alignas(64) pthread_mutex_t mutex;
} lock_shards[SHARDS];

static int lock_prepare(struct arena *arena)
{
	__typeof__(lock_shards[0]) *shards = arena->state;
	int r = 0;

	for (size_t i = 0; !r && i < SHARDS; i++)
		r = mutex_prepare(arena, &shards[i].mutex);
	return r;
}

static pthread_mutex_t *mutex_of(struct worker *worker)
{
	__typeof__(lock_shards[0]) *shards = worker->arena->state;

	return &shards[worker->arena->plan.fixed ? worker->index % SHARDS : 0].mutex;
}

static int lock_task(struct worker *worker)
{
	struct arena *arena = worker->arena;
	pthread_mutex_t *mutex = mutex_of(worker);
	uint64_t ns = arena->plan.task_time_ns;

	for (uint64_t done_ns = 0; done_ns < ns && !arena->stop; done_ns += SLICE_NS) {
		uint64_t slice_ns = ns - done_ns < SLICE_NS ? ns - done_ns : SLICE_NS;
		uint64_t inside_ns = (uint64_t)((double)slice_ns * arena->plan.lock_share);
		uint64_t from_ns;

		mutex_lock_timed(worker, mutex);
		from_ns = monotonic_ns();
		cpu_work(arena, inside_ns);
		worker->truth->locked_ns += monotonic_ns() - from_ns;
		pthread_mutex_unlock(mutex);
		cpu_work(arena, slice_ns - inside_ns);
	}
	return 0;
}

const struct workload workload_lock = {
	.name = "lock",
	.summary = "arithmetic of which a stated share is done under one mutex",
	.details =
		"Each millisecond of work does --lock-share of it (default 30 %) inside one mutex, "
		"shared between processes with --procs. The report shows lock as the cause of "
		"waiting. With --fixed the data is cut into shards, each with its own mutex, and "
		"the waiting is gone.\n"
		"Try next: partrace run lock --threads 8 --lock-share 80%, partrace run lock "
		"--fixed",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_LOCK_SHARE | OPTION_FIXED,
	.has_python_twin = true,
	.state_size = sizeof(lock_shards),
	.symbol = lock_shards,
	.prepare = lock_prepare,
	.task = lock_task,
};
