/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: the serial share as measured, beside the fitted one, and what blurs both. */
#ifndef PARTRACE_SWEEP_SERIAL_H
#define PARTRACE_SWEEP_SERIAL_H

#include <stdio.h>

#include "cli/sweep/curve.h"

enum serial_match {
	SERIAL_UNCOMPARED, /* no law is fitted */
	SERIAL_AGREES,
	SERIAL_MORE, /* measured than fitted, or than the gain allows: the waits overlap work */
	SERIAL_LESS, /* measured than fitted: the curve bends for another reason */
	SERIAL_DISTURBED, /* other programs were on the CPUs */
};

struct serial_share {
	const struct sweep_point *point; /* the last that tells one; NULL: none does */
	unsigned int from_workers;       /* of the first that does */
	double measured;                 /* 0…1, the median of these; NaN without a point */
	enum serial_match match;
};

/* Of the points within the CPUs, or of the first beyond: there waiting for CPUs blurs it. */
struct serial_share serial_share_of(const struct sweep_curve *curve);

/* One sentence each; nothing where there is nothing to say. */
void serial_say(const struct sweep_curve *curve, FILE *out);
void serial_say_slower(const struct sweep_curve *curve, FILE *out);
void serial_say_disturbed(const struct sweep_curve *curve, FILE *out);

#endif
