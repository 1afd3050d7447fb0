/* SPDX-License-Identifier: BSD-2-Clause */
/* imbalance where nobody waits: one works on alone, for the others are through or not there yet. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

/* Of ten seconds on 4 CPUs; `main` waits for all. */
static struct made *workers_beside_main(int count, double begin, double slow, double quick)
{
	struct made *made = made_report(4, 10);
	struct report_thread *head = made_thread(made, 0, 0);

	made_wait(head, WAIT_CONDITION, (uint64_t)count, 10, 0);
	head->pid = head->tid;
	for (int i = 0; i < count; i++) {
		double running = i ? quick : slow;
		struct report_thread *thread = made_thread(made, running, 0);

		thread->pid = head->tid;
		thread->started_ns = (int64_t)made_ns(begin);
		thread->exited_ns = made_ns(begin + running);
		thread->criticality_ns = made_ns(quick / count + running - quick);
	}
	return made;
}

Test(diagnose_alone, one_with_thirty_times_the_work_of_its_peers_is_an_imbalance)
{
	struct made *made = workers_beside_main(4, 0.1, 9, 0.3);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "imbalance problem");
	finding = finding_of(made, FINDING_IMBALANCE);
	cr_assert(strstr(finding->title, "worker-1 (102) worked on alone for 87 %"), "%s",
		  finding->title);
	cr_assert_float_eq(figure_of(finding, "times_as_long"), 30, 1e-6);
	cr_assert_float_eq(figure_of(finding, "reach_cpus"), 9.9 / (1.45 + 8.55 / 4), 0.01);
}

Test(diagnose_alone, processes_that_are_called_alike_are_peers)
{
	struct made *made = workers_beside_main(4, 0.1, 9, 0.3);

	for (int i = 1; i < 5; i++) {
		made->threads[i].pid = made->threads[i].tid;
		made->threads[i].name = "resize";
	}
	cr_assert_str_eq(found(made), "imbalance problem");
}

Test(diagnose_alone, a_step_of_another_kind_is_no_straggler)
{
	struct made *made = workers_beside_main(4, 0.1, 9, 0.3);

	for (int i = 1; i < 5; i++)
		made->threads[i].pid = made->threads[i].tid;
	made->threads[1].name = "link";
	cr_assert_null(strstr(found(made), "imbalance"));
}

Test(diagnose_alone, who_begins_later_is_no_straggler)
{
	struct made *made = workers_beside_main(4, 0.1, 9, 0.3);

	made->threads[1].started_ns = (int64_t)made_ns(1);
	made->threads[1].exited_ns = made_ns(10);
	cr_assert_null(strstr(found(made), "imbalance"));
}

Test(diagnose_alone, peers_that_are_through_a_little_earlier_are_in_balance)
{
	cr_assert_null(strstr(found(workers_beside_main(4, 0.1, 9, 7)), "imbalance"));
}

/* So many of the ten columns each works; who is through stays in wait for more. */
static struct made *pool_with_a_long_task(size_t slow, size_t quick, enum wait_cause rest)
{
	static uint8_t columns[2][10];
	struct made *made = workers_beside_main(4, 0, (double)slow, (double)quick);

	made->report.timeline = (struct report_timeline){ .columns = 10, .column_ns = made_ns(1) };
	for (size_t i = 0; i < 10; i++) {
		columns[0][i] = i < slow ? 100 : 0;
		columns[1][i] = i < quick ? 97 : 0;
	}
	for (size_t i = 1; i < made->report.threads_count; i++) {
		struct report_thread *thread = &made->threads[i];
		double worked = (double)(i == 1 ? slow : quick);

		thread->exited_ns = made_ns(10);
		made_wait(thread, rest, 5, 10 - worked, 0);
		thread->life.running = (struct report_series){ columns[i > 1], 10 };
	}
	return made;
}

Test(diagnose_alone, the_last_long_task_of_a_pool_whose_others_rest_is_an_imbalance)
{
	struct made *made = pool_with_a_long_task(9, 2, WAIT_CONDITION);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "imbalance notice");
	finding = finding_of(made, FINDING_IMBALANCE);
	cr_assert(strstr(finding->title, "worker-1 (102) worked on alone for 70 % of the time: the "
					 "others had no more work"),
		  "%s", finding->title);
	cr_assert_float_eq(figure_of(finding, "times_as_long"), 4.5, 1e-6);
	cr_assert(strstr(finding->advice, "chunksize=1"));
}

Test(diagnose_alone, who_rests_at_the_pipe_that_brings_work_is_not_ipc_bound)
{
	cr_assert_str_eq(found(pool_with_a_long_task(9, 2, WAIT_IPC)), "imbalance notice");
	cr_assert(strstr(found(pool_with_a_long_task(9, 7, WAIT_IPC)), "ipc-bound"));
}

Test(diagnose_alone, a_short_tail_of_a_pool_is_no_imbalance)
{
	cr_assert_null(strstr(found(pool_with_a_long_task(9, 7, WAIT_CONDITION)), "imbalance"));
}

Test(diagnose_alone, who_waits_for_a_lock_or_a_disk_meanwhile_is_not_without_work)
{
	cr_assert_null(strstr(found(pool_with_a_long_task(9, 2, WAIT_LOCK)), "imbalance"));
	cr_assert_null(strstr(found(pool_with_a_long_task(9, 2, WAIT_IO)), "imbalance"));
}

/* One that is busy all the time, beside a pool with a little work to the end. */
Test(diagnose_alone, a_pool_that_gets_work_to_the_end_is_no_imbalance)
{
	static const uint8_t a_little[] = { 20, 20, 20, 20, 20, 20, 20, 20, 20, 20 };
	struct made *made = pool_with_a_long_task(10, 2, WAIT_CONDITION);

	for (size_t i = 2; i < made->report.threads_count; i++)
		made->threads[i].life.running = (struct report_series){ a_little, 10 };
	cr_assert_null(strstr(found(made), "imbalance"));
}

/* Main alone for so long, then four threads for the rest. */
static struct made *serial_first(double serial)
{
	struct made *made = workers_beside_main(4, serial, 10 - serial, 10 - serial);
	struct report_thread *head = &made->threads[0];

	head->figures.running_ns = made_ns(serial);
	head->figures.waits[WAIT_CONDITION].time_ns = made_ns(10 - serial);
	head->figures.waiting_ns = made_ns(10 - serial);
	head->criticality_ns = made_ns(serial);
	return made;
}

/* All four at once for the rest. */
static const char *found_beside(struct made *made, double alone)
{
	made->levels[1] = made_ns(alone);
	made->levels[4] = made_ns(10 - alone);
	made->report.parallelism.time_at_level_ns = made->levels;
	made->report.parallelism.levels = 5;
	return found(made);
}

Test(diagnose_alone, a_serial_part_before_the_parallel_one_is_told)
{
	struct made *made = serial_first(6);
	const struct report_finding *finding;

	cr_assert_str_eq(found_beside(made, 6), "imbalance notice");
	finding = finding_of(made, FINDING_IMBALANCE);
	cr_assert(strstr(finding->title, "(101) works alone for 60 % of the time"), "%s",
		  finding->title);
	cr_assert_float_eq(figure_of(finding, "reach_cpus"), 4, 1e-6);
}

Test(diagnose_alone, a_small_serial_part_is_not_worth_a_word)
{
	cr_assert_null(strstr(found_beside(serial_first(2), 2), "imbalance"));
}

Test(diagnose_alone, who_is_alone_because_the_others_are_held_up_is_no_imbalance)
{
	struct made *made = serial_first(6);

	for (int i = 1; i < 5; i++) {
		made->threads[i].started_ns = 0;
		made_wait(&made->threads[i], WAIT_IO, 10, 6, 0);
	}
	cr_assert_null(strstr(found_beside(made, 6), "imbalance"));
}

Test(diagnose_alone, one_thread_with_a_helper_for_a_moment_is_no_imbalance)
{
	struct made *made = made_report(4, 10);
	struct report_thread *busy = made_thread(made, 10, 0), *helper = made_thread(made, 0.2, 0);

	busy->criticality_ns = made_ns(9.9);
	helper->started_ns = (int64_t)made_ns(3);
	helper->exited_ns = made_ns(3.2);
	helper->criticality_ns = made_ns(0.1);
	cr_assert_str_eq(found(made), "scales-well ok");
}
