// SPDX-License-Identifier: BSD-2-Clause
/* The law with its formula, how far to believe it, and the measured share beside the fitted one. */
#include <math.h>

#include "base/owned.h"
#include "cli/sweep/print.h"
#include "cli/sweep/serial.h"

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

static void say_law(FILE *text, const struct scaling_fit *fit)
{
	char sentence[SCALING_SENTENCE_BYTES];

	if (fit->refusal)
		return;
	if (fit->law == LAW_USL)
		say_usl(text, &fit->usl);
	else
		say_amdahl(text, &fit->amdahl);
	scaling_belief_say(fit, sentence, sizeof(sentence));
	fprintf(text, "%s ", sentence);
}

/* Sentences one behind the other, with a blank between them. */
static void say_all(FILE *text, const struct sweep_curve *curve)
{
	void (*const sentences[])(const struct sweep_curve *, FILE *) = {
		serial_say,
		serial_say_slower,
		serial_say_disturbed,
	};

	say_law(text, &curve->fit);
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		long before = ftell(text);

		sentences[i](curve, text);
		if (ftell(text) > before)
			fputc(' ', text);
	}
}

static void print_law(const struct sweep_page *page, const struct sweep_curve *curve)
{
	char label[SWEEP_LABEL_BYTES], title[SWEEP_LABEL_BYTES + 16];
	_cleanup_free_ char *words = NULL;
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return;
	say_all(text, curve);
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
	char sentence[SCALING_SENTENCE_BYTES];

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
