// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/hindrance.h"

#include <math.h>
#include <string.h>

/* Workers wait there for each other; who waits elsewhere may be none of them, or have no work. */
static bool is_between_workers(const struct report_lock *lock)
{
	return lock->contended || (lock->kind && !strcmp(lock->kind, "barrier"));
}

/*
 * While whoever they wait for has no CPU itself, they do not wait for its work: that time is lost
 * to those who have the CPUs, and is no serial part.
 */
static double behind_ready(const struct report *report)
{
	double sum = 0;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		const struct report_holder_state *holder = &lock->holder_state_ns;
		double whole = (double)holder->running + (double)holder->ready +
			       (double)holder->lock + (double)holder->io + (double)holder->other;

		if (is_between_workers(lock) && lock->blocked_ns != NO_VALUE && whole > 0)
			sum += (double)lock->blocked_ns * (double)holder->ready / whole;
	}
	return sum;
}

/*
 * What no other worker keeps it from is useful, and what is neither that nor waiting for a CPU is
 * hindrance, having no work left included. Of N workers only: a thread beyond these, such as one
 * that waits for them to end, is not held up by them.
 */
struct predict_account hindrance_of(const struct report *report,
				    const struct sweep_account *account, unsigned int workers)
{
	const struct report_figures *figures = &report->totals.figures;
	double useful = (double)account->ns[ACCOUNT_RUNNING] + (double)account->ns[ACCOUNT_IO] +
			(double)figures->waits[WAIT_SLEEP].time_ns +
			(double)figures->waits[WAIT_FAULT].time_ns;
	double hindered = (double)workers * (double)account->elapsed_ns - useful -
			  (double)account->ns[ACCOUNT_READY] -
			  (double)figures->waits[WAIT_STOPPED].time_ns - behind_ready(report);
	double alone = 0;

	for (size_t i = 0; i < report->parallelism.levels && i < 2; i++)
		alone += (double)report->parallelism.time_at_level_ns[i];
	return (struct predict_account){
		.running_ns = (double)account->ns[ACCOUNT_RUNNING],
		.useful_ns = useful,
		.hindered_ns = fmax(0, hindered),
		.alone_ns = alone,
		.workers = workers,
	};
}
