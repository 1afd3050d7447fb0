/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: what changed from one sweep (partrace.sweep/1) to another. A sweep holds repeats, so that
 * noise is known: a time has changed where the runs of the two sides do not overlap.
 */
#ifndef PARTRACE_REPORT_DIFF_SWEEPS_H
#define PARTRACE_REPORT_DIFF_SWEEPS_H

#include <jansson.h>
#include <stdint.h>

#define SWEEP_CHANGES_MAX 256u
/*
 * Of four alike runs a side the ranges miss each other by chance in 2 of 70 times, of two in 2 of
 * 6.
 */
#define SWEEP_RUNS_LEAST 4

struct sweep_change {
	char what[96]; /* "cpu, threads, 8 workers" */
	uint64_t before_ns;
	uint64_t after_ns;
	double times; /* after by before */
};

struct sweep_diff {
	struct sweep_change changes[SWEEP_CHANGES_MAX]; /* the largest first */
	size_t count;
	size_t points;  /* that both have, with times */
	size_t overlap; /* of these: no difference beyond noise */
	size_t few;     /* of these: with too few runs to know */
	size_t small;   /* of these: beyond noise, and less than was asked for */
};

/* Changes of at least `least` (0…1) of the median. Damaged documents have fewer points. */
void diff_sweeps(const json_t *before, const json_t *after, double least, struct sweep_diff *ret);

#endif
