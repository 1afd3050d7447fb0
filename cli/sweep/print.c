// SPDX-License-Identifier: BSD-2-Clause
#include "cli/sweep/print.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/format.h"

#define COLUMNS_MAX 120u
/* A command longer than this is cut where it is a name. */
#define SUBJECT_CUT    40
#define SUBJECT_BYTES  64
#define FAILURES_SHOWN 5

const char *sweep_subject(const struct sweep_page *page, const struct sweep_curve *curve)
{
	return curve->name.workload ? workload_name(curve->name.workload) : page->result->command;
}

void sweep_label(const struct sweep_page *page, const struct sweep_curve *curve,
		 char ret[SWEEP_LABEL_BYTES])
{
	const char *mode = curve->name.mode == WORKER_THREADS ? "threads" : "procs";
	const char *runtime = curve->name.runtime == RUNTIME_PYTHON ? "python " : "";
	char cpus[24] = "";

	if (page->result->axes->cpus_count > 1)
		snprintf(cpus, sizeof(cpus), "%s%.20s", curve->name.workload ? ", " : "",
			 format_things(curve->name.cpus, "CPU").text);
	if (!curve->name.workload)
		snprintf(ret, SWEEP_LABEL_BYTES, "%s", *cpus ? cpus : "command");
	else if (page->result->axes->workload_count > 1)
		snprintf(ret, SWEEP_LABEL_BYTES, "%.20s %s%s%s", sweep_subject(page, curve),
			 runtime, mode, cpus);
	else
		snprintf(ret, SWEEP_LABEL_BYTES, "%s%s%s", runtime, mode, cpus);
}

/* Curves that stand side by side: all of one workload. The first index behind them. */
static size_t group_end(const struct sweep_result *result, size_t from)
{
	size_t to = from + 1;

	while (to < result->count &&
	       result->curves[to].name.workload == result->curves[from].name.workload &&
	       result->curves[to].name.runtime == result->curves[from].name.runtime)
		to++;
	return to;
}

void sweep_heading(struct line *line, const struct sweep_page *page, const char *heading)
{
	line_start(line, page->style);
	line_emphasis(line, EMPHASIS_STRONG);
	line_add(line, "%s", heading);
	line_emphasis(line, EMPHASIS_NONE);
}

static void gap(const struct sweep_page *page)
{
	fputc('\n', page->out);
}

/* "cpu threads"; a long command is cut. */
static void gain_title(const struct sweep_page *page, const struct sweep_curve *curve,
		       char ret[SUBJECT_BYTES + SWEEP_LABEL_BYTES])
{
	const char *subject = sweep_subject(page, curve);
	char label[SWEEP_LABEL_BYTES], name[SUBJECT_BYTES];
	bool names = curve->name.workload && page->result->axes->workload_count > 1;

	sweep_label(page, curve, label);
	snprintf(name, sizeof(name), strlen(subject) > SUBJECT_CUT ? "%.*s…" : "%.*s", SUBJECT_CUT,
		 subject);
	if (names)
		snprintf(ret, SUBJECT_BYTES + SWEEP_LABEL_BYTES, "%s", label);
	else if (!curve->name.workload && page->result->axes->cpus_count == 1)
		snprintf(ret, SUBJECT_BYTES + SWEEP_LABEL_BYTES, "%s", name);
	else
		snprintf(ret, SUBJECT_BYTES + SWEEP_LABEL_BYTES, "%s %s", name, label);
}

/* The verdict on a curve: what was gained, and what ended it. */
static void print_gain(const struct sweep_page *page, const struct sweep_curve *curve)
{
	const struct sweep_point *best = curve_best(curve);
	char title[SUBJECT_BYTES + SWEEP_LABEL_BYTES], gain[96], cause[256] = "", words[400];

	gain_title(page, curve, title);
	if (!best)
		snprintf(gain, sizeof(gain), "never succeeded");
	else if (curve_done(curve) == 1)
		snprintf(gain, sizeof(gain), "succeeded with %s only",
			 format_things(best->workers, "worker").text);
	else if (best->time.speedup < CURVE_GAIN_MIN)
		snprintf(gain, sizeof(gain), "gains nothing");
	else
		snprintf(gain, sizeof(gain), "gains up to %.2f× (%u workers)%s", best->time.speedup,
			 best->workers, best->time.speedup_low < 1 ? CURVE_GAIN_DOUBT : "");
	if (curve->cause.id != CAUSE_UNKNOWN)
		cause_say(&curve->cause, curve->name.cpus, curve_last(curve)->account.lock, cause,
			  sizeof(cause));
	snprintf(words, sizeof(words), "%s%s%s.", gain, *cause ? "; " : "", cause);
	line_paragraph(page->out, page->style, title, words);
}

static void print_what_was_done(const struct sweep_page *page)
{
	const struct sweep_result *result = page->result;
	size_t runs = result_runs(result), failures = result_failures(result);
	double spread = 0;
	char words[512], tasks[160] = "", failed[64] = "", times[64] = "each point once";

	for (size_t c = 0; c < result->count; c++)
		for (size_t i = 0; i < result->curves[c].count; i++)
			if (result->curves[c].points[i].done)
				spread = fmax(spread, result->curves[c].points[i].time.spread);
	if (!result->command)
		snprintf(tasks, sizeof(tasks), "%s%s%s · ",
			 format_things(result->tasks, "task").text,
			 result->task_time_ns ? " of " : "",
			 result->task_time_ns ? format_duration(result->task_time_ns).text : "");
	if (failures)
		snprintf(failed, sizeof(failed), ", %zu failed", failures);
	if (runs == failures)
		snprintf(times, sizeof(times), "none succeeded");
	else if (result->axes->repeat > 1)
		snprintf(times, sizeof(times), "median of %u, spread up to %.1f %%",
			 result->axes->repeat, spread * 100);
	snprintf(words, sizeof(words), "%s%s%s in %s · %s · seed %llu%s", tasks,
		 format_things(runs, "run").text, failed, format_duration(result->taken_ns).text,
		 times, (unsigned long long)result->seed,
		 result->probed ? "" : " · without probes, by the workers' own clocks");
	line_paragraph(page->out, page->style, "", words);
	if (!result->interrupted)
		return;
	snprintf(words, sizeof(words), "It was ended when %zu of %zu runs were made.", runs,
		 result->planned);
	line_paragraph(page->out, page->style, "INTERRUPTED", words);
}

static void print_failures(const struct sweep_page *page)
{
	size_t shown = 0;

	for (size_t c = 0; c < page->result->count; c++) {
		const struct sweep_curve *curve = &page->result->curves[c];

		for (size_t i = 0; i < curve->count; i++) {
			const struct sweep_point *point = &curve->points[i];
			char label[SWEEP_LABEL_BYTES], title[SWEEP_LABEL_BYTES + 32], words[512];
			const char *why = "";

			for (unsigned int k = 0; k < point->repeat && !*why; k++)
				why = point->runs[k].failure ? point->runs[k].failure : "";
			if (!point->failed || shown++ >= FAILURES_SHOWN)
				continue;
			sweep_label(page, curve, label);
			snprintf(title, sizeof(title), "Failed, %s", label);
			snprintf(words, sizeof(words), "with %s, %u of %u runs: %s.",
				 format_things(point->workers, "worker").text, point->failed,
				 point->failed + point->done, why);
			line_paragraph(page->out, page->style, title, words);
		}
	}
}

static bool has_succeeded(const struct sweep_page *page)
{
	for (size_t c = 0; c < page->result->count; c++)
		if (curve_last(&page->result->curves[c]))
			return true;
	return false;
}

static void print_next(const struct sweep_page *page)
{
	const struct sweep_curve *curve = &page->result->curves[0];
	const struct sweep_point *last = curve_last(curve);
	bool succeeded = has_succeeded(page);
	struct line line;

	sweep_heading(&line, page, "Next");
	line_print(&line, page->out);
	if (curve->name.workload && last) {
		line_add(&line, "  sudo partrace run %s%s --%s %u", sweep_subject(page, curve),
			 curve->name.runtime == RUNTIME_PYTHON ? " --runtime python" : "",
			 curve->name.mode == WORKER_THREADS ? "threads" : "procs", last->workers);
		line_to(&line, 46);
		line_add(&line, "one point in detail");
		line_print(&line, page->out);
	}
	line_add(&line, "  partrace report --json -o sweep.json");
	line_to(&line, 46);
	line_add(&line, succeeded ? "each point's report" : "why each run failed");
	line_print(&line, page->out);
	if (!succeeded)
		return;
	line_add(&line, "  partrace report --html sweep.html");
	line_to(&line, 46);
	line_add(&line, "the curves, to share");
	line_print(&line, page->out);
}

int sweep_print(FILE *out, const struct sweep_result *result, const struct report_style *style)
{
	struct sweep_page page = { out, result, style,
				   style->columns < COLUMNS_MAX ? style->columns : COLUMNS_MAX };

	for (size_t c = 0; c < result->count; c++)
		print_gain(&page, &result->curves[c]);
	gap(&page);
	print_what_was_done(&page);
	for (size_t from = 0, to; from < result->count; from = to) {
		to = group_end(result, from);
		gap(&page);
		sweep_print_table(&page, from, to);
		for (size_t c = from; c < to; c++)
			sweep_print_accounts(&page, &result->curves[c]);
		sweep_print_costs(&page, from, to);
	}
	gap(&page);
	print_failures(&page);
	sweep_print_laws(&page);
	print_next(&page);
	return fflush(out) ? -EIO : 0;
}
