// SPDX-License-Identifier: BSD-2-Clause
/* The last worker is starved: by a lock that is taken again at once, or by its niceness. */
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#include "base/units.h"
#include "cli/workload/sync.h"

#define DURATION_NS  (3 * NSEC_PER_SEC)
#define GREED_TURNS  50 /* that a greedy worker does before it lets go of its lock for a moment */
#define LOCKS        64
#define STARVED_NICE 19

enum { BY_LOCK, BY_NICE };

static const char *const bys[] = { [BY_LOCK] = "lock", [BY_NICE] = "nice", NULL };

enum { TURNS, TURN_WAIT_NS };

/* Each greedy worker has a lock of its own; the starved one needs the first's. */
static struct unfair_locks {
	pthread_mutex_t mutex[LOCKS];
	struct ticket_lock tickets; /* --fixed: one for all */
} unfair_locks;

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
	struct unfair_locks *locks = arena->state;
	int r = ticket_prepare(arena, &locks->tickets);

	for (size_t i = 0; !r && i < LOCKS; i++)
		r = mutex_prepare(arena, &locks->mutex[i]);
	return r;
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

/* A sleeper that is woken comes too late: who has just let go has it again. */
static void play_unfair(struct worker *worker, struct unfair_locks *locks)
{
	bool greedy = worker->index != starved(&worker->arena->plan);
	pthread_mutex_t *mutex = &locks->mutex[greedy ? worker->index % LOCKS : 0];
	unsigned int turns = greedy ? GREED_TURNS : 1;

	while (!worker->arena->stop) {
		mutex_lock_timed(worker, mutex);
		for (unsigned int i = 0; i < turns && !worker->arena->stop; i++)
			take_turn(worker);
		pthread_mutex_unlock(mutex);
		if (!greedy)
			cpu_work(worker->arena, SLICE_NS);
	}
}

static void play_fair(struct worker *worker, struct unfair_locks *locks)
{
	while (!worker->arena->stop) {
		worker->truth->own[TURN_WAIT_NS] += ticket_lock_timed(&locks->tickets);
		take_turn(worker);
		ticket_unlock(&locks->tickets);
	}
}

static int starvation_part(struct worker *worker)
{
	const struct workload_plan *plan = &worker->arena->plan;

	if (plan->choice == BY_LOCK && plan->fixed)
		play_fair(worker, worker->arena->state);
	else if (plan->choice == BY_LOCK)
		play_unfair(worker, worker->arena->state);
	while (!worker->arena->stop)
		take_turn(worker);
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
		"Turns of a millisecond under a mutex. Each greedy worker has a lock of its own, "
		"lets "
		"go of it after 50 turns and takes it again at once; the last worker needs the "
		"first "
		"one's, sleeps while it waits, and when it is woken, the lock is taken again. The "
		"report shows one thread whose time is nearly all lock wait while its peers have "
		"none. With "
		"--by nice there is no lock, but all on one CPU and the last one at nice 19: "
		"nearly "
		"all of its time is ready.\n"
		"With --fixed all share one lock that is handed over in the order of coming, or "
		"all "
		"are equally "
		"nice.\n"
		"Try next: sudo partrace run starvation --by nice, sudo partrace run starvation "
		"--fixed",
	.knows = OPTION_FIXED | OPTION_BY,
	.choices = bys,
	.workers_min = 2,
	.duration_default_ns = DURATION_NS,
	.figures = { [TURNS] = { "turns", FIGURE_ADDS },
		     [TURN_WAIT_NS] = { "turn_wait_ns", FIGURE_ADDS } },
	.state_size = sizeof(unfair_locks),
	.symbol = &unfair_locks,
	.prepare = starvation_prepare,
	.role = starvation_role,
	.begin = starvation_begin,
	.part = starvation_part,
	.tell = starvation_tell,
};
