/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sweep found: runs, points, curves; and what is worked out of them. Pure but for memory. */
#ifndef PARTRACE_SWEEP_CURVE_H
#define PARTRACE_SWEEP_CURVE_H

#include "cli/scaling/choose.h"
#include "cli/sweep/account.h"
#include "cli/sweep/axes.h"
#include "cli/sweep/cause.h"

/* A speed-up of less is no gain. */
#define CURVE_GAIN_MIN 1.05
/* Said of a gain whose slowest run gained nothing. */
#define CURVE_GAIN_DOUBT ", or nothing: its runs differ by as much"

struct sweep_run {
	uint64_t order; /* 1 for the first run that counts; 0: it was not made */
	uint64_t elapsed_ns;
	char *failure; /* one clause; NULL: it succeeded */
	json_t *report;
	struct sweep_account account;
};

struct sweep_point {
	unsigned int workers;
	struct sweep_run *runs; /* [repeat] */
	unsigned int repeat;
	/* curve_finish(): */
	unsigned int done, failed;
	struct series_point time; /* of those done, in nanoseconds */
	struct sweep_account account;
	double serial;               /* measured; NaN where it cannot be known */
	double predicted_ns;         /* from the account at half the workers; NaN without one */
	unsigned int predicted_from; /* workers */
};

struct sweep_curve {
	struct sweep_curve_name name;
	struct sweep_point *points;
	size_t count;
	/* curve_finish(): */
	struct scaling_fit fit;
	struct sweep_cause cause;
};

/* 0 or -ENOMEM; free with curve_release() either way. */
int curve_init(struct sweep_curve *curve, const struct sweep_axes *axes, size_t index);
void curve_release(struct sweep_curve *curve);

/* Points without a run that succeeded are left out of everything. 0 or -ENOMEM. */
int curve_finish(struct sweep_curve *curve);

/* The run whose report stands for the point: that of the (lower) median time; NULL for none. */
const struct sweep_run *point_median_run(const struct sweep_point *point);

/* Points with a run that succeeded. */
size_t curve_done(const struct sweep_curve *curve);
/* The most that was gained; NULL when no point has a run. */
const struct sweep_point *curve_best(const struct sweep_curve *curve);
/* The one with most workers that has a run that succeeded; NULL when none has. */
const struct sweep_point *curve_last(const struct sweep_curve *curve);

struct sweep_result {
	const struct sweep_axes *axes;
	struct sweep_curve *curves;
	size_t count;
	const char *command; /* with its {n}; NULL: workloads */
	uint64_t seed;
	uint64_t tasks;        /* of a workload's run */
	uint64_t task_time_ns; /* 0: those tasks have no given length */
	uint64_t taken_ns;     /* the whole sweep */
	size_t planned;        /* runs that count */
	bool interrupted;
	bool probed;
	char started_at[40]; /* RFC 3339 */
};

/* Runs made, failed ones included. */
size_t result_runs(const struct sweep_result *result);
size_t result_failures(const struct sweep_result *result);

#endif
