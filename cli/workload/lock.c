// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/workload/run.h"

/* The worker's own clock around a contended acquisition; an uncontended one costs no clock. */
static void lock_timed(struct worker *worker)
{
	pthread_mutex_t *mutex = &worker->arena->mutex;
	uint64_t from_ns;

	if (pthread_mutex_trylock(mutex) == 0)
		return;
	from_ns = monotonic_ns();
	pthread_mutex_lock(mutex);
	worker->truth->lock_wait_ns += monotonic_ns() - from_ns;
	worker->truth->lock_waits++;
}

static int lock_task(struct worker *worker)
{
	struct arena *arena = worker->arena;
	uint64_t ns = arena->plan.task_time_ns;

	for (uint64_t done_ns = 0; done_ns < ns && !arena->stop; done_ns += SLICE_NS) {
		uint64_t slice_ns = ns - done_ns < SLICE_NS ? ns - done_ns : SLICE_NS;
		uint64_t inside_ns = (uint64_t)((double)slice_ns * arena->plan.lock_share);
		uint64_t from_ns;

		lock_timed(worker);
		from_ns = monotonic_ns();
		cpu_work(arena, inside_ns);
		worker->truth->locked_ns += monotonic_ns() - from_ns;
		pthread_mutex_unlock(&arena->mutex);
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
		"waiting.\nTry next: partrace run lock --threads 8 --lock-share 80%",
	.task = lock_task,
};
