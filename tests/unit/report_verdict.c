/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/verdict.h"

#include <criterion/criterion.h>
#include <math.h>

static void assert_sentence(const struct report *report, const char *expected)
{
	char sentence[300];

	verdict_sentence(report, sentence, sizeof(sentence));
	cr_assert_str_eq(sentence, expected);
}

Test(verdict, names_ready_when_cpus_are_short)
{
	struct report report = {
		.totals = { .threads = 8, .figures = { .running_ns = 249, .ready_ns = 750 } },
	};

	report.totals.figures.waits[WAIT_IO].time_ns = 1;
	assert_sentence(&report, "8 threads spent 75.0 % of their time ready (no CPU free), and "
				 "24.9 % running.");
}

Test(verdict, counts_the_delay_that_ended_a_lock_wait_as_lock_wait)
{
	struct report report = {
		.totals = { .threads = 2, .figures = { .running_ns = 300, .ready_ns = 400 } },
	};
	struct verdict_shares shares;

	report.totals.figures.waits[WAIT_LOCK] =
		(struct report_wait){ .count = 9, .time_ns = 300, .ready_ns = 300 };
	shares = verdict_shares(&report.totals.figures);
	cr_assert_eq(shares.ns[SHARE_READY], 100);
	cr_assert_eq(shares.ns[SHARE_WAITS + WAIT_LOCK], 600);
	cr_assert_eq(shares.whole_ns, 1000);
	assert_sentence(&report, "2 threads spent 60.0 % of their time in lock wait (contention), "
				 "and 30.0 % running.");
}

Test(verdict, says_so_when_only_running_matters)
{
	struct report report = {
		.totals = { .threads = 1, .figures = { .running_ns = 998, .ready_ns = 2 } },
	};

	assert_sentence(&report, "1 thread spent 99.8 % of its time running; nothing else took "
				 "more than 0.2 %.");
}

Test(verdict, says_so_when_nothing_was_seen)
{
	struct report report = { 0 };

	assert_sentence(&report, "No thread of the target was seen in this window.");
}

Test(verdict, title_tells_parallelism_and_cpus)
{
	struct report report = { .host.cpus = 2, .parallelism.mean = 1.98 };
	char title[100];

	verdict_title(&report, title, sizeof(title));
	cr_assert_str_eq(title, "PARALLELISM 1.98 of 2 CPUs");
	report.host.cpus = 0;
	report.parallelism.mean = NAN;
	verdict_title(&report, title, sizeof(title));
	cr_assert_str_eq(title, "PARALLELISM 0.00");
}

Test(verdict, survives_a_part_that_is_ahead_of_its_total)
{
	struct report_figures figures = { .ready_ns = 5 };
	struct verdict_shares shares;

	figures.waits[WAIT_LOCK].ready_ns = 9;
	shares = verdict_shares(&figures);
	cr_assert_eq(shares.ns[SHARE_READY], 0);
	cr_assert_eq(shares.whole_ns, 5);
}
