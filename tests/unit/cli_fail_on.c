/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verbs/fail_on.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct fail_on parsed(const char *text)
{
	struct fail_on fail_on = { 0 };

	cr_assert_eq(fail_on_parse(text, &fail_on), 0, "%s", text);
	return fail_on;
}

static void assert_refused(const char *text)
{
	struct fail_on fail_on = { 0 };

	cr_assert_eq(fail_on_parse(text, &fail_on), -EINVAL, "%s", text);
	cr_assert_eq(fail_on.count, 0, "nothing of a refused text is kept");
}

/* 30 % lock wait, 70 % running. */
static struct report waiting_report(void)
{
	static struct report_finding findings[] = {
		{ .id = "cpu-saturated", .severity = "ok", .title = "8 threads share 2 CPUs." },
		{ .id = "lock-bound", .severity = "notice", .title = "30 % is lock wait." },
	};
	struct report report = { .parallelism.mean = 1.4,
				 .totals.figures.running_ns = 700,
				 .findings = findings,
				 .findings_count = 2 };

	report.totals.figures.waits[WAIT_LOCK].time_ns = 300;
	return report;
}

static const char *reason(const char *text)
{
	static char why[200];
	struct fail_on fail_on = parsed(text);
	struct report report = waiting_report();

	return fail_on_matches(&fail_on, &report, why, sizeof(why)) ? why : NULL;
}

Test(fail_on, matches_any_finding_of_the_list)
{
	cr_assert_str_eq(reason("deadlock,lock-bound"), "lock-bound: 30 % is lock wait.");
	cr_assert_str_eq(reason("cpu-saturated"), "cpu-saturated: 8 threads share 2 CPUs.");
	cr_assert_null(reason("deadlock,gil-bound"));
}

Test(fail_on, knows_every_finding)
{
	for (int i = 0; i < FINDING_COUNT; i++)
		cr_assert_eq(parsed(finding_names[i]).terms[0].finding, i);
}

Test(fail_on, problem_is_any_finding_of_that_severity)
{
	struct report_finding finding = { .id = "starvation", .severity = "problem" };
	struct report report = { .findings = &finding, .findings_count = 1 };
	struct fail_on fail_on = parsed("problem");
	char why[100];

	cr_assert_null(reason("problem"), "a notice is none");
	cr_assert(fail_on_matches(&fail_on, &report, why, sizeof(why)));
	cr_assert_str_eq(why, "starvation: ");
}

Test(fail_on, compares_shares_of_thread_time)
{
	cr_assert_str_eq(reason("lock-wait>20%"), "lock-wait is 30.0 % (lock-wait>20%)");
	cr_assert_null(reason("lock-wait>30%"), "not more than that");
	cr_assert_str_eq(reason("deadlock,running<0.8"), "running is 70.0 % (running<0.8)");
	cr_assert_null(reason("running<70%"));
}

Test(fail_on, compares_parallelism_as_a_number)
{
	cr_assert_str_eq(reason("parallelism<1.5"), "parallelism is 1.40 (parallelism<1.5)");
	cr_assert_null(reason("parallelism<1.4"));
}

Test(fail_on, refuses_what_it_does_not_know)
{
	static const char *const texts[] = { "",
					     "lock",
					     "lock-bound,",
					     ",lock-bound",
					     "Lock-Bound",
					     "lock-wait",
					     "lock-wait>",
					     "lock-wait>20",
					     "lock-wait=20%",
					     "lock-wait>-1%",
					     "lock-wait>101%",
					     "nothing>20%",
					     "parallelism>many",
					     "parallelism>1.5x",
					     ">20%",
					     "a-name-that-is-longer-than-any-figure-there-is>20%" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i]);
}

Test(fail_on, refuses_more_than_it_has_room_for)
{
	struct fail_on fail_on = { 0 };

	cr_assert_eq(fail_on_parse("idle,idle,idle,idle,idle,idle,idle,idle,idle,idle,idle,idle,"
				   "idle,idle,idle,idle,idle",
				   &fail_on),
		     -E2BIG);
}

Test(fail_on, given_twice_adds_up)
{
	struct fail_on fail_on = parsed("deadlock");

	cr_assert_eq(fail_on_parse("livelock", &fail_on), 0);
	cr_assert_eq(fail_on.count, 2);
}

Test(fail_on, is_open_while_the_verdict_is_withheld)
{
	struct report_finding finding = { .id = "incomplete", .severity = "notice" };
	struct report report = { .findings = &finding, .findings_count = 1 };
	struct fail_on fail_on = parsed("deadlock"), none = { 0 };

	cr_assert(fail_on_is_open(&fail_on, &report));
	cr_assert_not(fail_on_is_open(&none, &report));
	report = waiting_report();
	cr_assert_not(fail_on_is_open(&fail_on, &report));
}
