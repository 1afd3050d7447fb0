/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be asked of a workload, and what is done when it is not asked. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "cli/workload/workload.h"

static char why[256];

static struct workload_plan plan_of(const char *name, unsigned int given)
{
	struct workload_plan plan = { .workload = workload_find(name), .given = given };

	cr_assert(plan.workload, "there is no %s", name);
	return plan;
}

static void assert_settled(struct workload_plan *plan)
{
	cr_assert_eq(workload_settle(plan, 2, why, sizeof(why)), 0, "%s", why);
}

static void assert_refused(struct workload_plan *plan, const char *says)
{
	cr_assert_eq(workload_settle(plan, 2, why, sizeof(why)), -EINVAL);
	cr_assert_str_eq(why, says);
}

Test(plan, has_a_hundred_tasks_of_a_hundred_milliseconds_on_all_cpus)
{
	struct workload_plan plan = plan_of("cpu", 0);

	assert_settled(&plan);
	cr_assert_eq(plan.tasks, 100);
	cr_assert_eq(plan.task_time_ns, 100 * NSEC_PER_MSEC);
	cr_assert_eq(plan.workers, 2);
	cr_assert_eq(plan.duration_ns, 0);
	cr_assert_not(plan.fixed);
}

Test(plan, keeps_what_was_asked_for)
{
	struct workload_plan plan = plan_of("lock", OPTION_TASKS | OPTION_TASK_TIME |
							    OPTION_LOCK_SHARE | OPTION_WORKERS);

	plan.tasks = 7;
	plan.task_time_ns = 5;
	plan.lock_share = 0;
	plan.workers = 9;
	assert_settled(&plan);
	cr_assert_eq(plan.tasks, 7);
	cr_assert_eq(plan.task_time_ns, 5);
	cr_assert_eq(plan.lock_share, 0);
	cr_assert_eq(plan.workers, 9);
}

Test(plan, of_every_workload_is_settled_on_one_cpu_and_on_many)
{
	const struct workload *workload;

	for (size_t i = 0; (workload = workload_at(i)); i++) {
		struct workload_plan one = { .workload = workload }, many = one;

		cr_assert_eq(workload_settle(&one, 1, why, sizeof(why)), 0, "%s", why);
		cr_assert_eq(workload_settle(&many, 193, why, sizeof(why)), 0, "%s", why);
		cr_assert_geq(one.workers, 1);
		cr_assert_geq(many.workers, 193);
	}
}

Test(plan, refuses_options_that_the_workload_does_not_know)
{
	struct workload_plan cycle = plan_of("cpu", OPTION_CYCLE);
	struct workload_plan share = plan_of("race", OPTION_LOCK_SHARE);

	assert_refused(&cycle, "cpu knows no --cycle; deadlock does");
	assert_refused(&share, "race knows no --lock-share; lock, rwlock do");
}

Test(plan, refuses_a_sentence_that_does_not_fit_without_writing_beyond)
{
	struct workload_plan plan = plan_of("deadlock", OPTION_TASKS);
	char small[16];

	for (size_t size = 1; size <= sizeof(small); size++) {
		memset(small, '#', sizeof(small));
		cr_assert_eq(workload_settle(&plan, 2, small, size), -EINVAL);
		cr_assert_lt(strnlen(small, sizeof(small)), size);
	}
}

Test(plan, takes_the_first_choice_unless_another_is_named)
{
	struct workload_plan none = plan_of("starvation", 0),
			     nice = plan_of("starvation", OPTION_BY);
	struct workload_plan other = plan_of("io", OPTION_KIND);

	nice.by = "nice";
	other.kind = "tape";
	assert_settled(&none);
	assert_settled(&nice);
	cr_assert_eq(none.choice, 0);
	cr_assert_eq(nice.choice, 1);
	assert_refused(&other, "--kind tape is not understood; io takes socket or file");
}

Test(plan, refuses_too_few_workers)
{
	struct workload_plan plan = plan_of("queue", OPTION_WORKERS);

	plan.workers = 1;
	plan.mode = WORKER_PROCESSES;
	assert_refused(&plan, "queue needs at least 2 processes; --procs 1 is too few");
}

Test(plan, refuses_tasks_beside_a_duration)
{
	struct workload_plan plan = plan_of("cpu", OPTION_TASKS);

	plan.tasks = 3;
	plan.duration_ns = 1;
	assert_refused(&plan, "--tasks and --duration exclude each other; give one of them");
}

Test(plan, of_a_deadlock_ends_by_time_and_has_all_in_the_cycle)
{
	struct workload_plan plan = plan_of("deadlock", OPTION_WORKERS);

	plan.workers = 5;
	assert_settled(&plan);
	cr_assert_eq(plan.duration_ns, 3 * NSEC_PER_SEC);
	cr_assert_eq(plan.cycle, 5);
}

Test(plan, of_a_deadlock_gets_as_many_workers_as_its_cycle_needs)
{
	struct workload_plan plan = plan_of("deadlock", OPTION_CYCLE);
	struct workload_plan few = plan_of("deadlock", OPTION_CYCLE | OPTION_WORKERS);
	struct workload_plan one = plan_of("deadlock", OPTION_CYCLE);

	plan.cycle = few.cycle = 5;
	few.workers = 4;
	one.cycle = 1;
	assert_settled(&plan);
	cr_assert_eq(plan.workers, 5);
	assert_refused(&few, "--cycle 5 needs as many workers; there are 4");
	assert_refused(&one, "--cycle 1 is not understood; a cycle has from 2 to 64 members");
}

Test(plan, of_ipc_is_in_pairs)
{
	struct workload_plan given = plan_of("ipc", OPTION_WORKERS), free_ = plan_of("ipc", 0);

	given.workers = 3;
	assert_refused(&given, "ipc works in pairs, a sender and a receiver; 3 is an odd number");
	cr_assert_eq(workload_settle(&free_, 3, why, sizeof(why)), 0);
	cr_assert_eq(free_.workers, 4);
}

Test(plan, of_a_cured_gil_works_in_processes)
{
	struct workload_plan plan = plan_of("gil", OPTION_FIXED);

	assert_settled(&plan);
	cr_assert_eq(plan.mode, WORKER_PROCESSES);
	cr_assert(plan.fixed);
}

Test(plan, of_io_on_files_has_no_service_time)
{
	struct workload_plan plan = plan_of("io", OPTION_KIND | OPTION_TASK_TIME);

	plan.kind = "file";
	plan.task_time_ns = 1;
	cr_assert_eq(workload_settle(&plan, 2, why, sizeof(why)), -EINVAL);
	plan.kind = "socket";
	assert_settled(&plan);
}
