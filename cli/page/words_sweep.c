// SPDX-License-Identifier: BSD-2-Clause
/* The verdict on each curve of a sweep. */
#include <stdbool.h>
#include <string.h>

#include "cli/page/markup.h"
#include "cli/page/words.h"
#include "cli/sweep/curve.h"

static void put_curve_name(FILE *out, const json_t *curve)
{
	const char *workload = markup_string(curve, "workload");
	const char *mode = markup_string(curve, "mode");
	const char *runtime = markup_string(curve, "runtime");
	const json_t *cpus = json_object_get(curve, "cpus");

	markup_text(out, workload ? workload : "command");
	if (runtime) {
		fputs(", ", out);
		markup_text(out, runtime);
	}
	if (mode) {
		fputs(runtime ? " " : ", ", out);
		markup_text(out, mode);
	}
	if (json_is_integer(cpus))
		fprintf(out, ", %lld CPU%s", (long long)json_integer_value(cpus),
			json_integer_value(cpus) == 1 ? "" : "s");
}

static void put_share(FILE *out, const json_t *figures, const char *key, const char *symbol)
{
	char interval[32];
	const json_t *ends, *value = json_object_get(figures, key);
	const json_t *low, *high;

	if (!json_is_number(value))
		return;
	fprintf(out, " %s = %.3g %%", symbol, json_number_value(value) * 100);
	snprintf(interval, sizeof(interval), "%s_95", key);
	ends = json_object_get(figures, interval);
	low = json_array_get(ends, 0);
	high = json_array_get(ends, 1);
	if (json_is_number(low) && json_is_number(high))
		fprintf(out, " (95 %%: %.3g…%.3g %%)", json_number_value(low) * 100,
			json_number_value(high) * 100);
}

/* Why no law is fitted; NULL where one is. */
static const char *refusal_of(const json_t *law)
{
	return markup_string(law, "refusal") ? markup_string(law, "sentence") : NULL;
}

static const char *refusal_at(const json_t *curves, size_t index)
{
	return refusal_of(json_object_get(json_array_get(curves, index), "law"));
}

/* Each reason once: it is the machine's as a rule, and so that of every curve. */
static void put_refusals(FILE *out, const json_t *curves)
{
	for (size_t i = 0; i < json_array_size(curves); i++) {
		const char *refusal = refusal_at(curves, i);
		bool said = false;

		for (size_t before = 0; refusal && before < i && !said; before++)
			said = refusal_at(curves, before) &&
			       !strcmp(refusal_at(curves, before), refusal);
		if (!said)
			markup_element(out, "p", "note", refusal);
	}
}

/* The law that fits, with its numbers as the document has them, and what they lead to. */
static void put_law(FILE *out, const json_t *law)
{
	const char *name = markup_string(law, "law");
	const json_t *figures = name ? json_object_get(law, name) : NULL;
	const char *formula = markup_string(figures, "formula");
	const json_t *bound = json_object_get(figures, "speedup_max");
	const json_t *peak = json_object_get(figures, "peak_workers");

	if (!refusal_of(law))
		markup_element(out, "p", NULL, markup_string(law, "sentence"));
	if (!json_is_object(figures))
		return;
	fputs("<p class=\"formula\"><code>", out);
	markup_text(out, formula ? formula : "");
	fputs("</code>", out);
	put_share(out, figures, "serial", "s");
	put_share(out, figures, "sigma", "sigma");
	put_share(out, figures, "kappa", "kappa");
	if (json_is_number(bound))
		fprintf(out, ": at most %.1f× with any number of CPUs", json_number_value(bound));
	if (json_is_number(peak))
		fprintf(out, ": fastest with %.0f workers", json_number_value(peak));
	fputs("</p>\n", out);
}

/* Beside the fitted share stands the measured one, whether they agree, and what blurs both. */
static void put_measured(FILE *out, const json_t *law)
{
	json_t *note;
	size_t i;

	markup_element(out, "p", NULL, markup_string(json_object_get(law, "measured"), "sentence"));
	json_array_foreach (json_object_get(law, "notes"), i, note)
		markup_element(out, "p", NULL, json_string_value(note));
}

static void put_failures(FILE *out, const json_t *curve)
{
	size_t i;
	json_t *point;

	json_array_foreach (json_object_get(curve, "points"), i, point) {
		json_int_t failed = json_integer_value(json_object_get(point, "failed"));
		json_t *runs = json_object_get(point, "runs"), *run;
		const char *why = NULL;
		size_t k;

		if (failed <= 0)
			continue;
		json_array_foreach (runs, k, run)
			if (!why)
				why = markup_string(run, "failure");
		fprintf(out, "<p class=\"failed\">%lld of %zu runs with %lld workers failed: ",
			(long long)failed, json_array_size(runs),
			(long long)json_integer_value(json_object_get(point, "workers")));
		markup_text(out, why ? why : "no reason was given");
		fputs("</p>\n", out);
	}
}

/* "Gains up to 1.95× with 4 workers." */
static void put_gain(FILE *out, const json_t *curve)
{
	json_int_t workers = 0;
	size_t i, done = 0;
	double most = 0, least = 0;
	json_t *point;

	json_array_foreach (json_object_get(curve, "points"), i, point) {
		const json_t *time = json_object_get(point, "time");
		double speedup = json_number_value(json_object_get(time, "speedup"));

		done += speedup > 0;
		if (speedup <= most)
			continue;
		most = speedup;
		least = json_number_value(json_object_get(time, "speedup_low"));
		workers = json_integer_value(json_object_get(point, "workers"));
	}
	if (!done)
		fputs("<p>Never succeeded.</p>\n", out);
	else if (done == 1)
		fprintf(out, "<p>Succeeded with %lld worker%s only.</p>\n", (long long)workers,
			workers == 1 ? "" : "s");
	else if (most >= CURVE_GAIN_MIN)
		fprintf(out, "<p>Gains up to %.2f× with %lld workers%s.</p>\n", most,
			(long long)workers, least > 0 && least < 1 ? CURVE_GAIN_DOUBT : "");
	else
		fputs("<p>Gains nothing by more workers.</p>\n", out);
}

static void put_curve(FILE *out, const json_t *curve)
{
	const char *sentence = markup_string(json_object_get(curve, "cause"), "sentence");

	fputs("<li class=\"card\">\n<h3>", out);
	put_curve_name(out, curve);
	fputs("</h3>\n", out);
	markup_element(out, "p", "says",
		       sentence ? sentence : "What bounds it is not known: nothing was measured.");
	put_gain(out, curve);
	put_law(out, json_object_get(curve, "law"));
	put_measured(out, json_object_get(curve, "law"));
	put_failures(out, curve);
	fputs("</li>\n", out);
}

void words_sweep(FILE *out, const json_t *sweep)
{
	size_t i;
	json_t *curve;

	fputs("<section class=\"verdict\" aria-labelledby=\"h-verdict\">\n"
	      "<h2 id=\"h-verdict\">Verdict</h2>\n",
	      out);
	if (json_is_true(json_object_get(sweep, "interrupted")))
		fputs("<p class=\"failed\">It was interrupted; what was done until then is "
		      "here.</p>\n",
		      out);
	fputs("<ul class=\"cards\">\n", out);
	json_array_foreach (json_object_get(sweep, "curves"), i, curve)
		put_curve(out, curve);
	fputs("</ul>\n", out);
	put_refusals(out, json_object_get(sweep, "curves"));
	fputs("</section>\n", out);
}
