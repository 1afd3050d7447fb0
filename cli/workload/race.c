// SPDX-License-Identifier: BSD-2-Clause
#include "base/units.h"
#include "cli/workload/run.h"

#define WORK_PER_UPDATE_NS 1000

enum { UPDATES };

/* In the arena, so that the caller reads what has become of it. */
struct race {
	_Alignas(64) uint64_t counter;
};

/*
 * Load, add, store: what `counter++` is, in three steps that no compiler joins. The pause makes a
 * preemption in between likely too, for who has only one CPU.
 */
static void add_unsynchronised(const struct arena *arena, uint64_t *counter)
{
	uint64_t value = *(volatile uint64_t *)counter;

	__asm__ volatile("" : "+r"(value));
	cpu_work(arena, WORK_PER_UPDATE_NS / 2);
	value++;
	__asm__ volatile("" : "+r"(value));
	*(volatile uint64_t *)counter = value;
}

static void add_atomically(const struct arena *arena, uint64_t *counter)
{
	cpu_work(arena, WORK_PER_UPDATE_NS / 2);
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static int race_task(struct worker *worker)
{
	struct arena *arena = worker->arena;
	struct race *race = arena->state;

	for (uint64_t done_ns = 0; done_ns < arena->plan.task_time_ns && !arena->stop;
	     done_ns += WORK_PER_UPDATE_NS) {
		cpu_work(arena, WORK_PER_UPDATE_NS / 2);
		if (arena->plan.fixed)
			add_atomically(arena, &race->counter);
		else
			add_unsynchronised(arena, &race->counter);
		worker->truth->own[UPDATES]++;
	}
	return 0;
}

static void race_tell(const struct workload_plan *plan, const struct workload_result *result,
		      json_t *truth)
{
	const struct race *race = result->state;
	uint64_t updates = 0;

	(void)plan;
	for (unsigned int i = 0; i < result->workers; i++)
		updates += result->truth[i].own[UPDATES];
	json_object_set_new(truth, "counter", json_integer((json_int_t)race->counter));
	json_object_set_new(truth, "lost_updates",
			    json_integer((json_int_t)(updates - race->counter)));
}

const struct workload workload_race = {
	.name = "race",
	.summary = "a counter without a lock: updates get lost",
	.details =
		"All workers add to one counter by a load, an addition and a store; two that load "
		"the same value lose an update. The truth tells how many. No schedule shows a "
		"race, so the report finds nothing wrong; for your own program build it with "
		"-fsanitize=thread (ThreadSanitizer), which names the two places. With --fixed "
		"the addition is atomic and nothing is lost.\n"
		"Try next: sudo partrace run race --fixed, sudo partrace run lock",
	.knows = OPTION_TASKS | OPTION_TASK_TIME | OPTION_FIXED,
	.workers_min = 2,
	.figures = { [UPDATES] = { "updates", FIGURE_ADDS } },
	.state_size = sizeof(struct race),
	.task = race_task,
	.tell = race_tell,
};
