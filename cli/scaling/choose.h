/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: which law a curve follows, and whether to believe it. */
#ifndef PARTRACE_SCALING_CHOOSE_H
#define PARTRACE_SCALING_CHOOSE_H

#include <stdbool.h>

#include "cli/scaling/amdahl.h"
#include "cli/scaling/usl.h"

enum scaling_law {
	LAW_AMDAHL,
	LAW_USL,
	LAWS,
};
extern const char *const scaling_law_names[]; /* "amdahl", "usl" */

enum scaling_belief {
	BELIEF_GOOD,
	BELIEF_POOR,  /* a point lies more than 10 % off the law: it bends for another reason */
	BELIEF_VAGUE, /* the points follow it, but leave more than 20 points of the share open */
	BELIEFS,
};
extern const char *const scaling_belief_names[]; /* "good", "poor", "vague" */

#define BELIEF_RESIDUAL_MAX 0.10
#define BELIEF_WIDTH_MAX    0.20
/* Below this a curve without κ is refuted. */
#define LAW_DOUBT 0.05

struct scaling_fit {
	enum scaling_refusal refusal; /* unless SCALING_DONE, only `points` below is set */
	size_t points;                /* within the CPUs */
	struct amdahl amdahl;
	struct usl usl;
	/*
	 * Amdahl's law is the USL with κ = 0, so the F test of that one parameter chooses: the
	 * probability of a gain as large as this by chance, if κ were 0.
	 */
	double kappa_by_chance;
	enum scaling_law law;
	enum scaling_belief belief; /* in the law chosen */
};

/*
 * Fits both laws to the points with at most `cpus` workers: beyond, they share CPUs, and neither
 * law speaks of that. Points as series_points() makes them.
 */
struct scaling_fit scaling_choose(const struct series_point *points, size_t count,
				  unsigned int cpus);

/* The chosen law's time for so many workers, in the unit of the points. */
double scaling_time(const struct scaling_fit *fit, double workers);
/* One sentence on the belief. */
void scaling_belief_say(const struct scaling_fit *fit, char *ret, size_t size);

#endif
