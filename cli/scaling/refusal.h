/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: why figures are not worked out of a series. A law that is not fitted says so. */
#ifndef PARTRACE_SCALING_REFUSAL_H
#define PARTRACE_SCALING_REFUSAL_H

#include <stddef.h>

/* Fewer points than this within the CPUs and no law is fitted. */
#define SCALING_POINTS_MIN 5u

enum scaling_refusal {
	SCALING_DONE,          /* none */
	SCALING_NO_POINTS,     /* nothing was measured */
	SCALING_NO_TIME,       /* a time that is zero, negative or no number */
	SCALING_NO_WORKERS,    /* a number of workers below 1, or no number */
	SCALING_NOT_ASCENDING, /* numbers of workers that descend or are there twice */
	SCALING_TOO_FEW,       /* fewer than SCALING_POINTS_MIN points within the CPUs */
	SCALING_EQUAL_TIMES,   /* every time is the same */
	SCALING_SUPERLINEAR,   /* N workers are more than N times as fast */
	SCALING_NO_FIT,        /* least squares came to no end */
	SCALING_REFUSALS,
};

/* As it stands in JSON: "too-few-points"; NULL for SCALING_DONE. */
const char *scaling_refusal_name(enum scaling_refusal refusal);

#define SCALING_SENTENCE_BYTES 512
/*
 * One sentence, and Amdahl's formula after it where something was measured; `points` and `cpus`
 * are what the series had. "" for SCALING_DONE.
 */
void scaling_refusal_say(enum scaling_refusal refusal, size_t points, unsigned int cpus, char *ret,
			 size_t size);

#endif
