/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sweep asks of each workload, and which of them it can't compare. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "cli/sweep/settle.h"

static char why[256];

static int settle(const struct workload_plan *asked, const char *name, unsigned int workers,
		  struct workload_plan *ret)
{
	const struct workload *workload = workload_find(name);

	cr_assert(workload, "there is no %s", name);
	return settle_point(asked, workload, WORKER_PROCESSES, workers, ret, why, sizeof(why));
}

Test(settle, gives_every_point_the_same_tasks_shorter_than_those_of_a_run)
{
	const struct workload_plan nothing = { 0 };
	struct workload_plan plan;

	for (unsigned int workers = 1; workers <= 8; workers *= 2) {
		cr_assert_eq(settle(&nothing, "lock", workers, &plan), 0, "%s", why);
		cr_assert_eq(plan.workers, workers);
		cr_assert_eq(plan.mode, WORKER_PROCESSES);
		cr_assert_eq(plan.tasks, SWEEP_TASKS);
		cr_assert_eq(plan.task_time_ns, SWEEP_TASK_TIME_NS);
		cr_assert_float_eq(plan.lock_share, 0.7, 1e-9);
		cr_assert_eq(plan.duration_ns, 0);
	}
}

Test(settle, keeps_what_was_asked_for)
{
	const struct workload_plan asked = { .given = OPTION_TASKS | OPTION_TASK_TIME |
						      OPTION_LOCK_SHARE,
					     .tasks = 7,
					     .task_time_ns = 1000000,
					     .lock_share = 0.5 };
	struct workload_plan plan;

	cr_assert_eq(settle(&asked, "lock", 3, &plan), 0, "%s", why);
	cr_assert_eq(plan.tasks, 7);
	cr_assert_eq(plan.task_time_ns, 1000000);
	cr_assert_float_eq(plan.lock_share, 0.5, 1e-9);
}

Test(settle, refuses_an_option_that_the_workload_does_not_know)
{
	const struct workload_plan asked = { .given = OPTION_LOCK_SHARE, .lock_share = 0.5 };
	struct workload_plan plan;

	cr_assert_eq(settle(&asked, "cpu", 2, &plan), -EINVAL);
	cr_assert_str_eq(why, "cpu knows no --lock-share; lock, rwlock do");
}

Test(settle, refuses_workloads_that_end_after_a_time_instead_of_so_many_tasks)
{
	static const char *const timed[] = { "starvation", "deadlock", "livelock" };
	const struct workload_plan nothing = { 0 };
	struct workload_plan plan;

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(settle(&nothing, timed[i], 4, &plan), -EINVAL, "%s", timed[i]);
		cr_assert(strstr(why, "has no number of tasks to share"), "%s", why);
	}
}

Test(settle, refuses_fewer_workers_than_the_workload_needs_and_knows_that_number)
{
	const struct workload_plan nothing = { 0 };
	struct workload_plan plan;

	cr_assert_eq(settle(&nothing, "barrier", 1, &plan), -EINVAL);
	cr_assert_str_eq(why, "barrier needs at least 2 processes; --procs 1 is too few");
	cr_assert_eq(settle_fewest(workload_find("barrier")), 2);
	cr_assert_eq(settle_fewest(workload_find("cpu")), 1);
}

Test(settle, finds_every_workload_with_tasks_willing_at_its_fewest_workers)
{
	const struct workload_plan nothing = { 0 };
	const struct workload *workload;
	unsigned int swept = 0;

	for (size_t i = 0; (workload = workload_at(i)); i++) {
		struct workload_plan plan;

		if (!workload_knows(workload, OPTION_TASKS))
			continue;
		cr_assert_eq(
			settle(&nothing, workload_name(workload), settle_fewest(workload), &plan),
			0, "%s", why);
		swept++;
	}
	cr_assert_geq(swept, 12);
}
