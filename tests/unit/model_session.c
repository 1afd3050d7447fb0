// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/session.h"

#include <criterion/criterion.h>

static struct set_totals set;
static struct cpu_totals cpu;
static struct culprit_table culprits;
static const struct report_host host = { .cpus = 1 };
static const struct session_health health;

static struct session *opened_at(uint64_t now_ns)
{
	struct report_target target = { .kind = "attach" };
	struct session *session = session_new(0, 8, 1, &target);

	session_open(session, now_ns, "2026-01-01T00:00:00Z", &set);
	session_open_cpu(session, 0, &cpu, &culprits);
	session_timeline_start(session, 1000);
	return session;
}

static const struct report *report_at(struct session *session, uint64_t now_ns)
{
	cr_assert_eq(session_report_begin(session, now_ns, &set), 0);
	session_report_cpu(session, 0, &cpu, &culprits);
	return session_report_end(session, &host, &health);
}

static struct thread_slot dead_at(uint64_t born_ns, uint64_t died_ns)
{
	return (struct thread_slot){ .state = THREAD_EXITED,
				     .tid = 7,
				     .shown_tid = 7,
				     .pid = 7,
				     .born_ns = born_ns,
				     .died_ns = died_ns,
				     .since_ns = died_ns,
				     .running_ns = died_ns - born_ns };
}

Test(session, a_thread_that_ended_before_the_window_is_no_part_of_it)
{
	struct session *session = opened_at(1000);
	struct thread_slot slot = dead_at(100, 900);
	const struct report *report;

	cr_assert_eq(session_exit(session, 3, &slot), 0);
	report = report_at(session, 2000);
	cr_assert_eq(report->totals.threads, 0);
	cr_assert_eq(report->totals.figures.running_ns, 0);
	session_free(session);
}

Test(session, a_thread_that_lived_and_died_in_the_window_keeps_its_row)
{
	struct session *session = opened_at(1000);
	struct thread_slot slot = dead_at(1200, 1500);
	const struct report *report;

	cr_assert_eq(session_exit(session, 3, &slot), 0);
	report = report_at(session, 2000);
	cr_assert_eq(report->threads_count, 1);
	cr_assert_eq(report->threads[0].started_ns, 200);
	cr_assert_eq(report->threads[0].exited_ns, 500);
	cr_assert_eq(report->threads[0].figures.running_ns, 300);
	session_free(session);
}

Test(session, exited_threads_beyond_the_bound_are_folded_into_their_process)
{
	struct session *session = opened_at(1000);
	const struct report *report;

	for (uint32_t i = 0; i < SESSION_EXITED_ROWS + 10; i++) {
		struct thread_slot slot = dead_at(1200, 1500);

		slot.shown_tid = 100 + i;
		cr_assert_eq(session_exit(session, 3, &slot), 0);
	}
	report = report_at(session, 2000);
	cr_assert_eq(report->threads_count, SESSION_EXITED_ROWS);
	cr_assert_eq(report->totals.threads, SESSION_EXITED_ROWS + 10);
	cr_assert_eq(report->processes[0].folded, 10);
	cr_assert_eq(report->totals.figures.running_ns, 300 * (SESSION_EXITED_ROWS + 10));
	session_free(session);
}

Test(session, what_a_thread_did_before_the_window_is_not_in_it)
{
	struct session *session = opened_at(1000);
	struct thread_slot slot = { .state = THREAD_RUNNING,
				    .shown_tid = 7,
				    .tid = 7,
				    .pid = 7,
				    .since_ns = 600,
				    .running_ns = 50 };
	const struct report *report;

	cr_assert_eq(session_open_thread(session, 3, &slot), 0);
	cr_assert_eq(session_report_begin(session, 1700, &set), 0);
	cr_assert_eq(session_report_thread(session, 3, &slot, NULL, 0, false), 0);
	report = session_report_end(session, &host, &health);
	cr_assert_eq(report->totals.figures.running_ns, 700);
	session_free(session);
}

Test(session, what_a_thread_did_after_the_window_is_not_in_its_row)
{
	struct session *session = opened_at(1000);
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

	cr_assert_eq(session_report_begin(session, 2000, &set), 0);
	cr_assert_eq(session_report_thread(session, 3, &slot, NULL, 0, false), 0);
	thread = session_report_end(session, &host, &health)->threads;
	cr_assert_eq(thread->since_ns, 1000);
	cr_assert_leq(thread->criticality_ns, thread->figures.running_ns);
	session_free(session);
}

Test(session, each_row_has_its_own_histogram_whose_counts_sum_to_its_waits)
{
	struct session *session = opened_at(1000);
	struct thread_slot slot = dead_at(1200, 1500);
	const struct report_thread *threads;

	slot.run_queue[3] = 2;
	slot.run_queue[40] = 5;
	cr_assert_eq(session_exit(session, 3, &slot), 0);
	slot = (struct thread_slot){ .state = THREAD_RUNNING, .tid = 8, .shown_tid = 8, .pid = 8 };
	slot.born_ns = slot.since_ns = 1500;
	slot.run_queue[0] = 1;
	cr_assert_eq(session_report_begin(session, 2000, &set), 0);
	cr_assert_eq(session_report_thread(session, 4, &slot, NULL, 0, false), 0);
	threads = session_report_end(session, &host, &health)->threads;
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
	struct thread_slot slot = dead_at(1200, 1500);

	slot.pid = pid;
	slot.process_ktime_ns = start_ktime_ns;
	return slot;
}

Test(session, two_processes_of_one_pid_are_two_in_whichever_order_they_are_met)
{
	struct session *session = opened_at(1000);
	struct thread_slot newer = dead_of(7, 20), older = dead_of(7, 10), oldest = dead_of(7, 5);
	const struct report *report;

	cr_assert_eq(session_exit(session, 1, &newer), 0);
	cr_assert_eq(session_exit(session, 2, &older), 0);
	cr_assert_eq(session_exit(session, 3, &oldest), 0);
	cr_assert_eq(session_exit(session, 4, &older), 0);
	cr_assert_eq(session_process(session, 7, 10, "old", "old one", NO_VALUE, NO_VALUE), 0);
	cr_assert_eq(session_process(session, 7, 0, "new", "new one", NO_VALUE, NO_VALUE), 0);
	report = report_at(session, 2000);
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
	struct session *session = opened_at(1000);
	const struct report *report;

	cr_assert_eq(session_process(session, 7, 10, "sh", "sh", 4096, 2048), 0);
	cr_assert_eq(report_at(session, 2000)->processes[0].pss_bytes, 2048);
	session_forget_memory(session, 7, 10);
	report = report_at(session, 3000);
	cr_assert_eq(report->processes[0].pss_bytes, NO_VALUE);
	cr_assert_eq(report->processes[0].rss_bytes, NO_VALUE);
	session_free(session);
}

Test(session, processes_beyond_the_bound_and_those_without_a_pid_share_one_row)
{
	struct session *session = opened_at(1000);
	const struct report *report;

	for (uint32_t i = 0; i < SESSION_PROCESS_ROWS + 10; i++) {
		struct thread_slot one = dead_of(7, i + 1), nobody = dead_of(0, i + 1);

		cr_assert_eq(session_exit(session, 3, &one), 0);
		cr_assert_eq(session_exit(session, 3, &nobody), 0);
	}
	report = report_at(session, 2000);
	cr_assert_eq(report->processes_count, SESSION_PROCESS_ROWS);
	cr_assert_str_eq(report->processes[1].name, "(others)");
	cr_assert_eq(report->processes[1].threads, SESSION_PROCESS_ROWS + 10 + 11);
	session_free(session);
}

/* ---- what threads were started for ---- */

static struct thread_slot live_with(uint32_t generation)
{
	return (struct thread_slot){ .state = THREAD_WAITING,
				     .generation = generation,
				     .tid = 7,
				     .shown_tid = 7,
				     .pid = 7,
				     .born_ns = 1200,
				     .since_ns = 1300 };
}

static const char *start_of_live(struct session *session, uint32_t generation)
{
	struct thread_slot slot = live_with(generation);
	struct report *report;

	cr_assert_eq(session_report_begin(session, 2000, &set), 0);
	session_report_cpu(session, 0, &cpu, &culprits);
	cr_assert_eq(session_report_thread(session, 3, &slot, NULL, 0, false), 0);
	report = session_report_end(session, &host, &health);
	return report->threads[report->threads_count - 1].start;
}

Test(session, tells_what_a_thread_was_started_for_by_the_newest_stack)
{
	struct session *session = opened_at(1000);

	cr_assert_null(start_of_live(session, 1));
	session_note_start(session, 3, 1, "constructor");
	session_note_start(session, 3, 1, "main");
	cr_assert_str_eq(start_of_live(session, 1), "main");
	session_free(session);
}

Test(session, does_not_take_a_slots_last_threads_start_for_the_next_ones)
{
	struct session *session = opened_at(1000);

	session_note_start(session, 3, 1, "first");
	cr_assert_null(start_of_live(session, 2));
	session_note_start(session, 3, 2, "second");
	session_note_start(session, 3, 1, "first");
	cr_assert_str_eq(start_of_live(session, 2), "second");
	session_free(session);
}

Test(session, tells_the_start_of_a_thread_that_has_ended_before_its_names_came)
{
	struct session *session = opened_at(1000);
	struct thread_slot slot = dead_at(1200, 1500);

	slot.generation = 1;
	cr_assert_eq(session_exit(session, 3, &slot), 0);
	session_note_start(session, 3, 2, "second");
	session_note_start(session, 3, 1, "first");
	cr_assert_str_eq(report_at(session, 2000)->threads[0].start, "first");
	cr_assert_str_eq(start_of_live(session, 2), "second");
	session_free(session);
}

Test(session, keeps_the_start_of_a_thread_that_ends)
{
	struct session *session = opened_at(1000);
	struct thread_slot slot = dead_at(1200, 1500);

	slot.generation = 1;
	session_note_start(session, 3, 1, "first");
	cr_assert_eq(session_exit(session, 3, &slot), 0);
	session_note_start(session, 3, 2, "second");
	cr_assert_str_eq(report_at(session, 2000)->threads[0].start, "first");
	session_free(session);
}

Test(session, asks_for_a_threads_start_a_few_times_and_not_when_it_is_known)
{
	struct session *session = opened_at(1000);
	unsigned int asked = 0;

	for (int i = 0; i < 10; i++)
		asked += session_wants_start(session, 3, 1);
	cr_assert_eq(asked, 3);
	cr_assert(session_wants_start(session, 3, 2), "another thread");
	session_note_start(session, 3, 2, "second");
	cr_assert_not(session_wants_start(session, 3, 2));
	cr_assert_not(session_wants_start(session, 8, 1), "no such slot");
	session_free(session);
}

Test(session, quotas_that_found_no_row_are_told_as_a_reason)
{
	const struct session_health short_of = { .lost_quotas = 3 };
	struct session *session = opened_at(1000);
	const struct report *report;

	cr_assert_eq(session_report_begin(session, 2000, &set), 0);
	report = session_report_end(session, &host, &short_of);
	cr_assert_not(report->completeness.complete);
	cr_assert_eq(report->completeness.reasons_count, 1);
	cr_assert_str_eq(report->completeness.reasons[0],
			 "CPU quotas of 3 more cgroups bind the target's processes: what these "
			 "took is not told");
	session_free(session);
}
