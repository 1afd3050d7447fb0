// SPDX-License-Identifier: BSD-2-Clause
/* Amdahl's law as a program: of each task a share is done by one, then the rest by all at once. */
#include "cli/workload/lock_phase.h"

#include "base/units.h"

int lock_phase_prepare(const struct arena *arena, struct lock_phase *ret)
{
	ret->begun = 0;
	ret->last = false;
	return barrier_prepare(arena, &ret->end, arena->plan.workers);
}

/* The first one in each round does it; the others wait for the mutex meanwhile. */
static void serial_part(struct worker *worker, struct lock_phase *phase, uint64_t round)
{
	const struct workload_plan *plan = &worker->arena->plan;
	uint64_t from_ns = monotonic_ns();

	phase->begun = round;
	cpu_task_of(worker, (uint64_t)((double)plan->task_time_ns * plan->lock_share));
	worker->truth->locked_ns += monotonic_ns() - from_ns;
	if (!worker->arena->stop)
		worker->truth->tasks++;
	phase->last = worker->arena->stop || (!plan->duration_ns && round >= plan->tasks);
}

int lock_phase_part(struct worker *worker, pthread_mutex_t *mutex, struct lock_phase *phase)
{
	const struct workload_plan *plan = &worker->arena->plan;
	double divided = (double)plan->task_time_ns * (1 - plan->lock_share) / plan->workers;
	bool last = false;

	for (uint64_t round = 1; !last; round++) {
		mutex_lock_timed(worker, mutex);
		if (phase->begun < round)
			serial_part(worker, phase, round);
		last = phase->last;
		pthread_mutex_unlock(mutex);
		cpu_task_of(worker, (uint64_t)divided);
		pthread_barrier_wait(&phase->end);
	}
	return 0;
}
