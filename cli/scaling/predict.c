// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/predict.h"

#include <math.h>

double predict_serial(const struct predict_account *account)
{
	double serial_ns;

	if (account->workers < 2 || !(account->useful_ns > 0) || !(account->hindered_ns >= 0) ||
	    !(account->alone_ns >= 0))
		return NAN;
	serial_ns = fmin(account->hindered_ns / (account->workers - 1), account->alone_ns);
	return fmin(1, serial_ns / account->useful_ns);
}

double predict_time_ns(const struct predict_account *account, unsigned int workers,
		       unsigned int cpus)
{
	double serial = predict_serial(account);
	double divided;

	if (!(account->useful_ns > 0) || !workers || !cpus)
		return NAN;
	if (isnan(serial))
		serial = 0;
	divided = fmax(account->useful_ns / workers, account->running_ns / cpus);
	return serial * account->useful_ns + (1 - serial) * divided;
}
