// SPDX-License-Identifier: BSD-2-Clause
#include "cli/scaling/choose.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

#include "base/owned.h"

/* Every run more than so much faster than N times: more than noise. */
#define SUPERLINEAR_MARGIN 1.10
/* Squares below this are the rounding of numbers, not residuals. */
#define SQUARES_NONE 1e-18

const char *const scaling_law_names[] = { [LAW_AMDAHL] = "amdahl", [LAW_USL] = "usl" };
_Static_assert(ARRAY_LEN(scaling_law_names) == LAWS, "name every law");
const char *const scaling_belief_names[] = {
	[BELIEF_GOOD] = "good", [BELIEF_POOR] = "poor", [BELIEF_VAGUE] = "vague"
};
_Static_assert(ARRAY_LEN(scaling_belief_names) == BELIEFS, "name every belief");

static bool all_equal(const struct series_point *points, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (points[i].median != points[0].median)
			return false;
	return true;
}

/* The slowest run here against the fastest with the fewest workers. */
static bool superlinear(const struct series_point *points, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		double ideal = points[0].low * points[0].workers / points[i].workers;

		if (points[i].high * SUPERLINEAR_MARGIN < ideal)
			return true;
	}
	return false;
}

static enum scaling_refusal check(const struct series_point *points, size_t count, size_t within)
{
	if (!count)
		return SCALING_NO_POINTS;
	for (size_t i = 0; i < count; i++) {
		if (!points[i].workers)
			return SCALING_NO_WORKERS;
		if (!(points[i].median > 0) || !isfinite(points[i].median))
			return SCALING_NO_TIME;
		if (i && points[i].workers <= points[i - 1].workers)
			return SCALING_NOT_ASCENDING;
	}
	if (within < SCALING_POINTS_MIN)
		return SCALING_TOO_FEW;
	if (all_equal(points, within))
		return SCALING_EQUAL_TIMES;
	return superlinear(points, within) ? SCALING_SUPERLINEAR : SCALING_DONE;
}

static double chance_of_kappa(const struct amdahl *amdahl, const struct usl *usl)
{
	double gain = amdahl->fit.squares - usl->fit.squares;

	if (amdahl->fit.squares < SQUARES_NONE || gain <= 0 || usl->kappa <= 0)
		return 1;
	if (usl->fit.squares < SQUARES_NONE)
		return 0;
	return gsl_cdf_fdist_Q(gain / (usl->fit.squares / (double)usl->fit.freedom), 1,
			       (double)usl->fit.freedom);
}

static enum scaling_belief judge(const struct scaling_fit *fit)
{
	const struct fit *law = fit->law == LAW_USL ? &fit->usl.fit : &fit->amdahl.fit;
	const struct fit_interval *share = &law->interval[FIT_SIGMA];

	if (law->worst > BELIEF_RESIDUAL_MAX)
		return BELIEF_POOR;
	return share->high - share->low > BELIEF_WIDTH_MAX ? BELIEF_VAGUE : BELIEF_GOOD;
}

struct scaling_fit scaling_choose(const struct series_point *points, size_t count,
				  unsigned int cpus)
{
	struct scaling_fit fit = { 0 };

	while (fit.points < count && points[fit.points].workers <= cpus)
		fit.points++;
	fit.refusal = check(points, count, fit.points);
	if (!fit.refusal)
		fit.refusal = amdahl_fit(points, fit.points, &fit.amdahl);
	if (!fit.refusal)
		fit.refusal = usl_fit(points, fit.points, &fit.usl);
	if (fit.refusal)
		return fit;
	fit.kappa_by_chance = chance_of_kappa(&fit.amdahl, &fit.usl);
	fit.law = fit.kappa_by_chance < LAW_DOUBT ? LAW_USL : LAW_AMDAHL;
	fit.belief = judge(&fit);
	return fit;
}

double scaling_time(const struct scaling_fit *fit, double workers)
{
	return fit->law == LAW_USL ? usl_time(&fit->usl, workers)
				   : amdahl_time(&fit->amdahl, workers);
}

void scaling_belief_say(const struct scaling_fit *fit, char *ret, size_t size)
{
	const struct fit *law = fit->law == LAW_USL ? &fit->usl.fit : &fit->amdahl.fit;

	if (fit->belief == BELIEF_POOR)
		snprintf(ret, size,
			 "Do not believe it: a point lies %.0f %% off, so the curve bends for "
			 "another reason.",
			 law->worst * 100);
	else if (fit->belief == BELIEF_VAGUE)
		snprintf(ret, size,
			 "It says little: %zu points scatter too much to tell the share within 20 "
			 "percentage points.",
			 law->points);
	else
		snprintf(ret, size, "All %zu points lie within %.1f %% of it.", law->points,
			 law->worst * 100);
}
