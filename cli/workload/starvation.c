// SPDX-License-Identifier: BSD-2-Clause
/* The last worker is starved: by a lock that others barge into, or by its niceness. */
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#include "base/units.h"
#include "cli/workload/sync.h"

#define DURATION_NS (3 * NSEC_PER_SEC)
#define BREATHER_NS                                                                                \
	(20 * NSEC_PER_USEC) /* in which another greedy one, already spinning, gets it */
#define STARVED_NICE 19

enum { BY_LOCK, BY_NICE };

static const char *const bys[] = { [BY_LOCK] = "lock", [BY_NICE] = "nice", NULL };

enum { TURNS };

static struct unfair_lock {
	pthread_mutex_t mutex;
	struct ticket_lock tickets; /* --fixed */
} unfair_lock;

static unsigned int starved(const struct workload_plan *plan)
{
	return plan->workers - 1;
}

static const char *starvation_role(const struct workload_plan *plan, unsigned int index)
{
	return index == starved(plan) ? "starved" : "greedy";
}

static int starvation_prepare(struct arena *arena)
{
	struct unfair_lock *lock = arena->state;
	int r = mutex_prepare(arena, &lock->mutex);

	return r ? r : ticket_prepare(arena, &lock->tickets);
}

/* All on one CPU, the lowest that is allowed: so it has to choose. */
static int stay_on_one_cpu(void)
{
	cpu_set_t set;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

/* Of this thread alone: niceness belongs to threads on Linux. */
static int starvation_begin(struct worker *worker)
{
	const struct workload_plan *plan = &worker->arena->plan;

	if (plan->choice != BY_NICE)
		return 0;
	if (worker->index == starved(plan) && !plan->fixed &&
	    setpriority(PRIO_PROCESS, 0, STARVED_NICE) < 0)
		return -errno;
	return stay_on_one_cpu();
}

/* A turn of work; true when it was done. */
static void take_turn(struct worker *worker)
{
	uint64_t from_ns = monotonic_ns();

	cpu_work(worker->arena, SLICE_NS);
	worker->truth->locked_ns += monotonic_ns() - from_ns;
	worker->truth->own[TURNS]++;
	worker->truth->tasks++;
}

/* Never asleep, so it is there before anybody who has to be woken. */
static bool barge(struct worker *worker, pthread_mutex_t *mutex)
{
	while (pthread_mutex_trylock(mutex) != 0) {
		if (worker->arena->stop)
			return false;
		sched_yield();
	}
	return true;
}

static void play_unfair(struct worker *worker, pthread_mutex_t *mutex)
{
	const struct workload_plan *plan = &worker->arena->plan;
	bool greedy = worker->index != starved(plan);

	while (!worker->arena->stop) {
		if (greedy && !barge(worker, mutex))
			break;
		if (!greedy)
			mutex_lock_timed(worker, mutex);
		take_turn(worker);
		pthread_mutex_unlock(mutex);
		if (greedy && plan->workers > 2)
			cpu_work(worker->arena, BREATHER_NS);
	}
}

static int starvation_part(struct worker *worker)
{
	struct arena *arena = worker->arena;
	struct unfair_lock *lock = arena->state;

	if (arena->plan.choice == BY_LOCK && !arena->plan.fixed)
		play_unfair(worker, &lock->mutex);
	while (!arena->stop) {
		if (arena->plan.choice == BY_LOCK)
			ticket_lock_timed(worker, &lock->tickets);
		take_turn(worker);
		if (arena->plan.choice == BY_LOCK)
			ticket_unlock(&lock->tickets);
	}
	return 0;
}

static void starvation_tell(const struct workload_plan *plan, const struct workload_result *result,
			    json_t *truth)
{
	const struct worker_truth *last = &result->truth[starved(plan)];

	if (plan->choice == BY_NICE)
		json_object_set_new(truth, "locked_ns", json_integer(0));
	json_object_set_new(truth, "by", json_string(bys[plan->choice]));
	json_object_set_new(truth, "starved_tid",
			    plan->fixed ? json_null() : json_integer(last->tid));
	json_object_set_new(truth, "starved_turns",
			    plan->fixed ? json_null() : json_integer((json_int_t)last->own[TURNS]));
}

const struct workload workload_starvation = {
	.name = "starvation",
	.summary = "one worker that the lock, or the scheduler, hardly ever serves",
	.details =
		"Turns of a millisecond under one mutex. The greedy workers spin for it; the last "
		"one "
		"sleeps while it waits, and when it is woken, the lock is taken again. The report "
		"shows one thread whose time is nearly all lock wait while its peers have none. "
		"With "
		"--by nice there is no lock, but all on one CPU and the last one at nice 19: "
		"nearly "
		"all of its time is ready.\n"
		"With --fixed the lock is handed over in the order of coming, or all are equally "
		"nice.\n"
		"Try next: partrace run starvation --by nice, partrace run starvation --fixed",
	.knows = OPTION_FIXED | OPTION_BY,
	.choices = bys,
	.workers_min = 2,
	.duration_default_ns = DURATION_NS,
	.figures = { [TURNS] = { "turns", FIGURE_ADDS } },
	.state_size = sizeof(unfair_lock),
	.symbol = &unfair_lock,
	.prepare = starvation_prepare,
	.role = starvation_role,
	.begin = starvation_begin,
	.part = starvation_part,
	.tell = starvation_tell,
};
