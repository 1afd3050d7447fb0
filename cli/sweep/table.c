// SPDX-License-Identifier: BSD-2-Clause
/* Workers down, curves across: time, speed-up as a bar and a figure, efficiency, spread. */
#include <math.h>
#include <string.h>

#include "cli/report/bar.h"
#include "cli/report/format.h"
#include "cli/sweep/print.h"

#define LABEL_COLUMNS  6u
#define BLOCK_MIN      20u /* time, bar, speed-up */
#define BLOCK_WITH_EFF 27u
#define BLOCK_WITH_ALL 35u
#define BAR_MAX        16u
#define TIME_COLUMNS   9u
#define SPEED_COLUMNS  7u
#define EFF_COLUMNS    6u
#define SPREAD_COLUMNS 7u

/* How the curves of one table share its width. */
struct layout {
	unsigned int block; /* columns of a curve */
	unsigned int bar;
	bool efficiency;
	bool spread;
	double full; /* speed-up of a full bar; 0: nothing succeeded, and there are no bars */
};

static struct layout layout_for(const struct sweep_page *page, size_t from, size_t to)
{
	struct layout layout = { .full = 0 };
	unsigned int curves = to > from ? (unsigned int)(to - from) : 1;
	unsigned int used = TIME_COLUMNS + SPEED_COLUMNS + 2;

	layout.block = (page->right - LABEL_COLUMNS) / curves;
	layout.efficiency = layout.block >= BLOCK_WITH_EFF;
	layout.spread = layout.block >= BLOCK_WITH_ALL && page->result->axes->repeat > 1;
	used += layout.efficiency ? EFF_COLUMNS : 0;
	used += layout.spread ? SPREAD_COLUMNS : 0;
	layout.bar = layout.block > used ? layout.block - used : 1;
	if (layout.bar > BAR_MAX)
		layout.bar = BAR_MAX;
	layout.block = used + layout.bar;
	for (size_t c = from; c < to; c++) {
		const struct sweep_point *best = curve_best(&page->result->curves[c]);

		if (best)
			layout.full = fmax(layout.full, fmax(best->time.speedup, 1));
	}
	return layout;
}

static void print_heads(const struct sweep_page *page, size_t from, size_t to,
			const struct layout *layout)
{
	struct line line;

	sweep_heading(&line, page, "workers");
	for (size_t c = from; c < to; c++) {
		unsigned int start = LABEL_COLUMNS + (unsigned int)(c - from) * layout->block;
		char label[SWEEP_LABEL_BYTES];

		sweep_label(page, &page->result->curves[c], label);
		line_to(&line, start + 3);
		line_add_cut(&line, label, layout->block - 4);
	}
	line_print(&line, page->out);
	if (!layout->efficiency)
		return;
	for (size_t c = from; c < to; c++) {
		unsigned int start = LABEL_COLUMNS + (unsigned int)(c - from) * layout->block;
		unsigned int end = start + TIME_COLUMNS;

		line_right(&line, end, "time");
		if (layout->spread)
			line_right(&line, end += SPREAD_COLUMNS, "spread");
		line_right(&line, end += 2 + layout->bar + SPEED_COLUMNS, "speed-up");
		line_right(&line, end + EFF_COLUMNS, "eff.");
	}
	line_print(&line, page->out);
}

static void add_figure(struct line *line, unsigned int end, const char *format, double value)
{
	char text[32];

	snprintf(text, sizeof(text), format, value);
	line_right(line, end, text);
}

static void add_block(struct line *line, const struct sweep_point *point, unsigned int start,
		      const struct layout *layout)
{
	unsigned int end = start + TIME_COLUMNS;

	if (!point->done) {
		line_right(line, end, point->failed ? "failed" : "not run");
		return;
	}
	line_right(line, end, format_duration((uint64_t)point->time.median).text);
	if (layout->spread)
		add_figure(line, end += SPREAD_COLUMNS, "%.1f %%", point->time.spread * 100);
	line_to(line, end + 2);
	line_emphasis(line, EMPHASIS_RUNNING);
	bar_add(line, point->time.speedup / layout->full, layout->bar);
	line_emphasis(line, EMPHASIS_NONE);
	end += 2 + layout->bar + SPEED_COLUMNS;
	add_figure(line, end, "%.2f×", point->time.speedup);
	if (layout->efficiency)
		add_figure(line, end + EFF_COLUMNS, "%.0f %%", point->time.efficiency * 100);
}

void sweep_print_table(const struct sweep_page *page, size_t from, size_t to)
{
	const struct sweep_curve *curves = page->result->curves;
	size_t most = (page->right - LABEL_COLUMNS) / BLOCK_MIN;
	struct layout layout;
	struct line line;
	char text[64];

	for (; to - from > most; from += most)
		sweep_print_table(page, from, from + most);
	line_start(&line, page->style);
	layout = layout_for(page, from, to);
	print_heads(page, from, to, &layout);
	for (size_t i = 0; i < curves[from].count; i++) {
		snprintf(text, sizeof(text), "%u", curves[from].points[i].workers);
		line_right(&line, LABEL_COLUMNS - 1, text);
		for (size_t c = from; c < to; c++)
			add_block(&line, &curves[c].points[i],
				  LABEL_COLUMNS + (unsigned int)(c - from) * layout.block, &layout);
		line_print(&line, page->out);
	}
	if (!layout.full)
		return;
	snprintf(text, sizeof(text), "full bar = %.2f×", layout.full);
	line_emphasis(&line, EMPHASIS_FAINT);
	line_right(&line, LABEL_COLUMNS + (unsigned int)(to - from) * layout.block, text);
	line_emphasis(&line, EMPHASIS_NONE);
	line_print(&line, page->out);
}
