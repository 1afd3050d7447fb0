/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verbs/fail_on.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct fail_on parsed(const char *text)
{
	struct fail_on fail_on = { 0 };
	char why[160] = "";

	cr_assert_eq(fail_on_parse(text, &fail_on, why, sizeof(why)), 0, "%s: %s", text, why);
	return fail_on;
}

static void assert_refused(const char *text, const char *reason)
{
	struct fail_on fail_on = { 0 };
	char why[160] = "";

	cr_assert_eq(fail_on_parse(text, &fail_on, why, sizeof(why)), -EINVAL, "%s", text);
	cr_assert_str_eq(why, reason);
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

Test(fail_on, compares_every_cause_of_waiting)
{
	for (int cause = 0; cause < WAIT_COUNT; cause++) {
		struct report report = waiting_report();
		char text[40], why[100];
		struct fail_on fail_on;

		report.totals.figures.waits[WAIT_LOCK].time_ns = 0;
		report.totals.figures.waits[cause].time_ns = 300;
		snprintf(text, sizeof(text), "%s-wait>29%%", wait_names[cause]);
		fail_on = parsed(text);
		cr_assert(fail_on_matches(&fail_on, &report, why, sizeof(why)), "%s", text);
		report.totals.figures.waits[cause].time_ns = 200;
		cr_assert_not(fail_on_matches(&fail_on, &report, why, sizeof(why)), "%s", text);
	}
}

Test(fail_on, compares_what_was_stolen_and_what_was_ready)
{
	struct report report = waiting_report();
	struct fail_on stolen = parsed("stolen>9%"), ready = parsed("ready>9%");
	char why[100];

	cr_assert_not(fail_on_matches(&stolen, &report, why, sizeof(why)));
	cr_assert_not(fail_on_matches(&ready, &report, why, sizeof(why)));
	report.totals.figures.stolen_ns = 70;
	report.totals.figures.ready_ns = 200;
	cr_assert(fail_on_matches(&stolen, &report, why, sizeof(why)));
	cr_assert_str_eq(why, "stolen is 10.0 % (stolen>9%)");
	cr_assert(fail_on_matches(&ready, &report, why, sizeof(why)));
}

Test(fail_on, refuses_what_it_does_not_know_and_says_what_that_is)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "a name is missing" },
		{ "lock", "there is no finding 'lock'" },
		{ "lock-bound,", "a name is missing" },
		{ ",lock-bound", "a name is missing" },
		{ "Lock-Bound", "there is no finding 'Lock-Bound'" },
		{ "idle, lock-bound", "there is no finding ' lock-bound'" },
		{ "lock-wait", "'lock-wait' needs > or < and a limit" },
		{ "lock-wait>",
		  "lock-wait is compared with a share such as 20% or 0.2, not with ''" },
		{ "idle,ready>20",
		  "ready is compared with a share such as 20% or 0.2, not with '20'" },
		{ "lock-wait>=20%",
		  "lock-wait is compared with a share such as 20% or 0.2, not with '=20%'" },
		{ "lock-wait=20%", "there is no finding 'lock-wait=20%'" },
		{ "lock-wait>-1%",
		  "lock-wait is compared with a share such as 20% or 0.2, not with '-1%'" },
		{ "lock-wait>101%",
		  "lock-wait is compared with a share such as 20% or 0.2, not with '101%'" },
		{ "nothing>20%", "there is no figure 'nothing' to compare" },
		{ "parallelism>20%",
		  "parallelism is compared with a number such as 1.5, not with '20%'" },
		{ "parallelism>many",
		  "parallelism is compared with a number such as 1.5, not with 'many'" },
		{ ">20%", "there is no figure '' to compare" },
		{ "a-name-that-is-longer-than-any-figure-there-is>20%",
		  "there is no figure 'a-name-that-is-longer-than-any-figure-there-is' to "
		  "compare" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(rows[i].text, rows[i].reason);
}

Test(fail_on, refuses_more_than_it_has_room_for)
{
	struct fail_on fail_on = { 0 };
	char why[160];

	cr_assert_eq(fail_on_parse("idle,idle,idle,idle,idle,idle,idle,idle,idle,idle,idle,idle,"
				   "idle,idle,idle,idle,idle",
				   &fail_on, why, sizeof(why)),
		     -E2BIG);
	cr_assert_str_eq(why, "more than 16 names are not possible");
}

Test(fail_on, given_twice_adds_up)
{
	struct fail_on fail_on = parsed("deadlock");
	char why[160];

	cr_assert_eq(fail_on_parse("livelock", &fail_on, why, sizeof(why)), 0);
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
