// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/svg.h"

#include <errno.h>
#include <locale.h>
#include <math.h>

#include "base/owned.h"
#include "cli/report/format.h"
#include "cli/sweep/print.h"

#define WIDTH      720.0
#define LEFT       60.0
#define RIGHT      700.0
#define TOP        50.0
#define BOTTOM     360.0
#define LEGEND_ROW 18.0
#define LAW_STEPS  48

/* Okabe and Ito's colours, told apart by the colour-blind; dashes tell them apart in print. */
static const struct {
	const char *colour;
	const char *dash;
} strokes[] = {
	{ "#0072b2", "none" },    { "#d55e00", "8 3" },  { "#009e73", "2 3" },
	{ "#cc79a7", "8 3 2 3" }, { "#e69f00", "12 4" }, { "#56b4e9", "4 4" },
};

struct chart {
	FILE *out;
	const struct sweep_result *result;
	double first, last; /* workers */
	double top;         /* speed-up */
};

static double x_of(const struct chart *chart, double workers)
{
	double range = log2(chart->last / chart->first);

	return range > 0 ? LEFT + (RIGHT - LEFT) * log2(workers / chart->first) / range : LEFT;
}

static double y_of(const struct chart *chart, double speedup)
{
	return BOTTOM - (BOTTOM - TOP) * speedup / chart->top;
}

/* Names come from strangers: nothing of them is markup, and what is no text is left out. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '&')
			fputs("&amp;", out);
		else if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fputc('?', out);
	}
}

static struct chart chart_for(FILE *out, const struct sweep_result *result)
{
	const struct sweep_axes *axes = result->axes;
	struct chart chart = { out, result, axes->workers[0],
			       axes->workers[axes->workers_count - 1], 1 };

	for (size_t c = 0; c < result->count; c++) {
		const struct sweep_point *best = curve_best(&result->curves[c]);

		if (best && best->time.speedup_high > chart.top)
			chart.top = best->time.speedup_high;
	}
	chart.top *= 1.1;
	return chart;
}

static void put_head(const struct chart *chart)
{
	double height = BOTTOM + 60 + LEGEND_ROW * ((double)chart->result->count + 1);

	fprintf(chart->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
		"font-family=\"sans-serif\" font-size=\"13\">\n<title>Speed-up by workers: ",
		WIDTH, height);
	put_text(chart->out, chart->result->command ? chart->result->command : "workloads");
	fprintf(chart->out,
		"</title>\n<style>text{fill:#222}.axis{stroke:#888;fill:none}"
		"@media(prefers-color-scheme:dark){svg{background:#111}text{fill:#ddd}}</style>\n"
		"<text x=\"%.0f\" y=\"28\" font-size=\"16\">Speed-up by workers</text>\n",
		LEFT);
}

/* A scale of 1, 2, 5, 10… with about five lines. */
static double step_for(double top)
{
	double step = pow(10, floor(log10(top / 5)));

	if (top / step > 25)
		return step * 5;
	return top / step > 10 ? step * 2 : step;
}

static void put_axes(const struct chart *chart)
{
	const struct sweep_axes *axes = chart->result->axes;
	double step = step_for(chart->top), room = LEFT - 30;

	for (int i = 0; i * step <= chart->top; i++)
		fprintf(chart->out,
			"<path class=\"axis\" opacity=\".4\" d=\"M%.1f %.1fH%.1f\"/><text "
			"x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g×</text>\n",
			LEFT, y_of(chart, i * step), RIGHT, LEFT - 6, y_of(chart, i * step) + 4,
			i * step);
	for (size_t i = 0; i < axes->workers_count; i++) {
		double x = x_of(chart, axes->workers[i]);

		/* Numbers that would overlap are left out. */
		if (x < room + 26)
			continue;
		room = x;
		fprintf(chart->out,
			"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%u</text>\n", x,
			BOTTOM + 18, axes->workers[i]);
	}
	fprintf(chart->out,
		"<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">workers</text>\n"
		"<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n",
		(LEFT + RIGHT) / 2, BOTTOM + 36, LEFT, TOP, BOTTOM, RIGHT);
}

/* Beyond as many workers as CPUs, they share them. */
static void put_cpus(const struct chart *chart)
{
	const struct sweep_axes *axes = chart->result->axes;

	for (size_t i = 0; i < axes->cpus_count; i++) {
		double x = x_of(chart, axes->cpus[i]);

		if (axes->cpus[i] < chart->first || axes->cpus[i] > chart->last)
			continue;
		fprintf(chart->out,
			"<path class=\"axis\" stroke-dasharray=\"4 4\" d=\"M%.1f "
			"%.1fV%.1f\"/><text "
			"x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
			x, TOP, BOTTOM, x, TOP - 4, x > RIGHT - 30 ? "end" : "middle",
			format_things(axes->cpus[i], "CPU").text);
	}
}

/* Up to the edge of the chart. */
static void put_ideal(const struct chart *chart)
{
	double end = fmin(chart->last, chart->first * chart->top);

	fputs("<path class=\"axis\" stroke-width=\"2\" stroke-dasharray=\"2 4\" d=\"", chart->out);
	for (int i = 0; i <= LAW_STEPS; i++) {
		double workers = chart->first * pow(end / chart->first, (double)i / LAW_STEPS);

		fprintf(chart->out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(chart, workers),
			y_of(chart, workers / chart->first));
	}
	fputs("\"/>\n", chart->out);
}

/* Only where it was fitted: within the CPUs. */
static void put_law(const struct chart *chart, const struct sweep_curve *curve, const char *colour)
{
	double end = fmin(chart->last, curve->name.cpus), one;

	if (curve->fit.refusal || end <= chart->first)
		return;
	one = scaling_time(&curve->fit, chart->first);
	fprintf(chart->out,
		"<path fill=\"none\" stroke=\"%s\" opacity=\".35\" stroke-width=\"6\" d=\"",
		colour);
	for (int i = 0; i <= LAW_STEPS; i++) {
		double workers = chart->first * pow(end / chart->first, (double)i / LAW_STEPS);

		fprintf(chart->out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(chart, workers),
			y_of(chart, one / scaling_time(&curve->fit, workers)));
	}
	fputs("\"/>\n", chart->out);
}

static void put_point(const struct chart *chart, const struct sweep_point *point,
		      const char *colour)
{
	double x = x_of(chart, point->workers);

	fprintf(chart->out,
		"<path stroke=\"%s\" d=\"M%.1f %.1fV%.1f\"/><circle cx=\"%.1f\" cy=\"%.1f\" "
		"r=\"3.5\" fill=\"%s\"><title>%u workers: %.2f× in %.4g s</title></circle>\n",
		colour, x, y_of(chart, point->time.speedup_low),
		y_of(chart, point->time.speedup_high), x, y_of(chart, point->time.speedup), colour,
		point->workers, point->time.speedup, point->time.median / 1e9);
}

static void put_curve(const struct chart *chart, size_t index)
{
	const struct sweep_curve *curve = &chart->result->curves[index];
	const char *colour = strokes[index % ARRAY_LEN(strokes)].colour;
	const char *dash = strokes[index % ARRAY_LEN(strokes)].dash;
	struct sweep_page page = { .result = chart->result };
	double y = BOTTOM + 60 + LEGEND_ROW * (double)index;
	char label[SWEEP_LABEL_BYTES], sep = 'M';

	put_law(chart, curve, colour);
	fprintf(chart->out,
		"<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"",
		colour, dash);
	for (size_t i = 0; i < curve->count; i++) {
		const struct sweep_point *point = &curve->points[i];

		if (!point->done)
			continue;
		fprintf(chart->out, "%c%.1f %.1f", sep, x_of(chart, point->workers),
			y_of(chart, point->time.speedup));
		sep = 'L';
	}
	fprintf(chart->out, "M%.1f %.1fh30\"/>\n", LEFT, y - 4);
	for (size_t i = 0; i < curve->count; i++)
		if (curve->points[i].done)
			put_point(chart, &curve->points[i], colour);
	sweep_label(&page, curve, label);
	fprintf(chart->out, "<text x=\"%.1f\" y=\"%.1f\">", LEFT + 38, y);
	if (chart->result->axes->workload_count < 2) {
		put_text(chart->out, sweep_subject(&page, curve));
		fputs(": ", chart->out);
	}
	put_text(chart->out, label);
	if (curve->cause.id != CAUSE_UNKNOWN)
		fprintf(chart->out, " (%s)", cause_name(curve->cause.id));
	fputs("</text>\n", chart->out);
}

/* What is drawn beside the curves; nothing that is not there. */
static void put_key(const struct chart *chart)
{
	const struct sweep_result *result = chart->result;
	bool law = false;

	for (size_t c = 0; c < result->count; c++)
		law |= !result->curves[c].fit.refusal;
	fprintf(chart->out, "<text x=\"%.1f\" y=\"%.1f\" opacity=\".7\">dotted: ideal%s%s</text>\n",
		LEFT, BOTTOM + 60 + LEGEND_ROW * (double)result->count,
		law ? "; wide band: the law that was fitted" : "",
		result->axes->repeat > 1 ? "; bars: fastest and slowest run" : "");
}

int sweep_svg(FILE *out, const struct sweep_result *result)
{
	/* Coordinates have points, whatever the user's numbers have. */
	locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	locale_t before = plain ? uselocale(plain) : (locale_t)0;
	struct chart chart = chart_for(out, result);

	put_head(&chart);
	put_axes(&chart);
	put_cpus(&chart);
	put_ideal(&chart);
	for (size_t c = 0; c < result->count; c++)
		put_curve(&chart, c);
	put_key(&chart);
	fputs("</svg>\n", out);
	if (plain) {
		uselocale(before);
		freelocale(plain);
	}
	return fflush(out) ? -EIO : 0;
}
