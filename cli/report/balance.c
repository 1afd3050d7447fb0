/* SPDX-License-Identifier: BSD-2-Clause */
/* How many threads ran at once, and how busy each CPU was: side by side where there is room. */
#include "cli/report/bar.h"
#include "cli/report/format.h"
#include "cli/report/section.h"
#include "cli/report/top.h"

#define ROWS          8u
#define SIDE_BY_SIDE  72u
#define CPU_COLUMNS   32u /* without stolen */
#define LABEL_COLUMNS 8u
#define CELL_COLUMNS  8u

struct levels {
	struct top top;
	uint64_t whole_ns;
	uint64_t more_ns;
	size_t more;
	size_t rows;
};

struct cpus {
	struct top top;
	struct report_cpu more;
	size_t left_out;
	size_t rows;
	bool stolen;
};

static void pick_levels(const struct report_parallelism *parallelism, struct levels *ret)
{
	size_t seen = 0;

	*ret = (struct levels){ 0 };
	for (size_t i = 0; i < parallelism->levels; i++)
		seen += parallelism->time_at_level_ns[i] > 0;
	ret->top.limit = top_limit(seen, ROWS);
	for (size_t i = 0; i < parallelism->levels; i++) {
		ret->whole_ns += parallelism->time_at_level_ns[i];
		if (parallelism->time_at_level_ns[i])
			top_add(&ret->top, i, parallelism->time_at_level_ns[i]);
	}
	ret->more_ns = ret->whole_ns;
	for (size_t i = 0; i < ret->top.count; i++)
		ret->more_ns -= ret->top.weight[i];
	top_order_by_index(&ret->top);
	ret->more = seen - ret->top.count;
	ret->rows = ret->top.count + (ret->more > 0);
}

static uint64_t cpu_whole_ns(const struct report_cpu *cpu)
{
	return cpu->target_ns + cpu->other_ns + cpu->idle_ns;
}

static void add_cpu(struct report_cpu *sum, const struct report_cpu *cpu, int sign)
{
	uint64_t factor = (uint64_t)(int64_t)sign;

	sum->target_ns += factor * cpu->target_ns;
	sum->other_ns += factor * cpu->other_ns;
	sum->idle_ns += factor * cpu->idle_ns;
	sum->stolen_ns += factor * cpu->stolen_ns;
}

static void pick_cpus(const struct report *report, struct cpus *ret)
{
	*ret = (struct cpus){ 0 };
	ret->top.limit = top_limit(report->cpus_count, ROWS);
	for (size_t i = 0; i < report->cpus_count; i++) {
		const struct report_cpu *cpu = &report->cpus[i];

		top_add(&ret->top, i, cpu->target_ns);
		add_cpu(&ret->more, cpu, 1);
		if (share_of(cpu->stolen_ns, cpu_whole_ns(cpu)) >= 0.001)
			ret->stolen = true;
	}
	for (size_t i = 0; i < ret->top.count; i++)
		add_cpu(&ret->more, &report->cpus[ret->top.index[i]], -1);
	top_order_by_index(&ret->top);
	ret->left_out = report->cpus_count - ret->top.count;
	ret->rows = ret->top.count + (ret->left_out > 0);
}

/* Row 0 is the heading; the highest level first. */
static void add_level(struct line *line, const struct page *page, const struct levels *levels,
		      size_t row, unsigned int end)
{
	size_t count = levels->top.count;
	uint64_t ns = levels->more_ns;
	char label[48];

	if (row > levels->rows)
		return;
	if (row > count) {
		snprintf(label, sizeof(label), "%zu more", levels->more);
	} else {
		size_t level = levels->top.index[count - row];

		snprintf(label, sizeof(label), "%zu%s", level, row == 1 && level ? " at once" : "");
		ns = page->report->parallelism.time_at_level_ns[level];
	}
	line_add(line, "  %s", label);
	line_to(line, 13);
	line_emphasis(line, EMPHASIS_RUNNING);
	bar_add(line, share_of(ns, levels->whole_ns), end - 13 - 8);
	line_emphasis(line, EMPHASIS_NONE);
	line_right(line, end, format_share(ns, levels->whole_ns).text);
}

static void add_levels_heading(struct line *line, const struct page *page)
{
	char title[100];
	uint64_t cpus = page->report->host.cpus;
	double mean = page->report->parallelism.mean;

	section_heading(line, page, "Parallelism");
	snprintf(title, sizeof(title), "  mean %.2f of %s", mean >= 0 && mean < 1e9 ? mean : 0.0,
		 format_things(cpus, "CPU").text);
	line_add(line, "%s", title);
}

static void add_cpu_row(struct line *line, const struct page *page, const struct cpus *cpus,
			size_t row, unsigned int at)
{
	const struct report_cpu *cpu = &cpus->more;
	uint64_t whole_ns;
	char label[48];

	if (row > cpus->rows)
		return;
	if (row > cpus->top.count) {
		snprintf(label, sizeof(label), "%zu more", cpus->left_out);
	} else {
		cpu = &page->report->cpus[cpus->top.index[row - 1]];
		snprintf(label, sizeof(label), "cpu%llu", (unsigned long long)cpu->cpu);
	}
	whole_ns = cpu_whole_ns(cpu);
	line_to(line, at);
	line_add_cut(line, label, LABEL_COLUMNS);
	line_right(line, at + LABEL_COLUMNS + CELL_COLUMNS,
		   format_share(cpu->target_ns, whole_ns).text);
	line_right(line, at + LABEL_COLUMNS + 2 * CELL_COLUMNS,
		   format_share(cpu->other_ns, whole_ns).text);
	line_right(line, at + LABEL_COLUMNS + 3 * CELL_COLUMNS,
		   format_share(cpu->idle_ns, whole_ns).text);
	if (cpus->stolen)
		line_right(line, at + LABEL_COLUMNS + 4 * CELL_COLUMNS,
			   format_share(cpu->stolen_ns, whole_ns).text);
}

static void add_cpus_heading(struct line *line, const struct cpus *cpus, unsigned int at)
{
	line_to(line, at);
	line_emphasis(line, EMPHASIS_STRONG);
	line_add(line, "Per CPU");
	line_emphasis(line, EMPHASIS_NONE);
	line_right(line, at + LABEL_COLUMNS + CELL_COLUMNS, "target");
	line_right(line, at + LABEL_COLUMNS + 2 * CELL_COLUMNS, "other");
	line_right(line, at + LABEL_COLUMNS + 3 * CELL_COLUMNS, "idle");
	if (cpus->stolen)
		line_right(line, at + LABEL_COLUMNS + 4 * CELL_COLUMNS, "stolen");
}

static void print_stacked(const struct page *page, const struct levels *levels,
			  const struct cpus *cpus)
{
	struct line line;

	add_levels_heading(&line, page);
	line_print(&line, page->out);
	for (size_t row = 1; row <= levels->rows; row++) {
		add_level(&line, page, levels, row, page->right);
		line_print(&line, page->out);
	}
	add_cpus_heading(&line, cpus, 0);
	line_print(&line, page->out);
	for (size_t row = 1; row <= cpus->rows; row++) {
		add_cpu_row(&line, page, cpus, row, 2);
		line_print(&line, page->out);
	}
}

static void print_side_by_side(const struct page *page, const struct levels *levels,
			       const struct cpus *cpus)
{
	unsigned int at = page->right - CPU_COLUMNS - (cpus->stolen ? CELL_COLUMNS : 0);
	size_t rows = levels->rows > cpus->rows ? levels->rows : cpus->rows;
	struct line line;

	add_levels_heading(&line, page);
	add_cpus_heading(&line, cpus, at);
	line_print(&line, page->out);
	for (size_t row = 1; row <= rows; row++) {
		add_level(&line, page, levels, row, at - 3);
		add_cpu_row(&line, page, cpus, row, at);
		line_print(&line, page->out);
	}
}

void section_balance(const struct page *page)
{
	struct levels levels;
	struct cpus cpus;

	pick_levels(&page->report->parallelism, &levels);
	pick_cpus(page->report, &cpus);
	if (page->style->columns >= SIDE_BY_SIDE)
		print_side_by_side(page, &levels, &cpus);
	else
		print_stacked(page, &levels, &cpus);
	section_gap(page);
}
