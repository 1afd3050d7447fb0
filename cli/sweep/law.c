// SPDX-License-Identifier: BSD-2-Clause
/* The law with its formula, how far to believe it, and the measured share beside the fitted one. */
#include <math.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/sweep/print.h"

/* Further apart than this, two shares do not agree. */
#define SHARES_APART  0.05
#define DISTURBED_MIN 0.1
/* Of less, a bound of hundreds would be guessed. */
#define SERIAL_WORTH_A_BOUND 0.005

static void say_amdahl(FILE *text, const struct amdahl *law)
{
	fprintf(text, "%s fits, with s = %.1f %% (95 %%: %.1f…%.1f %%)", AMDAHL_FORMULA,
		law->serial * 100, law->serial_95.low * 100, law->serial_95.high * 100);
	if (isfinite(law->bound))
		fprintf(text, ", so at most %.1f× with any number of CPUs. ", law->bound);
	else
		fprintf(text, ", so no bound in sight. ");
}

static void say_usl(FILE *text, const struct usl *law)
{
	fprintf(text,
		"%s fits, with sigma = %.1f %% (95 %%: %.1f…%.1f %%) and kappa = %.3f %% "
		"(%.3f…%.3f "
		"%%)",
		USL_FORMULA, law->sigma * 100, law->sigma_95.low * 100, law->sigma_95.high * 100,
		law->kappa * 100, law->kappa_95.low * 100, law->kappa_95.high * 100);
	if (isfinite(law->peak_95.high))
		fprintf(text, ": fastest with %.0f workers (%.0f…%.0f). ", law->peak,
			law->peak_95.low, law->peak_95.high);
	else
		fprintf(text, ": fastest with %.0f workers (%.0f or more). ", law->peak,
			law->peak_95.low);
}

/* The last point within the CPUs that tells a share; beyond, waiting for CPUs blurs it. */
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

static void say_measured(FILE *text, const struct sweep_curve *curve)
{
	const struct sweep_point *point = measured_at(curve);
	const struct fit_interval *fitted = &curve->fit.amdahl.serial_95;
	double serial = point ? point->serial : NAN;

	if (!point)
		return;
	fprintf(text, "Serial share as measured at %u workers: %.1f %%", point->workers,
		serial * 100);
	if (point->account.lock[0])
		fprintf(text, " (lock %s)", point->account.lock);
	if (curve->fit.refusal && serial >= SERIAL_WORTH_A_BOUND)
		fprintf(text, ", so by Amdahl's law (at most 1 / s) %.1f× at most.", 1 / serial);
	else if (curve->fit.refusal)
		fprintf(text, ".");
	else if (serial > fitted->high + SHARES_APART)
		fprintf(text, ", which the fit does not show: the waits overlap other work.");
	else if (serial < fitted->low - SHARES_APART)
		fprintf(text,
			", less than the fit says: the curve bends for another reason than waiting "
			"for each other, such as slower CPUs.");
	else
		fprintf(text, ", which agrees with the fit.");
}

static void say_slower(FILE *text, const struct sweep_cause *cause, bool tasks)
{
	if (cause->slower < CAUSE_SLOWER_MIN)
		return;
	fprintf(text,
		" Running time per %s grew %.2f-fold by %u workers: the CPUs got slower (SMT, "
		"memory, "
		"steal, clock) or there was more to do; that is not serial work.",
		tasks ? "task" : "run", cause->slower, cause->slower_at);
}

/* Workers that wait for a CPU though there is one for each: somebody else is on it. */
static void say_disturbed(FILE *text, const struct sweep_curve *curve)
{
	const struct sweep_point *worst = NULL;
	double share = DISTURBED_MIN;

	for (size_t i = 0; i < curve->count && curve->name.workload; i++) {
		const struct sweep_point *point = &curve->points[i];
		double ready = share_of(point->account.ns[ACCOUNT_READY], point->account.whole_ns);

		if (!point->done || point->workers > curve->name.cpus || ready < share)
			continue;
		worst = point;
		share = ready;
	}
	if (worst)
		fprintf(text,
			" With %s, %.0f %% of their time was ready although there were CPUs for "
			"all: other programs ran on them, so measure again when the machine is "
			"quiet.",
			format_things(worst->workers, "worker").text, share * 100);
}

static void say_law(FILE *text, const struct scaling_fit *fit)
{
	char sentence[256];

	if (fit->refusal)
		return;
	if (fit->law == LAW_USL)
		say_usl(text, &fit->usl);
	else
		say_amdahl(text, &fit->amdahl);
	scaling_belief_say(fit, sentence, sizeof(sentence));
	fprintf(text, "%s ", sentence);
}

static void print_law(const struct sweep_page *page, const struct sweep_curve *curve)
{
	char label[SWEEP_LABEL_BYTES], title[SWEEP_LABEL_BYTES + 16];
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return;
	say_law(text, &curve->fit);
	say_measured(text, curve);
	say_slower(text, &curve->cause, curve_last(curve)->account.tasks > 0);
	say_disturbed(text, curve);
	fclose(text);
	sweep_label(page, curve, label);
	snprintf(title, sizeof(title), "Law, %s", label);
	if (words && *words)
		line_paragraph(page->out, page->style, title, words);
}

/* Once for all curves in a row that are refused for the same reason. */
static void print_refusal(const struct sweep_page *page, const struct sweep_curve *curve,
			  const struct sweep_curve *before)
{
	const struct scaling_fit *fit = &curve->fit;
	char sentence[256];

	if (!fit->refusal ||
	    (before && before->fit.refusal == fit->refusal && before->fit.points == fit->points &&
	     before->name.cpus == curve->name.cpus))
		return;
	scaling_refusal_say(fit->refusal, fit->points, curve->name.cpus, sentence,
			    sizeof(sentence));
	line_paragraph(page->out, page->style, "Law", sentence);
}

void sweep_print_laws(const struct sweep_page *page)
{
	const struct sweep_curve *before = NULL;

	for (size_t c = 0; c < page->result->count; c++) {
		const struct sweep_curve *curve = &page->result->curves[c];

		if (!curve_last(curve))
			continue;
		print_refusal(page, curve, before);
		print_law(page, curve);
		before = curve;
	}
}
