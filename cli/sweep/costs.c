// SPDX-License-Identifier: BSD-2-Clause
/* What workers cost before they do anything: the time to make one, and the memory of all. */
#include "cli/report/format.h"
#include "cli/sweep/print.h"

#define LABEL_COLUMNS  6u
#define START_COLUMNS  12u
#define MEMORY_COLUMNS 12u

/* Which figures there are: only a workload's own clock knows how long its workers took to start. */
struct costs {
	bool start, memory;
	unsigned int block; /* columns of a curve */
};

static struct costs costs_known(const struct sweep_page *page, size_t from, size_t to)
{
	struct costs costs = { .block = MEMORY_COLUMNS };

	for (size_t c = from; c < to; c++)
		for (size_t i = 0; i < page->result->curves[c].count; i++) {
			const struct sweep_account *account =
				&page->result->curves[c].points[i].account;

			if (!account->known)
				continue;
			costs.start |= account->start_ns != NO_VALUE;
			costs.memory |= account->memory_bytes != NO_VALUE;
		}
	if (costs.start)
		costs.block += START_COLUMNS;
	return costs;
}

static void print_heads(const struct sweep_page *page, size_t from, size_t to,
			const struct costs *costs)
{
	unsigned int start = LABEL_COLUMNS;
	struct line line;

	sweep_heading(&line, page,
		      costs->start ? "Cost: to start one worker, and memory of all (PSS)"
				   : "Cost: memory of all (PSS)");
	line_print(&line, page->out);
	for (size_t c = from; c < to; c++, start += costs->block) {
		char label[SWEEP_LABEL_BYTES];

		sweep_label(page, &page->result->curves[c], label);
		line_to(&line, start + (costs->start ? 6 : 1));
		line_add_cut(&line, label, costs->block - (costs->start ? 7 : 1));
	}
	line_print(&line, page->out);
	start = LABEL_COLUMNS;
	for (size_t c = from; c < to; c++, start += costs->block) {
		if (costs->start)
			line_right(&line, start + START_COLUMNS, "start");
		line_right(&line, start + costs->block, "memory");
	}
	line_print(&line, page->out);
}

static void add_block(struct line *line, const struct sweep_point *point, unsigned int start,
		      const struct costs *costs)
{
	const struct sweep_account *account = &point->account;

	if (!point->done || !account->known)
		return;
	if (costs->start)
		line_right(line, start + START_COLUMNS, format_duration(account->start_ns).text);
	line_right(line, start + costs->block, format_bytes(account->memory_bytes).text);
}

void sweep_print_costs(const struct sweep_page *page, size_t from, size_t to)
{
	const struct sweep_curve *curves = page->result->curves;
	struct costs costs = costs_known(page, from, to);
	size_t most = (page->right - LABEL_COLUMNS) / costs.block;
	struct line line;
	char text[16];

	if (!costs.start && !costs.memory)
		return;
	for (; to - from > most; from += most)
		sweep_print_costs(page, from, from + most);
	print_heads(page, from, to, &costs);
	line_start(&line, page->style);
	for (size_t i = 0; i < curves[from].count; i++) {
		snprintf(text, sizeof(text), "%u", curves[from].points[i].workers);
		line_right(&line, LABEL_COLUMNS - 1, text);
		for (size_t c = from; c < to; c++)
			add_block(&line, &curves[c].points[i],
				  LABEL_COLUMNS + (unsigned int)(c - from) * costs.block, &costs);
		line_print(&line, page->out);
	}
}
