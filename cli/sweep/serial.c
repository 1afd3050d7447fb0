// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/serial.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "cli/report/format.h"

/* Further apart than this, two shares do not agree. */
#define SHARES_APART  0.05
#define DISTURBED_MIN 0.1
/* Of less, a bound of hundreds would be guessed. */
#define SERIAL_WORTH_A_BOUND 0.005
/* So much more than a share allows is no noise. */
#define GAIN_BEYOND 1.1
/* A lock for which hardly any of the time was lost is not what was serial. */
#define LOCK_BEHIND_IT 0.25

static const struct sweep_point *measured_at(const struct sweep_curve *curve)
{
	const struct sweep_point *found = NULL;

	for (size_t i = 0; i < curve->count; i++) {
		const struct sweep_point *point = &curve->points[i];

		if (point->done && !isnan(point->serial) &&
		    (!found || point->workers <= curve->name.cpus))
			found = point;
	}
	return found;
}

static bool tells_beside(const struct sweep_point *point, const struct sweep_point *last)
{
	return point->done && !isnan(point->serial) && point->workers <= last->workers;
}

/*
 * A law has one share for any number of workers, and is fitted to all points within the CPUs. So
 * the share to hold against it is that of all of them: their median, as one alone may be off.
 */
static void measure(const struct sweep_curve *curve, struct serial_share *share)
{
	double shares[AXIS_WORKERS_MAX] = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < curve->count && count < AXIS_WORKERS_MAX; i++) {
		const struct sweep_point *point = &curve->points[i];

		if (!tells_beside(point, share->point))
			continue;
		if (!count)
			share->from_workers = point->workers;
		shares[count++] = point->serial;
	}
	if (!count)
		return;
	share->measured = gsl_stats_median(shares, 1, count);
}

static double others_share(const struct sweep_curve *curve, const struct sweep_point *point)
{
	double cpus_ns = (double)curve->name.cpus * (double)point->account.elapsed_ns;

	return cpus_ns > 0 ? fmin(1, (double)point->account.others_ns / cpus_ns) : 0;
}

/*
 * Workers that wait for a CPU though there is one for each: somebody else is on it. A command may
 * have more threads than workers: there the others must have been seen.
 */
static double disturbed_share(const struct sweep_curve *curve, const struct sweep_point *point)
{
	double ready;

	if (!point->done || point->workers > curve->name.cpus)
		return 0;
	ready = share_of(point->account.ns[ACCOUNT_READY], point->account.whole_ns);
	return curve->name.workload ? ready : fmin(ready, others_share(curve, point));
}

/* NULL: none within the CPUs was disturbed. */
static const struct sweep_point *most_disturbed(const struct sweep_curve *curve)
{
	const struct sweep_point *worst = NULL;
	double share = DISTURBED_MIN;

	for (size_t i = 0; i < curve->count; i++) {
		double ready = disturbed_share(curve, &curve->points[i]);

		if (ready < share)
			continue;
		worst = &curve->points[i];
		share = ready;
	}
	return worst;
}

/* Beyond the CPUs nobody sees what others took, but there they took it from the points within. */
static bool is_disturbed(const struct sweep_curve *curve, const struct sweep_point *point)
{
	if (point->workers > curve->name.cpus)
		return most_disturbed(curve) != NULL;
	return disturbed_share(curve, point) >= DISTURBED_MIN;
}

static enum serial_match match_of(const struct sweep_curve *curve, const struct serial_share *share)
{
	const struct fit_interval *fitted = &curve->fit.amdahl.serial_95;
	double gain = share->point->time.speedup;

	if (is_disturbed(curve, share->point))
		return SERIAL_DISTURBED;
	if (curve->fit.refusal)
		return gain > GAIN_BEYOND / share->measured ? SERIAL_MORE : SERIAL_UNCOMPARED;
	if (share->measured > fitted->high + SHARES_APART)
		return SERIAL_MORE;
	return share->measured < fitted->low - SHARES_APART ? SERIAL_LESS : SERIAL_AGREES;
}

struct serial_share serial_share_of(const struct sweep_curve *curve)
{
	struct serial_share share = { .point = measured_at(curve), .measured = NAN };

	if (share.point) {
		measure(curve, &share);
		share.match = match_of(curve, &share);
	}
	return share;
}

/*
 * The lock behind it; where there is none, the code that ran while the others had nothing to do. On
 * one CPU all code runs alone.
 */
static void say_behind(const struct sweep_curve *curve, const struct sweep_account *account,
		       FILE *out)
{
	double lock_ns = (double)(account->ns[ACCOUNT_LOCK] + account->ns[ACCOUNT_GIL]);

	if (*account->lock && lock_ns > 0 &&
	    lock_ns >= LOCK_BEHIND_IT * account->predict.hindered_ns)
		fprintf(out, " (lock %s)", account->lock);
	else if (*account->code && curve->name.cpus > 1)
		fprintf(out, " (while only %s ran)", account->code);
}

static void say_match(const struct sweep_curve *curve, const struct serial_share *share, FILE *out)
{
	if (share->match == SERIAL_DISTURBED)
		fputs(", blurred by other programs on the CPUs.", out);
	else if (share->match == SERIAL_MORE && curve->fit.refusal)
		fprintf(out,
			", which a speed-up of %.2f× does not show: the waits overlap other work.",
			share->point->time.speedup);
	else if (share->match == SERIAL_MORE)
		fputs(", which the fit does not show: the waits overlap other work.", out);
	else if (share->match == SERIAL_LESS)
		fputs(", less than the fit says: the curve bends for another reason than waiting "
		      "for each other, such as slower CPUs.",
		      out);
	else if (share->match == SERIAL_AGREES)
		fputs(", which agrees with the fit.", out);
	else
		fprintf(out, ", so by Amdahl's law (at most 1 / s) %.1f× at most.",
			1 / share->measured);
}

void serial_say(const struct sweep_curve *curve, FILE *out)
{
	struct serial_share share = serial_share_of(curve);
	bool fitted = share.match == SERIAL_LESS || share.match == SERIAL_AGREES;

	if (!share.point)
		return;
	if (share.from_workers < share.point->workers)
		fprintf(out, "Serial share as measured, median of %u to ", share.from_workers);
	else
		fputs("Serial share as measured at ", out);
	fprintf(out, "%s: %.1f %%", format_things(share.point->workers, "worker").text,
		share.measured * 100);
	if (share.measured >= SERIAL_WORTH_A_BOUND)
		say_behind(curve, &share.point->account, out);
	if (share.measured >= SERIAL_WORTH_A_BOUND || fitted)
		say_match(curve, &share, out);
	else
		fputc('.', out);
}

void serial_say_slower(const struct sweep_curve *curve, FILE *out)
{
	const struct sweep_cause *cause = &curve->cause;
	const struct sweep_point *last = curve_last(curve);

	if (!last || cause->slower < CAUSE_SLOWER_MIN)
		return;
	fprintf(out,
		"Running time per %s grew %.2f-fold by %s: the CPUs got slower (SMT, memory, "
		"steal, clock) or there was more to do; that is not serial work.",
		last->account.tasks ? "task" : "run", cause->slower,
		format_things(cause->slower_at, "worker").text);
}

void serial_say_disturbed(const struct sweep_curve *curve, FILE *out)
{
	const struct sweep_point *worst = most_disturbed(curve);

	if (!worst)
		return;
	fprintf(out, "With %s, ", format_things(worst->workers, "worker").text);
	if (curve->name.workload)
		fprintf(out,
			"%.0f %% of %s time was ready although there were CPUs for all: other "
			"programs ran on them",
			disturbed_share(curve, worst) * 100, worst->workers == 1 ? "its" : "their");
	else
		fprintf(out, "other programs had %.0f %% of the time of %s",
			others_share(curve, worst) * 100,
			format_things(curve->name.cpus, "CPU").text);
	fputs(", so measure again when the machine is quiet.", out);
}
