// SPDX-License-Identifier: BSD-2-Clause
/* Rows of code out of samples: the serial code first. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "daemon/model/code_window_parts.h"

/* What was measured exactly, and is divided among the samples. */
struct measured {
	double running_ns;
	double busy_ns;  /* at least one target ran */
	double alone_ns; /* just one */
};

static struct measured measured_of(const struct report *report)
{
	const struct report_parallelism *parallelism = &report->parallelism;
	struct measured ret = { .running_ns = (double)report->totals.figures.running_ns };

	for (size_t i = 1; i < parallelism->levels; i++)
		ret.busy_ns += (double)parallelism->time_at_level_ns[i];
	if (parallelism->levels > 1)
		ret.alone_ns = (double)parallelism->time_at_level_ns[1];
	return ret;
}

static uint64_t part(double whole_ns, double of, double sum)
{
	return sum > 0 ? (uint64_t)llround(whole_ns * of / sum) : 0;
}

static int heavier(const struct code_sums *one, const struct code_sums *other)
{
	if (one->weight != other->weight)
		return one->weight > other->weight ? -1 : 1;
	return one->samples > other->samples ? -1 : one->samples < other->samples;
}

static int by_function_weight(const void *one, const void *other)
{
	return heavier(&((const struct code_function *)one)->sums,
		       &((const struct code_function *)other)->sums);
}

static int by_count(const void *one, const void *other)
{
	const struct code_count *a = one, *b = other;

	return a->samples > b->samples ? -1 : a->samples < b->samples;
}

/* ---- functions ---- */

static const char *name_of(const struct report *report, uint64_t tid, uint64_t pid)
{
	for (size_t i = 0; i < report->threads_count; i++)
		if (report->threads[i].tid == tid && report->threads[i].pid == pid)
			return report->threads[i].name;
	return NULL;
}

static void fill_threads(const struct report *report, const struct code_function *function,
			 struct report_coder *room, struct report_code *row)
{
	struct code_count counts[CODE_COUNTS];

	for (size_t i = 0; i < CODE_COUNTS; i++)
		counts[i] = function->threads[i];
	qsort(counts, CODE_COUNTS, sizeof(counts[0]), by_count);
	row->threads = room;
	for (size_t i = 0; i < CODE_THREADS_TOLD && counts[i].samples; i++) {
		uint64_t tid = (uint32_t)counts[i].key, pid = counts[i].key >> 32;

		room[row->threads_count++] =
			(struct report_coder){ .tid = tid,
					       .pid = pid,
					       .name = name_of(report, tid, pid),
					       .samples = counts[i].samples };
	}
}

static uint64_t top_line(const struct code_function *function)
{
	const struct code_count *top = function->lines;

	for (size_t i = 1; i < CODE_COUNTS; i++)
		if (function->lines[i].samples > top->samples)
			top = &function->lines[i];
	return top->samples ? top->key : NO_VALUE;
}

static void fill_functions(struct code_window *window, struct report *report)
{
	struct measured all = measured_of(report);
	size_t count = window->functions_count;
	uint64_t told = 0;

	/* Their order does not matter to who adds samples. */
	if (count)
		qsort(window->functions, count, sizeof(*window->functions), by_function_weight);
	count = count < CODE_FUNCTIONS_TOLD ? count : CODE_FUNCTIONS_TOLD;
	for (size_t i = 0; i < count; i++) {
		const struct code_function *function = &window->functions[i];
		const struct code_sums *sums = &function->sums;
		struct report_code *row = &window->rows[i];

		*row = (struct report_code){
			.function = function->frame.function,
			.module = function->frame.module,
			.file = function->frame.file,
			.line = top_line(function),
			.kind = function->frame.kind,
			.samples = sums->samples,
			.kernel_samples = sums->kernel,
			.alone_samples = sums->alone,
			.running_ns = part(all.running_ns, (double)sums->samples,
					   (double)window->sums.samples),
			.alone_ns =
				part(all.alone_ns, (double)sums->alone, (double)window->sums.alone),
			.criticality_ns = part(all.busy_ns, sums->weight, window->sums.weight),
			.criticality = sums->weight / window->sums.weight,
		};
		fill_threads(report, function, &window->coders[i * CODE_THREADS_TOLD], row);
		told += sums->samples;
	}
	report->code = window->rows;
	report->code_count = count;
	report->sampling.other_samples = window->sums.samples - told;
}

/* ---- stacks ---- */

static int by_stack_weight(const void *one, const void *other)
{
	const struct code_stack *const *a = one, *const *b = other;

	return heavier(&(*a)->sums, &(*b)->sums);
}

static int fill_stacks(struct code_window *window, struct report *report)
{
	const struct code_stack **order = calloc(window->stacks_count + 1, sizeof(*order));
	size_t count = window->stacks_count;
	uint64_t told = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		order[i] = &window->stacks[i];
	qsort(order, count, sizeof(*order), by_stack_weight);
	count = count < CODE_STACKS_TOLD ? count : CODE_STACKS_TOLD;
	for (size_t i = 0; i < count; i++) {
		window->stack_rows[i] = (struct report_code_stack){
			.samples = order[i]->sums.samples,
			.kernel_samples = order[i]->sums.kernel,
			.weight = order[i]->sums.weight,
			.end = order[i]->whole ? "root" : "short",
			.frames = order[i]->frames,
			.frames_count = order[i]->frames_count,
		};
		told += order[i]->sums.samples;
	}
	free(order);
	report->code_stacks = window->stack_rows;
	report->code_stacks_count = count;
	report->sampling.stackless_samples = window->sums.samples - told;
	return 0;
}

int code_window_report(struct code_window *window, struct report *report)
{
	if (!window->rows)
		window->rows = calloc(CODE_FUNCTIONS_TOLD, sizeof(*window->rows));
	if (!window->coders)
		window->coders =
			calloc(CODE_FUNCTIONS_TOLD * CODE_THREADS_TOLD, sizeof(*window->coders));
	if (!window->stack_rows)
		window->stack_rows = calloc(CODE_STACKS_TOLD, sizeof(*window->stack_rows));
	if (!window->rows || !window->coders || !window->stack_rows)
		return -ENOMEM;
	report->sampling.samples = window->sums.samples;
	report->sampling.alone_samples = window->sums.alone;
	fill_functions(window, report);
	return fill_stacks(window, report);
}
