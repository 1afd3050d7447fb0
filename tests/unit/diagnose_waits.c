/* SPDX-License-Identifier: BSD-2-Clause */
/* io-bound, ipc-bound, idle. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

static struct made *waiting(enum wait_cause cause, double time, uint64_t count)
{
	struct made *made = made_report(8, 10);

	for (int i = 0; i < 4; i++)
		made_wait(made_thread(made, 10 - time, 0), cause, count, time, 0);
	return made;
}

Test(diagnose_waits, threads_that_wait_for_a_disk_are_io_bound_and_more_would_help)
{
	struct made *made = waiting(WAIT_IO, 5, 100);

	cr_assert_str_eq(found(made), "io-bound notice");
	cr_assert(strstr(made->report.findings[0].advice, "about 16 like these would fill 8 CPUs"),
		  "%s", made->report.findings[0].advice);
}

/* Sessions of a database that queue for one row, at a condition each, and write in between. */
Test(diagnose_waits, workers_that_wait_for_each_other_more_than_for_a_disk_are_enough)
{
	struct made *made = waiting(WAIT_IO, 2, 100);

	for (int i = 0; i < 4; i++) {
		made->threads[i].figures.running_ns = made_ns(2);
		made_wait(&made->threads[i], WAIT_CONDITION, 100, 6, 0);
	}
	cr_assert(strstr(found(made), "io-bound notice"), "%s", found(made));
	cr_assert(strstr(finding_of(made, FINDING_IO_BOUND)->detail,
			 "60 %, is waiting for work or for each other"),
		  "%s", finding_of(made, FINDING_IO_BOUND)->detail);
	cr_assert_null(strstr(finding_of(made, FINDING_IO_BOUND)->advice, "Use more workers"));
}

Test(diagnose_waits, of_goroutines_it_is_not_known_that_they_have_no_work)
{
	static const char *note[] = { "this is a Go program" };
	struct made *made = waiting(WAIT_CONDITION, 9.5, 100);
	const struct report_finding *finding;

	made->report.notes = note;
	made->report.notes_count = 1;
	cr_assert_str_eq(found(made), "idle ok");
	finding = &made->report.findings[0];
	cr_assert_lt(finding->confidence, 0.61);
	cr_assert(strstr(finding->detail, "goroutines queue for a lock"), "%s", finding->detail);
	cr_assert(strstr(finding->advice, "go tool pprof"), "%s", finding->advice);
}

/* Two threads that hardly run, and hardly could: others fill the CPUs. */
Test(diagnose_waits, where_others_have_the_cpus_nothing_is_promised_without_the_wait)
{
	struct made *made = made_report(2, 10);

	made->others = 1.97;
	for (int i = 0; i < 2; i++)
		made_wait(made_thread(made, 0.0002, 0.03), WAIT_IO, 100, 9.9698, 0);
	cr_assert(strstr(found(made), "io-bound notice"), "%s", found(made));
	cr_assert(strstr(finding_of(made, FINDING_IO_BOUND)->detail,
			 "Without it the CPUs would still be taken by others."),
		  "%s", finding_of(made, FINDING_IO_BOUND)->detail);
	cr_assert_null(strstr(finding_of(made, FINDING_IO_BOUND)->advice, "more workers"));
}

Test(diagnose_waits, is_not_io_bound_just_below_a_tenth)
{
	cr_assert_str_eq(found(waiting(WAIT_IO, 0.95, 100)), "scales-well ok");
	cr_assert_str_eq(found(waiting(WAIT_IO, 1.1, 100)), "io-bound notice");
}

/* A reader that the disk gives a block to, and now and then waits for room; three work on these. */
static struct made *workers_behind_a_reader(void)
{
	struct made *made = made_report(4, 10);
	struct report_lock *lock = made_lock(made, "blocks", LOCK_CONDITION, false);
	struct report_thread *reader = made_thread(made, 0.2, 0);

	made_wait(reader, WAIT_IO, 400, 6, 0);
	made_wait(reader, WAIT_CONDITION, 100, 3.8, 0);
	for (int i = 0; i < 3; i++) {
		struct report_thread *thread = made_thread(made, 3, 0);

		made_wait(thread, WAIT_CONDITION, 100, 7, 0);
		made_waiter(made, lock, thread, 100, 7);
	}
	made_holder(made, lock, reader, 21);
	lock->holder_state_ns.io = made_ns(9);
	lock->holder_state_ns.running = made_ns(1);
	return made;
}

Test(diagnose_waits, threads_that_wait_for_one_that_waits_for_a_disk_are_io_bound)
{
	struct made *made = workers_behind_a_reader();
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "io-bound notice");
	finding = finding_of(made, FINDING_IO_BOUND);
	cr_assert_float_eq(figure_of(finding, "behind_io_share"), 18.9 / 40, 1e-3);
	cr_assert_gt(figure_of(finding, "reach_cpus"), 2.4);
	cr_assert(strstr(finding->advice, "Read ahead"), "%s", finding->advice);
}

Test(diagnose_waits, threads_that_wait_for_one_at_a_pipe_are_not_behind_io)
{
	struct made *made = workers_behind_a_reader();

	made->threads[0].figures.waits[WAIT_IPC] = made->threads[0].figures.waits[WAIT_IO];
	made->threads[0].figures.waits[WAIT_IO] = (struct report_wait){ 0 };
	cr_assert_null(strstr(found(made), "io-bound"));
}

Test(diagnose_waits, page_faults_are_called_what_they_are)
{
	struct made *made = waiting(WAIT_FAULT, 5, 100);

	cr_assert_str_eq(found(made), "io-bound notice");
	cr_assert(strstr(made->report.findings[0].title, "pages"));
}

static struct made *polling(const char *call, uint64_t count)
{
	static struct report_syscall calls[4];
	struct made *made = made_report(8, 10);

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 0.1, 0);

		made_wait(thread, WAIT_POLL, count, 9.9, 0);
		calls[i] = (struct report_syscall){ call, "socket", count, made_ns(9.9) };
		thread->figures.waits[WAIT_POLL].syscalls = &calls[i];
		thread->figures.waits[WAIT_POLL].syscalls_count = 1;
	}
	return made;
}

Test(diagnose_waits, a_poll_that_is_made_again_and_again_waits_for_an_answer)
{
	struct made *made = polling("poll", 100);

	cr_assert_str_eq(found(made), "io-bound notice");
	cr_assert_lt(made->report.findings[0].confidence, 0.75);
}

Test(diagnose_waits, an_event_loop_without_events_is_idle)
{
	cr_assert_str_eq(found(polling("epoll_wait", 100)), "idle ok");
	cr_assert_str_eq(found(polling("poll", 1)), "idle ok");
}

Test(diagnose_waits, a_manager_that_polls_while_its_workers_run_waits_for_them)
{
	struct made *made = polling("poll", 100);

	for (int i = 0; i < 2; i++)
		made_thread(made, 9.9, 0);
	cr_assert_str_eq(found(made), "scales-well ok");
}

Test(diagnose_waits, half_of_the_time_without_work_is_idle_and_less_is_not)
{
	struct made *made = waiting(WAIT_SLEEP, 5.1, 10);

	cr_assert_str_eq(found(made), "idle ok");
	cr_assert(strstr(made->report.findings[0].detail, "sleep"));
	cr_assert_str_eq(found(waiting(WAIT_SLEEP, 4.9, 10)), "scales-well ok");
}

Test(diagnose_waits, who_has_work_for_a_part_of_the_time_and_runs_then_is_held_up_by_nothing)
{
	struct made *made = made_report(8, 10);

	made_wait(made_thread(made, 7, 0.1), WAIT_POLL, 300, 2.9, 0);
	cr_assert_str_eq(found(made), "scales-well ok");
	cr_assert_str_eq(made->report.findings[0].title,
			 "One thread had work 71 % of the time, and ran 99 % of that: no wait "
			 "held it up.");
}

Test(diagnose_waits, of_a_command_that_ends_at_once_nothing_is_said)
{
	struct made *made = made_report(8, 0.002);

	made_wait(made_thread(made, 0.0015, 0), WAIT_POLL, 1, 0.0005, 0);
	cr_assert_str_eq(found(made), "");
}

Test(diagnose_waits, threads_that_wait_for_each_other_a_part_of_the_time_may_be_held_up_by_it)
{
	cr_assert_str_eq(found(waiting(WAIT_CONDITION, 3, 300)), "");
}

Test(diagnose_waits, who_waits_for_each_write_to_reach_the_disk_is_told_to_write_more_at_a_time)
{
	struct report_syscall call = { .name = "fdatasync", .count = 100, .time_ns = made_ns(5) };
	struct made *made = waiting(WAIT_IO, 5, 100);

	made->report.totals.figures.waits[WAIT_IO].syscalls = &call;
	made->report.totals.figures.waits[WAIT_IO].syscalls_count = 1;
	cr_assert_str_eq(found(made), "io-bound notice");
	cr_assert_eq(strncmp(made->report.findings[0].advice, "Write more for each fdatasync", 29),
		     0, "%s", made->report.findings[0].advice);
}

Test(diagnose_waits, more_workers_fill_only_the_cpus_that_others_leave)
{
	struct made *made = made_report(2, 10);

	made->others = 1.6;
	for (int i = 0; i < 2; i++)
		made_wait(made_thread(made, 0.6, 1), WAIT_IO, 100, 8.4, 0.8);
	found(made);
	cr_assert(strstr(finding_of(made, FINDING_IO_BOUND)->advice, "that others leave"), "%s",
		  finding_of(made, FINDING_IO_BOUND)->advice);
}

/* ---- messages ---- */

Test(diagnose_waits, threads_that_run_microseconds_between_messages_are_ipc_bound)
{
	struct made *made = waiting(WAIT_IPC, 4, 100000);

	cr_assert_str_eq(found(made), "ipc-bound notice");
	cr_assert_float_eq(figure_of(&made->report.findings[0], "running_between_ns"), 60000, 1);
}

Test(diagnose_waits, what_is_stolen_between_messages_does_not_hide_that_they_are_many)
{
	struct made *made = waiting(WAIT_IPC, 0.8, 85000);

	for (int i = 0; i < 4; i++)
		made->threads[i].figures.stolen_ns = made_ns(1);
	cr_assert_str_eq(found(made), "slower-cpus notice, ipc-bound notice");
}

Test(diagnose_waits, messages_come_before_the_cpus_that_they_keep_busy)
{
	struct made *made = made_report(2, 10);

	for (int i = 0; i < 4; i++)
		made_wait(made_thread(made, 4.9, 3.1), WAIT_IPC, 100000, 2, 1);
	cr_assert_str_eq(found(made), "ipc-bound notice, cpu-saturated ok");
}

Test(diagnose_waits, rare_messages_are_no_exchange)
{
	cr_assert_str_eq(found(waiting(WAIT_IPC, 0.5, 100)), "scales-well ok");
}

Test(diagnose_waits, long_waits_at_pipes_are_ipc_bound_as_well)
{
	struct made *made = waiting(WAIT_IPC, 5, 10);

	cr_assert_str_eq(found(made), "ipc-bound notice");
	cr_assert(strstr(made->report.findings[0].advice, "other end"));
}

/* ---- pipelines ---- */

/* One works all the time, and two wait for it at pipes: for so long, and so often. */
static struct made *pipeline(double wait, uint64_t count)
{
	struct made *made = made_report(4, 10);

	made_thread(made, 10, 0)->criticality_ns = made_ns(9);
	for (int i = 0; i < 2; i++) {
		struct report_thread *thread = made_thread(made, 10 - wait, 0);

		thread->criticality_ns = made_ns(0.5);
		made_wait(thread, WAIT_IPC, count, wait, 0);
	}
	return made;
}

static const char *told(const struct report_finding *finding)
{
	return finding->detail ? finding->detail : "";
}

Test(diagnose_waits, the_slow_stage_of_a_pipeline_is_named)
{
	struct made *made = pipeline(8, 1000);

	cr_assert_str_eq(found(made), "ipc-bound notice");
	cr_assert(strstr(told(&made->report.findings[0]), "worker-0 (101) is 90 %"), "%s",
		  told(&made->report.findings[0]));
	cr_assert(strstr(made->report.findings[0].advice, "more workers to its stage"));
	cr_assert_null(strstr(made->report.findings[0].advice, "other end"));
}

Test(diagnose_waits, a_stage_that_all_others_rest_for_is_named_where_nothing_limits)
{
	struct made *made = pipeline(9.8, 1000);

	cr_assert_str_eq(found(made), "scales-well ok");
	cr_assert(strstr(told(&made->report.findings[0]), "slow stage"), "%s",
		  told(&made->report.findings[0]));
}

Test(diagnose_waits, one_that_works_beside_others_that_never_asked_is_no_stage)
{
	struct made *made = pipeline(9.8, 1);

	cr_assert_str_eq(found(made), "scales-well ok");
	cr_assert_null(strstr(told(&made->report.findings[0]), "stage"));
	cr_assert(strstr(told(&made->report.findings[0]), "The others have no work."));
}
