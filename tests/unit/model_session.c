// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>

#include "tests/unit/session_scene.h"

Test(session, a_thread_that_ended_before_the_window_is_no_part_of_it)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = session_scene_dead(100, 900);
	const struct report *report;

	cr_assert_eq(session_exit(session, 3, &slot), 0);
	report = session_scene_report(session, 2000);
	cr_assert_eq(report->totals.threads, 0);
	cr_assert_eq(report->totals.figures.running_ns, 0);
	session_free(session);
}

Test(session, a_thread_that_lived_and_died_in_the_window_keeps_its_row)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = session_scene_dead(1200, 1500);
	const struct report *report;

	cr_assert_eq(session_exit(session, 3, &slot), 0);
	report = session_scene_report(session, 2000);
	cr_assert_eq(report->threads_count, 1);
	cr_assert_eq(report->threads[0].started_ns, 200);
	cr_assert_eq(report->threads[0].exited_ns, 500);
	cr_assert_eq(report->threads[0].figures.running_ns, 300);
	session_free(session);
}

Test(session, a_thread_that_ended_while_its_report_was_made_has_not_ended_beyond_the_window)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = session_scene_dead(1200, 2400);
	const struct report *report;

	session_scene_begin(session, 2000);
	cr_assert_eq(session_report_thread(session, 3, &slot, &nowhere, false), 0);
	report = session_scene_end(session, NULL);
	cr_assert_eq(report->threads[0].exited_ns, 1000);
	session_free(session);
}

Test(session, exited_threads_beyond_the_bound_are_folded_into_their_process)
{
	struct session *session = session_scene_open(1000);
	const struct report *report;

	for (uint32_t i = 0; i < SESSION_EXITED_ROWS + 10; i++) {
		struct thread_slot slot = session_scene_dead(1200, 1500);

		slot.shown_tid = 100 + i;
		cr_assert_eq(session_exit(session, 3, &slot), 0);
	}
	report = session_scene_report(session, 2000);
	cr_assert_eq(report->threads_count, SESSION_EXITED_ROWS);
	cr_assert_eq(report->totals.threads, SESSION_EXITED_ROWS + 10);
	cr_assert_eq(report->processes[0].folded, 10);
	cr_assert_eq(report->totals.figures.running_ns, 300 * (SESSION_EXITED_ROWS + 10));
	session_free(session);
}

Test(session, what_a_thread_did_before_the_window_is_not_in_it)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = { .state = THREAD_RUNNING,
				    .shown_tid = 7,
				    .tid = 7,
				    .pid = 7,
				    .since_ns = 600,
				    .running_ns = 50 };
	const struct report *report;

	cr_assert_eq(session_open_thread(session, 3, &slot), 0);
	session_scene_begin(session, 1700);
	cr_assert_eq(session_report_thread(session, 3, &slot, &nowhere, false), 0);
	report = session_scene_end(session, NULL);
	cr_assert_eq(report->totals.figures.running_ns, 700);
	session_free(session);
}

Test(session, what_a_thread_did_after_the_window_is_not_in_its_row)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = { .state = THREAD_READY,
				    .shown_tid = 7,
				    .tid = 7,
				    .pid = 7,
				    .born_ns = 1500,
				    .since_ns = 2400,
				    .running_ns = 500,
				    .ready_ns = 400,
				    .criticality = { 500 << CRITICALITY_SHIFT } };
	const struct report_thread *thread;

	session_scene_begin(session, 2000);
	cr_assert_eq(session_report_thread(session, 3, &slot, &nowhere, false), 0);
	thread = session_scene_end(session, NULL)->threads;
	cr_assert_eq(thread->since_ns, 1000);
	cr_assert_leq(thread->criticality_ns, thread->figures.running_ns);
	session_free(session);
}

Test(session, each_row_has_its_own_histogram_whose_counts_sum_to_its_waits)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot slot = session_scene_dead(1200, 1500);
	const struct report_thread *threads;

	slot.run_queue[3] = 2;
	slot.run_queue[40] = 5;
	cr_assert_eq(session_exit(session, 3, &slot), 0);
	slot = (struct thread_slot){ .state = THREAD_RUNNING, .tid = 8, .shown_tid = 8, .pid = 8 };
	slot.born_ns = slot.since_ns = 1500;
	slot.run_queue[0] = 1;
	session_scene_begin(session, 2000);
	cr_assert_eq(session_report_thread(session, 4, &slot, &nowhere, false), 0);
	threads = session_scene_end(session, NULL)->threads;
	cr_assert_eq(threads[0].run_queue.histogram_count, 2);
	cr_assert_eq(threads[0].run_queue.histogram[0].count, 2);
	cr_assert_eq(threads[0].run_queue.histogram[1].count, 5);
	cr_assert_eq(threads[0].run_queue.count, 7);
	cr_assert_eq(threads[1].run_queue.histogram_count, 1);
	cr_assert_eq(threads[1].run_queue.histogram[0].count, 1);
	session_free(session);
}

static struct thread_slot dead_of(uint32_t pid, uint64_t start_ktime_ns)
{
	struct thread_slot slot = session_scene_dead(1200, 1500);

	slot.pid = pid;
	slot.process_ktime_ns = start_ktime_ns;
	return slot;
}

Test(session, two_processes_of_one_pid_are_two_in_whichever_order_they_are_met)
{
	struct session *session = session_scene_open(1000);
	struct thread_slot newer = dead_of(7, 20), older = dead_of(7, 10), oldest = dead_of(7, 5);
	const struct report *report;

	cr_assert_eq(session_exit(session, 1, &newer), 0);
	cr_assert_eq(session_exit(session, 2, &older), 0);
	cr_assert_eq(session_exit(session, 3, &oldest), 0);
	cr_assert_eq(session_exit(session, 4, &older), 0);
	cr_assert_eq(session_process(session, 7, 10, "old", "old one", NO_VALUE, NO_VALUE), 0);
	cr_assert_eq(session_process(session, 7, 0, "new", "new one", NO_VALUE, NO_VALUE), 0);
	report = session_scene_report(session, 2000);
	cr_assert_eq(report->processes_count, 3);
	cr_assert_eq(report->processes[0].threads, 1);
	cr_assert_str_eq(report->processes[0].command, "new one");
	cr_assert_eq(report->processes[1].threads, 2);
	cr_assert_str_eq(report->processes[1].command, "old one");
	cr_assert_eq(report->processes[2].threads, 1);
	session_free(session);
}

Test(session, of_a_process_that_executes_another_program_the_memory_is_unknown_again)
{
	struct session *session = session_scene_open(1000);
	const struct report *report;

	cr_assert_eq(session_process(session, 7, 10, "sh", "sh", 4096, 2048), 0);
	cr_assert_eq(session_scene_report(session, 2000)->processes[0].pss_bytes, 2048);
	session_forget_memory(session, 7, 10);
	report = session_scene_report(session, 3000);
	cr_assert_eq(report->processes[0].pss_bytes, NO_VALUE);
	cr_assert_eq(report->processes[0].rss_bytes, NO_VALUE);
	session_free(session);
}

Test(session, processes_beyond_the_bound_and_those_without_a_pid_share_one_row)
{
	struct session *session = session_scene_open(1000);
	const struct report *report;

	for (uint32_t i = 0; i < SESSION_PROCESS_ROWS + 10; i++) {
		struct thread_slot one = dead_of(7, i + 1), nobody = dead_of(0, i + 1);

		cr_assert_eq(session_exit(session, 3, &one), 0);
		cr_assert_eq(session_exit(session, 3, &nobody), 0);
	}
	report = session_scene_report(session, 2000);
	cr_assert_eq(report->processes_count, SESSION_PROCESS_ROWS);
	cr_assert_str_eq(report->processes[1].name, "(others)");
	cr_assert_eq(report->processes[1].threads, SESSION_PROCESS_ROWS + 10 + 11);
	session_free(session);
}

Test(session, quotas_that_found_no_row_are_told_as_a_reason)
{
	const struct session_health short_of = { .lost_quotas = 3 };
	struct session *session = session_scene_open(1000);
	const struct report *report;

	session_scene_begin(session, 2000);
	report = session_scene_end(session, &short_of);
	cr_assert_not(report->completeness.complete);
	cr_assert_eq(report->completeness.reasons_count, 1);
	cr_assert_str_eq(report->completeness.reasons[0],
			 "CPU quotas of 3 more cgroups bind the target's processes: what these "
			 "took is not told");
	session_free(session);
}

Test(session, stacks_and_samples_that_were_lost_leave_its_times_complete)
{
	const struct session_health short_of = { .lost_stacks = 12, .lost_samples = 3 };
	struct session *session = session_scene_open(1000);
	const struct report *report;

	session_scene_begin(session, 2000);
	report = session_scene_end(session, &short_of);
	cr_assert(report->completeness.complete);
	cr_assert_eq(report->completeness.lost_stacks, 12);
	cr_assert_eq(report->completeness.lost_samples, 3);
	cr_assert_eq(report->completeness.reasons_count, 0);
	session_free(session);
}

Test(session, stacks_that_came_too_late_are_counted_and_told_as_a_reason)
{
	const struct session_health short_of = { .late_stacks = 12,
						 .late_places = 3,
						 .unnamed = 7 };
	struct session *session = session_scene_open(1000);
	const struct report *report;

	session_scene_begin(session, 2000);
	report = session_scene_end(session, &short_of);
	cr_assert_not(report->completeness.complete);
	cr_assert_eq(report->completeness.late_stacks, 12);
	cr_assert_eq(report->completeness.reasons_count, 3);
	cr_assert_str_eq(report->completeness.reasons[2],
			 "7 times a name of code found no room in the daemon's memory: start "
			 "partraced anew");
	cr_assert_str_eq(report->completeness.reasons[0],
			 "12 stacks had no names yet when the report was made: where these threads "
			 "wait is not told, and what kind of lock that is may be wrong; ask again");
	cr_assert_str_eq(report->completeness.reasons[1],
			 "3 locks had no names yet when the report was made: ask again");
	session_free(session);
}
