// SPDX-License-Identifier: BSD-2-Clause
/* Two in a corridor: each steps aside for the other, at the same time, for ever. */
#include <stdlib.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/workload/sync.h"

#define DURATION_NS (3 * NSEC_PER_SEC)
#define LOOK_NS     (200 * NSEC_PER_USEC)
#define BACK_OFF_US 50u /* a sched_yield() would leave no trace where each has a CPU */
#define RANDOM_US   2000u

enum { ATTEMPTS, BACK_OFFS };

struct polite {
	pthread_mutex_t mutex;
	_Atomic bool hungry;
};

static size_t livelock_bytes(const struct workload_plan *plan)
{
	return plan->workers * sizeof(struct polite);
}

static int livelock_prepare(struct arena *arena)
{
	struct polite *all = arena->state;
	int r = 0;

	for (unsigned int i = 0; !r && i < arena->plan.workers; i++) {
		all[i].hungry = true;
		r = mutex_prepare(arena, &all[i].mutex);
	}
	return r;
}

static void back_off(struct worker *worker, unsigned int *seed)
{
	worker->truth->own[BACK_OFFS]++;
	usleep(worker->arena->plan.fixed ? (unsigned int)rand_r(seed) % RANDOM_US : BACK_OFF_US);
}

/* Both locks and no neighbour who needs them more, or none: the polite never get there. */
static bool try_to_eat(struct worker *worker, struct polite *own, struct polite *next)
{
	bool fixed = worker->arena->plan.fixed, both, eats;

	worker->truth->own[ATTEMPTS]++;
	mutex_lock_timed(worker, &own->mutex);
	cpu_work(worker->arena, LOOK_NS);
	both = pthread_mutex_trylock(&next->mutex) == 0;
	eats = both && (fixed || !next->hungry);
	if (eats)
		cpu_work(worker->arena, SLICE_NS);
	if (both)
		pthread_mutex_unlock(&next->mutex);
	pthread_mutex_unlock(&own->mutex);
	return eats;
}

static int livelock_part(struct worker *worker)
{
	struct arena *arena = worker->arena;
	struct polite *all = arena->state;
	unsigned int next = (worker->index + 1) % arena->plan.workers, seed = worker->index;

	while (!arena->stop || !arena->plan.fixed) {
		if (try_to_eat(worker, &all[worker->index], &all[next]))
			worker->truth->tasks++;
		else
			back_off(worker, &seed);
	}
	return 0;
}

const struct workload workload_livelock = {
	.name = "livelock",
	.summary = "polite workers that give way to each other and get nothing done",
	.details =
		"Each worker needs two locks. It takes its own, looks for its neighbour's, sees "
		"that the neighbour needs it too, gives up, and tries again after the same short "
		"sleep as all others: for ever. It is killed after --duration (3 s). The report "
		"shows much running time, thousands of short sleeps and no long wait; the truth, "
		"thousands of attempts and no task.\n"
		"With --fixed the pause is random and nobody gives way to who does not have the "
		"lock: work gets done.\n"
		"Try next: sudo partrace run livelock --fixed, sudo partrace run deadlock",
	.knows = OPTION_FIXED,
	.workers_min = 2,
	.duration_default_ns = DURATION_NS,
	.never_ends = true,
	.figures = { [ATTEMPTS] = { "attempts", FIGURE_ADDS },
		     [BACK_OFFS] = { "back_offs", FIGURE_ADDS } },
	.state_bytes = livelock_bytes,
	.prepare = livelock_prepare,
	.part = livelock_part,
};
