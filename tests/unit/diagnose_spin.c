/* SPDX-License-Identifier: BSD-2-Clause */
/* lock-bound where the lock is spun for: samples of code tell what no wait does. */
#include "tests/unit/diagnose.h"

#include <criterion/criterion.h>
#include <string.h>

/* `threads` busy on 4 CPUs; of 100 samples so many are in that function. */
static struct made *spinning(unsigned int threads, const char *function, uint64_t samples)
{
	static struct report_frame frames[2];
	static struct report_code_stack stack;
	static struct report_code code[2];
	struct made *made = made_report(4, 10);
	double running = threads <= 4 ? 10 : 40.0 / threads;

	for (unsigned int i = 0; i < threads; i++)
		made_thread(made, running, 10 - running);
	code[0] = (struct report_code){ .function = function, .samples = samples };
	code[1] = (struct report_code){ .function = "work", .samples = 100 - samples };
	frames[0].function = function;
	frames[1].function = "take_number";
	stack = (struct report_code_stack){ .samples = samples,
					    .frames = frames,
					    .frames_count = 2 };
	made->report.code = code;
	made->report.code_count = 2;
	made->report.code_stacks = &stack;
	made->report.code_stacks_count = 1;
	made->report.sampling.samples = 100;
	return made;
}

Test(diagnose_spin, threads_that_spin_are_lock_bound_though_they_run)
{
	struct made *made = spinning(4, "pthread_spin_lock", 60);
	const struct report_finding *finding;

	cr_assert_str_eq(found(made), "lock-bound problem");
	finding = &made->report.findings[0];
	cr_assert_str_eq(finding->title,
			 "60 % of the running time is spinning for a lock, in pthread_spin_lock.");
	cr_assert(strstr(finding->detail, "called by take_number."), "%s", finding->detail);
	cr_assert_float_eq(figure_of(finding, "spin_share"), 0.6, 1e-9);
}

Test(diagnose_spin, more_cpus_would_be_spun_away_too)
{
	struct made *made = spinning(8, "__pthread_spin_lock", 60);

	cr_assert_str_eq(found(made), "lock-bound problem, cpu-saturated ok");
	cr_assert_null(strstr(made->report.findings[1].detail ?: "", "Nothing is wrong"));
}

Test(diagnose_spin, spin_locks_are_known_by_their_usual_names)
{
	static const char *const names[] = { "base::internal::SpinLock::SlowLock",
					     "AbslInternalSpinLockDelay", "rte_spinlock_lock",
					     "tbb::spin_mutex::scoped_lock::acquire", "s_lock" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_assert_str_eq(found(spinning(4, names[i], 60)), "lock-bound problem", "%s",
				 names[i]);
}

Test(diagnose_spin, other_code_is_work)
{
	cr_assert_str_eq(found(spinning(4, "pthread_spin_unlock", 60)), "scales-well ok");
	cr_assert_str_eq(found(spinning(4, "spin_the_wheel", 60)), "scales-well ok");
	cr_assert_str_eq(found(spinning(8, "spin_the_wheel", 60)), "cpu-saturated ok");
}

Test(diagnose_spin, few_samples_tell_nothing)
{
	cr_assert_str_eq(found(spinning(4, "pthread_spin_lock", 19)), "scales-well ok");
	cr_assert_str_eq(found(spinning(4, "pthread_spin_lock", 20)), "lock-bound problem");
}
