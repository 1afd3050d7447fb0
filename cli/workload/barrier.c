// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/workload/sync.h"

#define SLOW 0u /* index of the slow party */

enum { BARRIER_WAITS, BARRIER_WAIT_NS };

static struct meeting {
	pthread_barrier_t barrier;
	_Atomic uint64_t last_round;
} meeting;

static int barrier_prepare_state(struct arena *arena)
{
	struct meeting *shared = arena->state;

	shared->last_round = UINT64_MAX;
	return barrier_prepare(arena, &shared->barrier, arena->plan.workers);
}

static const char *barrier_role(const struct workload_plan *plan, unsigned int index)
{
	(void)plan;
	return index == SLOW ? "slow" : "quick";
}

static void meet(struct worker *worker, struct meeting *shared)
{
	uint64_t from_ns = monotonic_ns();

	pthread_barrier_wait(&shared->barrier);
	worker->truth->own[BARRIER_WAITS]++;
	worker->truth->own[BARRIER_WAIT_NS] += monotonic_ns() - from_ns;
}

/* A task for each party and round; the slow party says before the meeting that it is the last. */
static int barrier_part(struct worker *worker)
{
	const struct workload_plan *plan = &worker->arena->plan;
	struct meeting *shared = worker->arena->state;
	uint64_t rounds = (plan->tasks + plan->workers - 1) / plan->workers;

	for (uint64_t round = 1; round <= shared->last_round; round++) {
		if (worker->index == SLOW)
			cpu_task_of(worker, plan->task_time_ns);
		else
			cpu_task_of(worker, plan->task_time_ns / 4);
		if (worker->index == SLOW &&
		    (worker->arena->stop || (!plan->duration_ns && round >= rounds)))
			shared->last_round = round;
		meet(worker, shared);
		worker->truth->tasks++;
	}
	return 0;
}

static void barrier_tell(const struct workload_plan *plan, const struct workload_result *result,
			 json_t *truth)
{
	(void)plan;
	json_object_set_new(truth, "slow_tid", json_integer(result->truth[SLOW].tid));
	json_object_set_new(truth, "rounds",
			    json_integer((json_int_t)result->truth[SLOW].own[BARRIER_WAITS]));
}

const struct workload workload_barrier = {
	.name = "barrier",
	.summary = "rounds that end when all are there; one party is four times slower",
	.details = "In each round the first worker computes for the task time, the others for a "
		   "quarter "
		   "of it, and all meet at a barrier. The report shows condition as the others' "
		   "cause of "
		   "waiting, and the slow one as the serial part: its running time is the whole "
		   "run. More "
		   "workers do not help; cutting the slow party's work would.\n"
		   "Try next: partrace report --view threads, sudo partrace run queue --threads 4",
	.knows = OPTION_TASKS | OPTION_TASK_TIME,
	.workers_min = 2,
	.figures = { [BARRIER_WAITS] = { "barrier_waits", FIGURE_ADDS },
		     [BARRIER_WAIT_NS] = { "barrier_wait_ns", FIGURE_ADDS } },
	.state_size = sizeof(meeting),
	.symbol = &meeting,
	.prepare = barrier_prepare_state,
	.role = barrier_role,
	.part = barrier_part,
	.tell = barrier_tell,
};
