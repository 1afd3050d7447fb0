// SPDX-License-Identifier: BSD-2-Clause
#include "cli/report/interval.h"

#include <jansson.h>

#include "base/number.h"
#include "base/units.h"
#include "cli/report/format.h"

#define HEADING_EVERY 20

/* A wait that goes on is counted up to each look, so the parts of two looks subtract. */
static struct report_figures figures_since(const struct report_figures *now,
					   const struct report_figures *then)
{
	struct report_figures passed = {
		.running_ns = less(now->running_ns, then->running_ns),
		.ready_ns = less(now->ready_ns, then->ready_ns),
		.waiting_ns = less(now->waiting_ns, then->waiting_ns),
		.voluntary = less(now->voluntary, then->voluntary),
		.involuntary = less(now->involuntary, then->involuntary),
	};

	for (size_t i = 0; i < WAIT_COUNT; i++)
		passed.waits[i].time_ns = less(now->waits[i].time_ns, then->waits[i].time_ns);
	return passed;
}

static void print_heading(FILE *out)
{
	fprintf(out, "%9s %8s %9s %8s %8s %8s %8s %8s\n", "until", "threads", "parallel", "running",
		"ready", "lock", "io", "others");
}

static void print_line(FILE *out, const struct report *sums, const struct report_figures *passed,
		       uint64_t interval_ns)
{
	uint64_t whole_ns = passed->running_ns + passed->ready_ns + passed->waiting_ns;
	uint64_t lock_ns = passed->waits[WAIT_LOCK].time_ns, io_ns = passed->waits[WAIT_IO].time_ns;

	fprintf(out, "%9s %8lu %9.2f %8s %8s %8s %8s %8s%s\n",
		format_duration(sums->window.duration_ns).text, sums->totals.threads,
		interval_ns ? (double)passed->running_ns / (double)interval_ns : 0.0,
		format_share(passed->running_ns, whole_ns).text,
		format_share(passed->ready_ns, whole_ns).text, format_share(lock_ns, whole_ns).text,
		format_share(io_ns, whole_ns).text,
		format_share(less(passed->waiting_ns, lock_ns + io_ns), whole_ns).text,
		sums->completeness.complete ? "" : "  incomplete");
}

static void print_json(FILE *out, const struct report *sums, const struct report_figures *passed,
		       uint64_t interval_ns)
{
	json_t *waits = json_object(), *line;

	for (size_t i = 0; i < WAIT_COUNT; i++)
		json_object_set_new(waits, wait_names[i],
				    json_integer((json_int_t)passed->waits[i].time_ns));
	line = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:{s:I,s:I},s:o,s:b}", "schema",
			 "partrace.interval/1", "until_ns", (json_int_t)sums->window.duration_ns,
			 "interval_ns", (json_int_t)interval_ns, "threads",
			 (json_int_t)sums->totals.threads, "running_ns",
			 (json_int_t)passed->running_ns, "ready_ns", (json_int_t)passed->ready_ns,
			 "waiting_ns", (json_int_t)passed->waiting_ns, "switches", "voluntary",
			 (json_int_t)passed->voluntary, "involuntary",
			 (json_int_t)passed->involuntary, "waits_ns", waits, "complete",
			 sums->completeness.complete);
	json_dumpf(line, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(line);
}

void interval_print(struct interval_printer *printer, const struct report *sums)
{
	struct report_figures passed = figures_since(&sums->totals.figures, &printer->figures);
	uint64_t interval_ns = less(sums->window.duration_ns, printer->until_ns);

	if (printer->json) {
		print_json(printer->out, sums, &passed, interval_ns);
	} else {
		if (printer->lines++ % HEADING_EVERY == 0)
			print_heading(printer->out);
		print_line(printer->out, sums, &passed, interval_ns);
	}
	fflush(printer->out);
	printer->until_ns = sums->window.duration_ns;
	printer->figures = sums->totals.figures;
}
