/* SPDX-License-Identifier: BSD-2-Clause */
/* spawn-bound. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

static struct made *births(unsigned int count, double life)
{
	struct made *made = made_report(4, 1);
	struct report_thread *parent = made_thread(made, 0.2, 0);

	made_wait(parent, WAIT_CHILD, count, 0.8, 0);
	for (unsigned int i = 0; i < count; i++) {
		struct report_thread *child = made_thread(made, life, 0);

		child->started_ns = (int64_t)made_ns(0.001 * i + 0.001);
		child->exited_ns = made_ns(0.001 * i + life);
	}
	return made;
}

Test(diagnose_births, many_short_lives_are_spawn_bound)
{
	struct made *made = births(200, 0.003);

	cr_assert_eq(strncmp(found(made), "spawn-bound problem", 19), 0);
	cr_assert_float_eq(figure_of(&made->report.findings[0], "births_per_second"), 200, 1e-6);
}

Test(diagnose_births, few_or_long_lives_are_not_spawn_bound)
{
	cr_assert_null(strstr(found(births(49, 0.003)), "spawn"));
	cr_assert_null(strstr(found(births(60, 0.021)), "spawn"));
}

/* On 2 CPUs, parents that have a child at a time, each ready for most of its life. */
static struct made *births_on_full_cpus(int parents, double child_runs)
{
	struct made *made = made_report(2, 1);

	for (int i = 0; i < parents; i++) {
		made_wait(made_thread(made, 0.01, 0.09), WAIT_CHILD, 50, 0.9, 0);
		for (int k = 0; k < 50; k++) {
			struct report_thread *child =
				made_thread(made, child_runs, 0.018 - child_runs);

			child->started_ns = (int64_t)made_ns(0.02 * k + 0.001);
			child->exited_ns = made_ns(0.02 * k + 0.019);
		}
	}
	return made;
}

Test(diagnose_births, births_come_before_the_cpus_that_they_keep_busy)
{
	struct made *made = births_on_full_cpus(4, 0.0092);
	const struct report_finding *full;

	cr_assert_str_eq(found(made), "spawn-bound problem, cpu-saturated ok");
	full = finding_of(made, FINDING_CPU_SATURATED);
	cr_assert_str_eq(full->title, "4 threads share 2 CPUs; busy 94 % of the time.");
}

Test(diagnose_births, full_cpus_come_before_births_that_are_the_smaller_part)
{
	struct made *made = births_on_full_cpus(2, 0.003);

	for (int i = 0; i < 4; i++)
		made_thread(made, 0.4, 0.6);
	cr_assert_str_eq(found(made), "cpu-saturated ok, spawn-bound problem");
}

Test(diagnose_births, threads_that_were_there_before_were_not_born)
{
	struct made *made = births(200, 0.003);

	for (size_t i = 0; i < made->report.threads_count; i++)
		made->threads[i].started_ns = -1;
	cr_assert_null(strstr(found(made), "spawn"));
}
