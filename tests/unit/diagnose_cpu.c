/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu-saturated, oversubscribed, slower-cpus, scales-well. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

Test(diagnose_cpu, eight_threads_on_two_cpus_saturate_them_and_nothing_is_wrong)
{
	struct made *made = crowd(8, 2.49);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "cpu-saturated ok");
	finding = &made->report.findings[0];
	cr_assert_str_eq(finding->title, "8 threads share 2 CPUs; busy 100 % of the time.");
	cr_assert(strstr(finding->detail, "Nothing is wrong: no lock, I/O or GIL wait above"));
	cr_assert(strstr(finding->detail, "2 should finish as fast."));
	cr_assert_float_eq(figure_of(finding, "ready_share"), 0.751, 1e-9);
	cr_assert_gt(finding->confidence, 0.95);
}

Test(diagnose_cpu, is_not_saturated_just_below_the_thresholds)
{
	cr_assert_str_eq(found(crowd(2, 9.05)), "scales-well ok", "ready is 9.5 %%");
	cr_assert_str_eq(found(crowd(2, 8.9)), "cpu-saturated notice", "ready is 11 %%");
	cr_assert_str_eq(found(crowd(2, 8.45)), "cpu-saturated notice", "busy is 84.5 %%");
}

Test(diagnose_cpu, who_is_short_of_a_cpu_while_others_are_idle_is_told_less_surely)
{
	struct made *made = crowd(2, 8.45);
	const struct report_finding *finding;

	found(made);
	finding = finding_of(made, FINDING_CPU_SATURATED);
	cr_assert(strstr(finding->title, "have no CPU 16 % of the time that they want one"), "%s",
		  finding->title);
	cr_assert_leq(finding->confidence, 0.6);
	cr_assert_float_eq(figure_of(finding, "wanted_cpus"), 2, 1e-6);
}

/* Ready as long as they run, which is a hundredth of their time. */
Test(diagnose_cpu, who_hardly_wants_a_cpu_is_idle_though_it_waits_for_one)
{
	struct made *made = made_report(2, 10);

	for (int i = 0; i < 4; i++)
		made_wait(made_thread(made, 0.1, 0.1), WAIT_CONDITION, 100, 9.8, 0);
	cr_assert_str_eq(found(made), "idle ok");
}

Test(diagnose_cpu, others_that_take_the_cpus_are_named)
{
	struct made *made = crowd(2, 5);

	made->others = 1;
	made->culprit = (struct report_culprit){
		.tid = 7, .name = "stress", .kind = "other", .ahead_ns = made_ns(9)
	};
	made->report.run_queue.culprits = &made->culprit;
	made->report.run_queue.culprits_count = 1;
	cr_assert_str_eq(found(made), "cpu-saturated notice");
	cr_assert(strstr(made->report.findings[0].title, "Other programs took 50 % of 2 CPUs"));
	cr_assert(strstr(made->report.findings[0].detail, "stress (7)"));
}

Test(diagnose_cpu, who_has_no_work_shares_no_cpus)
{
	struct made *made = crowd(2, 5);

	for (int i = 0; i < 8; i++)
		made_wait(made_thread(made, 0, 0), WAIT_CONDITION, 1, 10, 0);
	made->others = 1;
	found(made);
	cr_assert(
		strstr(finding_of(made, FINDING_CPU_SATURATED)->title, "; 2 threads had to share"),
		"%s", finding_of(made, FINDING_CPU_SATURATED)->title);
}

/* A task of higher priority comes to its CPU again and again. */
Test(diagnose_cpu, one_thread_behind_others_is_told_although_a_cpu_was_free_at_times)
{
	struct made *made = crowd(1, 7.2);

	for (int i = 0; i < 8; i++)
		made_wait(made_thread(made, 0, 0), WAIT_CONDITION, 1, 10, 0);
	made->others = 0.4;
	cr_assert_str_eq(found(made), "cpu-saturated notice");
	made->others = 0.2;
	cr_assert_str_eq(found(made), "cpu-saturated notice", "who wants a CPU is not idle");
	cr_assert(strstr(made->report.findings[0].title, "1.1 CPUs stayed idle"), "%s",
		  made->report.findings[0].title);
}

Test(diagnose_cpu, many_lives_of_one_name_are_one_program)
{
	struct made *made = crowd(2, 5);
	struct report_culprit culprits[] = {
		{ .tid = 15, .name = "rcu_preempt", .kind = "kernel", .ahead_ns = made_ns(2) },
		{ .tid = 70, .name = "cc1", .kind = "other", .ahead_ns = made_ns(1.5) },
		{ .tid = 71, .name = "cc1", .kind = "other", .ahead_ns = made_ns(1.5) },
		{ .tid = 101, .name = "cc1", .kind = "target", .ahead_ns = made_ns(9) },
	};

	made->others = 1;
	made->report.run_queue.culprits = culprits;
	made->report.run_queue.culprits_count = 4;
	cr_assert_str_eq(found(made), "cpu-saturated notice");
	cr_assert(strstr(made->report.findings[0].detail, "cc1 (2 threads) was waited for most"),
		  "%s", made->report.findings[0].detail);
}

/* They run for 40 us and are ready for 1 ms around each request. */
Test(diagnose_cpu, who_waits_for_io_is_not_held_up_by_others_that_have_all_cpus)
{
	struct made *made = made_report(2, 10);

	made->others = 2;
	for (int i = 0; i < 4; i++)
		made_wait(made_thread(made, 0.004, 0.1), WAIT_IO, 100, 9.896, 0);
	cr_assert_str_eq(found(made), "io-bound notice");
}

Test(diagnose_cpu, what_others_have_is_attainable_as_far_as_the_target_gets_its_way)
{
	struct made *made = made_report(2, 10);
	const struct report_finding *io;

	made->others = 1.6;
	for (int i = 0; i < 4; i++)
		made_wait(made_thread(made, 1, 1), WAIT_IO, 100, 8, 0);
	found(made);
	io = finding_of(made, FINDING_IO_BOUND);
	cr_assert_not_null(io);
	cr_assert_float_eq(figure_of(io, "reach_cpus"), 0.4 + 1.6 / 2, 0.01);
}

Test(diagnose_cpu, threads_on_one_cpu_while_the_other_is_idle_are_bound_to_it)
{
	struct made *made = crowd(2, 5);
	struct diagnosis diagnosis = { 0 };

	made_whole(made);
	made->cpus[0] = (struct report_cpu){ .target_ns = made_ns(10) };
	made->cpus[1] = (struct report_cpu){ .cpu = 1, .idle_ns = made_ns(10) };
	cr_assert_eq(diagnose(&made->report, &diagnosis), 0);
	cr_assert_str_eq(made->report.verdict, "cpu-saturated");
	cr_assert(strstr(made->report.findings[0].title, "1 CPU of the 2"), "%s",
		  made->report.findings[0].title);
}

Test(diagnose_cpu, two_threads_on_two_cpus_scale_well)
{
	struct made *made = crowd(2, 9.9);

	cr_assert_str_eq(found(made), "scales-well ok");
	cr_assert_null(made->report.findings[0].advice, "there is nothing to do");
}

/* Each cause is too small to be named, and together they take a seventh. */
Test(diagnose_cpu, small_losses_that_add_up_leave_a_verdict)
{
	struct made *made = crowd(2, 8.6);

	for (size_t i = 0; i < 2; i++) {
		struct report_figures *figures = &made->threads[i].figures;

		figures->ready_ns = made_ns(0.7);
		figures->waiting_ns = made_ns(0.7);
		figures->waits[WAIT_IO] =
			(struct report_wait){ .count = 9, .time_ns = made_ns(0.7) };
	}
	cr_assert_str_eq(found(made), "scales-well ok");
	cr_assert(strstr(made->report.findings[0].title, "small losses, and none of them counts"),
		  "%s", made->report.findings[0].title);
}

Test(diagnose_cpu, one_thread_on_two_cpus_scales_well_and_could_have_company)
{
	struct made *made = crowd(1, 9.9);

	cr_assert_str_eq(found(made), "scales-well ok");
	cr_assert(strstr(made->report.findings[0].advice, "1 CPU stayed idle"));
}

static struct made *preempted(unsigned int threads, uint64_t involuntary)
{
	struct made *made = crowd(threads, 19.9 / threads);

	for (unsigned int i = 0; i < threads; i++)
		made->threads[i].figures.involuntary = involuntary / threads;
	return made;
}

Test(diagnose_cpu, many_threads_in_short_slices_are_oversubscribed)
{
	struct made *made = preempted(8, 80000);

	cr_assert_str_eq(found(made), "cpu-saturated ok, oversubscribed notice");
	cr_assert_lt(figure_of(finding_of(made, FINDING_OVERSUBSCRIBED), "slice_ns"), 300000);
}

Test(diagnose_cpu, many_threads_in_long_slices_are_not_oversubscribed)
{
	cr_assert_str_eq(found(preempted(8, 60000)), "cpu-saturated ok");
	cr_assert_str_eq(found(preempted(3, 80000)), "cpu-saturated ok", "only 1.5 for each CPU");
}

Test(diagnose_cpu, yields_are_no_preemptions)
{
	struct made *made = preempted(8, 80000);

	for (int i = 0; i < 8; i++)
		made->threads[i].figures.yields = 2400;
	cr_assert_str_eq(found(made), "cpu-saturated ok");
}

Test(diagnose_cpu, stolen_time_makes_cpus_slower)
{
	struct made *made = crowd(2, 9.9);

	made->threads[0].figures.stolen_ns = made_ns(2.2);
	cr_assert_str_eq(found(made), "slower-cpus notice");
	made = crowd(2, 9.9);
	made->threads[0].figures.stolen_ns = made_ns(1.9);
	cr_assert_str_eq(found(made), "scales-well ok", "9.6 %%");
}

Test(diagnose_cpu, stolen_time_of_who_hardly_runs_is_no_matter)
{
	struct made *made = made_report(1, 10);

	made_wait(made_thread(made, 0.4, 0), WAIT_CONDITION, 9, 9.6, 0);
	made->threads[0].figures.stolen_ns = made_ns(0.2);
	cr_assert_str_eq(found(made), "idle ok");
}

Test(diagnose_cpu, what_is_not_told_is_said_in_the_words_of_its_reason)
{
	static const char *reasons[] = {
		"CPU quotas of 4 more cgroups bind the target's processes"
	};
	struct made *made = made_report(2, 10);
	const struct report_finding *finding;

	made_thread(made, 9.9, 0);
	made->report.completeness.complete = false;
	made->report.completeness.reasons = reasons;
	made->report.completeness.reasons_count = 1;
	cr_assert_str_eq(found(made), "scales-well ok, incomplete notice");
	finding = finding_of(made, FINDING_INCOMPLETE);
	cr_assert(strstr(finding->title, reasons[0]), "%s", finding->title);
	cr_assert_null(finding->detail);
}
