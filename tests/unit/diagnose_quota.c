/* SPDX-License-Identifier: BSD-2-Clause */
/* throttled. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

Test(diagnose_quota, a_used_up_quota_is_throttling_and_no_saturation)
{
	struct made *made = crowd(4, 1.25);

	made->quota = (struct report_quota){ .cgroup = "/box",
					     .cpus = 0.5,
					     .watched_ns = made_ns(10),
					     .throttled_ns = made_ns(15),
					     .periods = 100,
					     .throttled_periods = 98 };
	made->report.quotas = &made->quota;
	made->report.quotas_count = 1;
	cr_assert_str_eq(found(made), "throttled problem");
	cr_assert_float_eq(figure_of(&made->report.findings[0], "throttled_share"), 0.98, 1e-9);
	cr_assert(strstr(made->report.findings[0].detail, "/box"));
}

Test(diagnose_quota, a_quota_that_is_hardly_touched_is_none)
{
	struct made *made = crowd(8, 2.49);

	made->quota = (struct report_quota){ .cgroup = "/box",
					     .cpus = 2,
					     .watched_ns = made_ns(10),
					     .periods = 100,
					     .throttled_periods = 9 };
	made->report.quotas = &made->quota;
	made->report.quotas_count = 1;
	cr_assert_str_eq(found(made), "cpu-saturated ok");
}

/* Two workers, and 3 s of 10 s under a quota that let a fifth of a CPU through. */
Test(diagnose_quota, a_quota_that_came_late_is_told_with_the_part_that_was_measured)
{
	struct made *made = crowd(2, 7.3);
	const struct report_finding *finding;

	made->quota = (struct report_quota){ .cgroup = "/box",
					     .cpus = 0.2,
					     .watched_ns = made_ns(3),
					     .throttled_ns = made_ns(5),
					     .periods = 30,
					     .throttled_periods = 29 };
	made->report.quotas = &made->quota;
	made->report.quotas_count = 1;
	cr_assert_str_eq(found(made), "throttled problem");
	finding = &made->report.findings[0];
	cr_assert(strstr(finding->detail, "under which it was for 3.0 s of 10 s"), "%s",
		  finding->detail);
	cr_assert_float_eq(figure_of(finding, "watched_ns"), 3e9, 1);
}

/* All of its periods, but one second of ten: what came before it is not the quota's. */
Test(diagnose_quota, a_quota_that_held_for_a_moment_does_not_stand_for_the_window)
{
	struct made *made = crowd(8, 2.49);

	made->quota = (struct report_quota){ .cgroup = "/box",
					     .cpus = 2,
					     .watched_ns = made_ns(0.9),
					     .periods = 9,
					     .throttled_periods = 9 };
	made->report.quotas = &made->quota;
	made->report.quotas_count = 1;
	cr_assert_str_eq(found(made), "cpu-saturated ok");
}
