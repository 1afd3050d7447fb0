// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/predict.h"

#include <criterion/criterion.h>
#include <math.h>

/* n T(n) = useful + hindered, with Amdahl's T(n) of a work of 100. */
static struct predict_account amdahl(double serial, unsigned int workers)
{
	double time = 100 * (serial + (1 - serial) / workers);

	return (struct predict_account){ .running_ns = 100,
					 .useful_ns = 100,
					 .hindered_ns = workers * time - 100,
					 .alone_ns = 100 * serial,
					 .workers = workers };
}

Test(predict, measures_the_serial_share_of_amdahls_law_with_any_number_of_workers)
{
	for (unsigned int workers = 2; workers <= 64; workers *= 2) {
		struct predict_account account = amdahl(0.2, workers);

		cr_assert_float_eq(predict_serial(&account), 0.2, 1e-9);
	}
}

Test(predict, one_worker_tells_no_serial_share)
{
	struct predict_account account = amdahl(0.2, 1);

	cr_assert(isnan(predict_serial(&account)));
}

Test(predict, waits_behind_a_lock_while_all_cpus_work_are_not_serial)
{
	struct predict_account account = {
		.running_ns = 100, .useful_ns = 100, .hindered_ns = 300, .alone_ns = 2, .workers = 8
	};

	cr_assert_float_eq(predict_serial(&account), 0.02, 1e-9);
}

Test(predict, is_amdahls_law_while_there_are_cpus)
{
	struct predict_account account = amdahl(0.2, 2);

	cr_assert_float_eq(predict_time_ns(&account, 4, 8), 40, 1e-9);
	cr_assert_float_eq(predict_time_ns(&account, 8, 8), 30, 1e-9);
}

Test(predict, running_time_needs_cpus)
{
	struct predict_account account = amdahl(0, 2);

	cr_assert_float_eq(predict_time_ns(&account, 4, 2), 50, 1e-9);
}

Test(predict, waiting_for_io_needs_none)
{
	struct predict_account account = {
		.running_ns = 1, .useful_ns = 100, .alone_ns = 90, .workers = 4
	};

	cr_assert_float_eq(predict_time_ns(&account, 8, 2), 12.5, 1e-9);
}

Test(predict, from_one_worker_expects_the_ideal)
{
	struct predict_account account = amdahl(0.5, 1);

	cr_assert_float_eq(predict_time_ns(&account, 2, 2), 50, 1e-9);
}

Test(predict, knows_nothing_from_nothing)
{
	struct predict_account account = { .workers = 4 };

	cr_assert(isnan(predict_time_ns(&account, 8, 2)));
	account = amdahl(0.1, 4);
	cr_assert(isnan(predict_time_ns(&account, 0, 2)));
	account.hindered_ns = NAN;
	cr_assert(isnan(predict_serial(&account)));
}
