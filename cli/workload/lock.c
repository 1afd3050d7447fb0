// SPDX-License-Identifier: BSD-2-Clause
#include "base/owned.h"
#include "base/units.h"
#include <errno.h>
#include <stdio.h>

#include "cli/workload/lock_phase.h"

#define SHARDS 64

enum { KIND_SLICES, KIND_PHASES };

static const char *const kinds[] = { [KIND_SLICES] = "slices", [KIND_PHASES] = "phases", NULL };

struct shard {
	_Alignas(64) pthread_mutex_t mutex;
};

/* Each on a cache line of its own. Only the first is used unless --fixed. */
static struct lock_state {
	struct shard shards[SHARDS];
	struct lock_phase phase;
} lock_shards;

static int lock_check(struct workload_plan *plan, char *why, size_t size)
{
	if (plan->choice != KIND_PHASES || !plan->fixed)
		return 0;
	snprintf(why, size,
		 "--kind phases has no cure, as its serial part stays serial; "
		 "leave out --fixed, or give a smaller --lock-share");
	return -EINVAL;
}

static int lock_prepare(struct arena *arena)
{
	struct lock_state *state = arena->state;
	int r = 0;

	for (size_t i = 0; !r && i < SHARDS; i++)
		r = mutex_prepare(arena, &state->shards[i].mutex);
	return r ? r : lock_phase_prepare(arena, &state->phase);
}

static pthread_mutex_t *mutex_of(struct worker *worker)
{
	struct lock_state *state = worker->arena->state;

	return &state->shards[worker->arena->plan.fixed ? worker->index % SHARDS : 0].mutex;
}

static void lock_task(struct worker *worker)
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
}

static int lock_part(struct worker *worker)
{
	struct lock_state *state = worker->arena->state;

	if (worker->arena->plan.choice == KIND_PHASES)
		return lock_phase_part(worker, mutex_of(worker), &state->phase);
	while (worker_takes_task(worker)) {
		lock_task(worker);
		if (!worker->arena->stop)
			worker->truth->tasks++;
	}
	return 0;
}

static void lock_tell(const struct workload_plan *plan, const struct workload_result *result,
		      json_t *truth)
{
	(void)result;
	json_object_set_new(truth, "kind", json_string(kinds[plan->choice]));
}

const struct workload workload_lock = {
	.name = "lock",
	.summary = "arithmetic of which a stated share is done under one mutex",
	.details =
		"Each millisecond of work does --lock-share of it (default 70 %) inside one mutex, "
		"shared between processes with --procs. The report shows lock as the cause of "
		"waiting. With --fixed the data is cut into shards, each with its own mutex, and "
		"the waiting is gone.\n"
		"While one holds the mutex, the others do the rest of their work, so the share "
		"shows when the lock is taken all the time: N workers gain at most 1 / share. With "
		"--kind phases nothing overlaps: of each task one worker does the share while all "
		"others wait, then all do the rest of it together. That is Amdahl's law, with the "
		"share as its serial part.\n"
		"Try next: sudo partrace run lock --threads 8 --lock-share 80%, sudo partrace run "
		"lock "
		"--fixed, sudo partrace sweep lock --kind phases",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_LOCK_SHARE | OPTION_FIXED | OPTION_KIND,
	.choices = kinds,
	.check = lock_check,
	.has_python_twin = true,
	.state_size = sizeof(lock_shards),
	.symbol = &lock_shards,
	.prepare = lock_prepare,
	.part = lock_part,
	.tell = lock_tell,
};
