// SPDX-License-Identifier: BSD-2-Clause
/* Dining philosophers: each has a lock and waits for the next one's. */
#include <errno.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/workload/sync.h"

#define DURATION_NS (3 * NSEC_PER_SEC)
#define CYCLE_MAX   64u

/* On one line in a report: name and offset. */
static struct deadlock_locks {
	pthread_mutex_t mutex[CYCLE_MAX];
	_Atomic uint32_t holding; /* members that have their first */
} deadlock_locks;

/* Without --cycle all are members, as far as there are locks. */
static int deadlock_check(struct workload_plan *plan, char *why, size_t size)
{
	bool asked = plan->given & OPTION_CYCLE;

	if (asked && (plan->cycle < 2 || plan->cycle > CYCLE_MAX)) {
		snprintf(why, size,
			 "--cycle %u is not understood; a cycle has from 2 to %u members",
			 plan->cycle, CYCLE_MAX);
		return -EINVAL;
	}
	if (asked && !(plan->given & OPTION_WORKERS) && plan->workers < plan->cycle)
		plan->workers = plan->cycle;
	if (!asked)
		plan->cycle = plan->workers < CYCLE_MAX ? plan->workers : CYCLE_MAX;
	if (plan->cycle <= plan->workers)
		return 0;
	snprintf(why, size, "--cycle %u needs as many workers; there are %u", plan->cycle,
		 plan->workers);
	return -EINVAL;
}

static int deadlock_prepare(struct arena *arena)
{
	struct deadlock_locks *locks = arena->state;
	int r = 0;

	for (unsigned int i = 0; !r && i < arena->plan.cycle; i++)
		r = mutex_prepare(arena, &locks->mutex[i]);
	return r;
}

static const char *deadlock_role(const struct workload_plan *plan, unsigned int index)
{
	return index < plan->cycle ? "member" : "bystander";
}

/* It does not come back from the second. Bystanders come when the cycle is closed. */
static void hang(struct worker *worker, struct deadlock_locks *locks)
{
	unsigned int cycle = worker->arena->plan.cycle;

	if (worker->index < cycle) {
		mutex_lock_timed(worker, &locks->mutex[worker->index]);
		locks->holding++;
	}
	while (locks->holding < cycle)
		usleep(1000);
	mutex_lock_timed(worker, &locks->mutex[(worker->index + 1) % cycle]);
}

/* Both locks, the lower first, whoever it is: so no cycle can close. */
static void eat_in_order(struct worker *worker, struct deadlock_locks *locks)
{
	unsigned int cycle = worker->arena->plan.cycle;
	unsigned int one = worker->index % cycle, other = (one + 1) % cycle;
	unsigned int low = one < other ? one : other, high = one < other ? other : one;

	mutex_lock_timed(worker, &locks->mutex[low]);
	mutex_lock_timed(worker, &locks->mutex[high]);
	cpu_work(worker->arena, SLICE_NS);
	pthread_mutex_unlock(&locks->mutex[high]);
	pthread_mutex_unlock(&locks->mutex[low]);
	worker->truth->tasks++;
}

static int deadlock_part(struct worker *worker)
{
	struct arena *arena = worker->arena;

	cpu_work(arena, SLICE_NS);
	if (!arena->plan.fixed)
		hang(worker, arena->state);
	while (!arena->stop) {
		eat_in_order(worker, arena->state);
		cpu_work(arena, SLICE_NS);
	}
	return 0;
}

/* In the order of the cycle: each waits for the next row's lock. */
static json_t *cycle_json(const struct workload_plan *plan, const struct workload_result *result)
{
	json_t *cycle = json_array();

	for (unsigned int i = 0; i < plan->cycle; i++) {
		const struct worker_truth *truth = &result->truth[i];
		unsigned int next = (i + 1) % plan->cycle;
		uint64_t since_ns = truth->waiting_since_ns;

		if (since_ns)
			json_array_append_new(
				cycle,
				json_pack("{s:i,s:i,s:i,s:i,s:i,s:I}", "pid", truth->pid, "tid",
					  truth->tid, "holds", (int)i, "waits_for", (int)next,
					  "held_by_tid", result->truth[next].tid, "since_ns",
					  (json_int_t)(since_ns - result->started_ns)));
	}
	return cycle;
}

static void deadlock_tell(const struct workload_plan *plan, const struct workload_result *result,
			  json_t *truth)
{
	json_object_set_new(truth, "cycle", plan->fixed ? json_array() : cycle_json(plan, result));
	json_object_set_new(truth, "bystanders",
			    json_integer((json_int_t)(plan->workers - plan->cycle)));
}

const struct workload workload_deadlock = {
	.name = "deadlock",
	.summary = "each worker holds a lock and waits for the next one's, in a cycle",
	.details =
		"Each worker takes its own mutex and then its neighbour's, which that one holds "
		"for "
		"ever. --cycle N makes a cycle of N of the workers; the others are bystanders, who "
		"wait for a lock of the cycle without being part of it. It is killed after "
		"--duration (3 s). The report shows lock waits as long as the run that no one "
		"ends; "
		"the truth names the cycle.\n"
		"With --fixed all take their two locks in one order, and it ends well.\n"
		"Try next: sudo partrace run deadlock --threads 5 --cycle 3, sudo partrace run "
		"deadlock "
		"--fixed",
	.knows = OPTION_FIXED | OPTION_CYCLE,
	.workers_min = 2,
	.duration_default_ns = DURATION_NS,
	.never_ends = true,
	.state_size = sizeof(deadlock_locks),
	.symbol = &deadlock_locks,
	.check = deadlock_check,
	.prepare = deadlock_prepare,
	.role = deadlock_role,
	.part = deadlock_part,
	.tell = deadlock_tell,
};
