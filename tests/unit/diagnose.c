/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of findings, losses, and what is never called a problem. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct diagnosis diagnosis;

const char *found(struct made *made)
{
	static char text[400];
	size_t used = 0;

	made_whole(made);
	cr_assert_eq(diagnose(&made->report, &diagnosis), 0);
	*text = '\0';
	for (size_t i = 0; i < made->report.findings_count; i++) {
		const struct report_finding *finding = &made->report.findings[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s", i ? ", " : "",
					 finding->id, finding->severity);
		cr_assert(finding->confidence > 0 && finding->confidence <= 1);
		cr_assert_gt(strlen(finding->title), 10);
	}
	return text;
}

const struct report_finding *finding_of(const struct made *made, enum finding_id id)
{
	for (size_t i = 0; i < made->report.findings_count; i++)
		if (!strcmp(made->report.findings[i].id, finding_names[id]))
			return &made->report.findings[i];
	return NULL;
}

double figure_of(const struct report_finding *finding, const char *name)
{
	cr_assert_not_null(finding);
	for (size_t i = 0; i < finding->evidence_count; i++)
		if (!strcmp(finding->evidence[i].name, name))
			return finding->evidence[i].value;
	cr_assert_fail("%s has no %s", finding->id, name);
	return 0;
}

struct made *taking_turns(unsigned int cpus, const char *name, enum lock_kind kind,
			  unsigned int threads, double running, double wait)
{
	struct made *made = made_report(cpus, 10);
	struct report_lock *lock = made_lock(made, name, kind, true);

	for (unsigned int i = 0; i < threads; i++) {
		struct report_thread *thread = made_thread(made, running, 0);

		made_wait(thread, WAIT_LOCK, 1000, wait, 0);
		made_waiter(made, lock, thread, 1000, wait);
		made_holder(made, lock, thread, wait);
	}
	lock->holder_state_ns.running = made_ns(9);
	return made;
}

struct made *crowd(unsigned int threads, double running)
{
	struct made *made = made_report(2, 10);

	for (unsigned int i = 0; i < threads; i++)
		made_thread(made, running, 10 - running);
	return made;
}

struct made *contended(unsigned int threads, double running, double wait)
{
	return taking_turns(8, "index_lock", LOCK_MUTEX, threads, running, wait);
}

/* ---- order ---- */

static struct made *lock_and_io(double lock, double io)
{
	struct made *made = made_report(8, 10);
	struct report_lock *row = made_lock(made, "index_lock", LOCK_MUTEX, true);

	for (int i = 0; i < 4; i++) {
		struct report_thread *thread = made_thread(made, 10 - lock - io, 0);

		made_wait(thread, WAIT_LOCK, 1000, lock, 0);
		made_wait(thread, WAIT_IO, 1000, io, 0);
		made_waiter(made, row, thread, 1000, lock);
	}
	return made;
}

Test(diagnose, names_first_what_would_give_back_most)
{
	cr_assert_str_eq(found(lock_and_io(6, 2)), "lock-bound problem, io-bound notice");
	cr_assert_str_eq(found(lock_and_io(2, 6)), "io-bound notice, lock-bound problem");
}

Test(diagnose, names_both_causes_of_equal_weight)
{
	struct made *made = lock_and_io(4, 4);

	cr_assert_str_eq(found(made), "lock-bound problem, io-bound notice");
	cr_assert_float_eq(figure_of(finding_of(made, FINDING_LOCK_BOUND), "reach_cpus"),
			   figure_of(finding_of(made, FINDING_IO_BOUND), "reach_cpus"), 1e-9);
}

Test(diagnose, verdict_is_the_first_finding)
{
	struct made *made = lock_and_io(6, 2);

	found(made);
	cr_assert_str_eq(made->report.verdict, "lock-bound");
}

Test(diagnose, has_nothing_to_say_of_nothing)
{
	struct made *made = made_report(2, 1);

	cr_assert_str_eq(found(made), "");
	cr_assert_null(made->report.verdict);
}

Test(diagnose, sums_are_made_anew_for_a_report_that_is_asked_again)
{
	struct made *made = lock_and_io(6, 2);
	double running;

	found(made);
	running = (double)made->report.totals.figures.running_ns;
	cr_assert_str_eq(found(made), "lock-bound problem, io-bound notice");
	cr_assert_float_eq((double)made->report.totals.figures.running_ns, running, 1);
}

Test(diagnose, is_less_sure_of_a_short_window)
{
	struct made *made = made_report(2, 10);
	double sure;

	made_thread(made, 9.9, 0.1);
	found(made);
	sure = made->report.findings[0].confidence;
	made = made_report(2, 0.05);
	made_thread(made, 0.0495, 0.0005);
	found(made);
	cr_assert_float_eq(made->report.findings[0].confidence, sure / 2, 0.01);
}

/* ---- losses ---- */

Test(diagnose, withholds_the_verdict_when_a_loss_could_change_it)
{
	struct made *made = lock_and_io(5, 3);

	made->report.completeness.complete = false;
	made->report.completeness.missed_switches = 120;
	made->report.probes.events = 880;
	cr_assert_str_eq(found(made), "incomplete notice, lock-bound problem, io-bound notice");
	cr_assert_str_eq(made->report.verdict, "incomplete");
	cr_assert_float_eq(figure_of(&made->report.findings[0], "lost_share"), 0.12, 1e-9);
	cr_assert(strstr(made->report.findings[0].detail, "lock-bound and io-bound both remain"));
}

Test(diagnose, keeps_the_verdict_when_a_loss_is_too_little_to_change_it)
{
	struct made *made = lock_and_io(6, 2);

	made->report.completeness.complete = false;
	made->report.completeness.missed_switches = 1;
	made->report.probes.events = 9999;
	cr_assert_str_eq(found(made), "lock-bound problem, io-bound notice, incomplete notice");
}

Test(diagnose, withholds_between_two_that_a_small_loss_could_exchange)
{
	struct made *made = lock_and_io(4, 4);

	made->report.completeness.complete = false;
	made->report.completeness.missed_switches = 1;
	made->report.probes.events = 9999;
	found(made);
	cr_assert_str_eq(made->report.verdict, "incomplete");
}

Test(diagnose, withholds_when_threads_were_not_watched)
{
	struct made *made = made_report(2, 10);

	made_thread(made, 9.9, 0.1);
	made->report.completeness.complete = false;
	made->report.completeness.untracked_threads = 1;
	found(made);
	cr_assert_str_eq(made->report.verdict, "incomplete");
}

/* ---- what is never a problem ---- */

static void assert_no_problem(struct made *made, const char *what)
{
	const char *text = found(made);

	cr_assert_null(strstr(text, "problem"), "%s: %s", what, text);
	cr_assert_neq(*text, '\0', "%s: no finding at all", what);
}

Test(diagnose, finds_no_problem_in_a_cpu_bound_program_with_one_thread_for_each_cpu)
{
	for (unsigned int cpus = 1; cpus <= MADE_CPUS; cpus *= 2)
		for (double lost = 0; lost < 0.9; lost += 0.1) {
			struct made *made = made_report(cpus, 10);

			/* Others take the CPUs meanwhile: the threads are ready then. */
			for (unsigned int i = 0; i < cpus; i++)
				made_thread(made, 10 * (1 - lost), 10 * lost);
			made->others = lost * cpus;
			assert_no_problem(made, "cpu");
		}
}

Test(diagnose, finds_no_problem_in_pure_io)
{
	for (unsigned int threads = 1; threads <= 256; threads *= 4)
		for (double running = 0; running < 0.09; running += 0.02) {
			struct made *made = made_report(32, 10);

			for (unsigned int i = 0; i < threads; i++)
				made_wait(made_thread(made, running, running / 10), WAIT_IO, 100,
					  10 - running * 1.1, 0);
			assert_no_problem(made, "io");
			cr_assert_str_eq(made->report.verdict, "io-bound");
		}
}

Test(diagnose, finds_no_problem_in_an_idle_pool)
{
	static const enum wait_cause causes[] = { WAIT_CONDITION, WAIT_POLL, WAIT_SLEEP, WAIT_CHILD,
						  WAIT_IPC };

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		struct made *made = made_report(2, 10);
		struct report_lock *row = made_lock(made, "work_ready", LOCK_CONDITION, false);

		for (int k = 0; k < 64; k++) {
			struct report_thread *thread = made_thread(made, 0.01, 0.001);

			made_wait(thread, causes[i], 10, 9.989, 0);
			if (causes[i] == WAIT_CONDITION)
				made_waiter(made, row, thread, 10, 9.989);
		}
		assert_no_problem(made, "idle");
		cr_assert_str_eq(made->report.verdict, "idle");
	}
}

Test(diagnose, finds_no_problem_in_one_busy_thread_beside_an_idle_pool)
{
	struct made *made = made_report(2, 10);

	made_thread(made, 9.95, 0.05);
	for (int i = 0; i < 64; i++)
		made_wait(made_thread(made, 0, 0), WAIT_CONDITION, 1, 10, 0);
	cr_assert_str_eq(found(made), "scales-well ok");
}
