// SPDX-License-Identifier: BSD-2-Clause
/* What workers cost before they do anything: the time to make one, and the memory of all. */
#include "cli/report/format.h"
#include "cli/sweep/print.h"

#define LABEL_COLUMNS  6u
#define START_COLUMNS  12u
#define MEMORY_COLUMNS 12u
#define BLOCK          (START_COLUMNS + MEMORY_COLUMNS)

static bool any_known(const struct sweep_page *page, size_t from, size_t to)
{
	for (size_t c = from; c < to; c++)
		for (size_t i = 0; i < page->result->curves[c].count; i++) {
			const struct sweep_account *account =
				&page->result->curves[c].points[i].account;

			if (account->known &&
			    (account->start_ns != NO_VALUE || account->memory_bytes != NO_VALUE))
				return true;
		}
	return false;
}

static void print_heads(const struct sweep_page *page, size_t from, size_t to)
{
	unsigned int start = LABEL_COLUMNS;
	struct line line;

	sweep_heading(&line, page, "Cost: to start one worker, and memory of all (PSS)");
	line_print(&line, page->out);
	for (size_t c = from; c < to; c++, start += BLOCK) {
		char label[SWEEP_LABEL_BYTES];

		sweep_label(page, &page->result->curves[c], label);
		line_to(&line, start + 6);
		line_add_cut(&line, label, BLOCK - 7);
	}
	line_print(&line, page->out);
	start = LABEL_COLUMNS;
	for (size_t c = from; c < to; c++, start += BLOCK) {
		line_right(&line, start + START_COLUMNS, "start");
		line_right(&line, start + BLOCK, "memory");
	}
	line_print(&line, page->out);
}

static void add_block(struct line *line, const struct sweep_point *point, unsigned int start)
{
	const struct sweep_account *account = &point->account;

	if (!point->done || !account->known)
		return;
	line_right(line, start + START_COLUMNS, format_duration(account->start_ns).text);
	line_right(line, start + BLOCK, format_bytes(account->memory_bytes).text);
}

void sweep_print_costs(const struct sweep_page *page, size_t from, size_t to)
{
	const struct sweep_curve *curves = page->result->curves;
	size_t most = (page->right - LABEL_COLUMNS) / BLOCK;
	struct line line;
	char text[16];

	if (!any_known(page, from, to))
		return;
	for (; to - from > most; from += most)
		sweep_print_costs(page, from, from + most);
	print_heads(page, from, to);
	line_start(&line, page->style);
	for (size_t i = 0; i < curves[from].count; i++) {
		snprintf(text, sizeof(text), "%u", curves[from].points[i].workers);
		line_right(&line, LABEL_COLUMNS - 1, text);
		for (size_t c = from; c < to; c++)
			add_block(&line, &curves[c].points[i],
				  LABEL_COLUMNS + (unsigned int)(c - from) * BLOCK);
		line_print(&line, page->out);
	}
}
