/* SPDX-License-Identifier: BSD-2-Clause */
/* --view cpus: every CPU, and for how long how many threads ran at once. */
#include "base/owned.h"
#include "cli/report/bar.h"
#include "cli/report/table.h"

#define CPU_LABEL   10u
#define LEVEL_LABEL 20u

static uint64_t whole_of(const struct report_cpu *cpu)
{
	return cpu->target_ns + cpu->other_ns + cpu->idle_ns;
}

enum part { PART_TARGET, PART_OTHER, PART_IDLE, PART_STOLEN };

static uint64_t part_of(const struct report_cpu *cpu, int part)
{
	switch ((enum part)part) {
	case PART_TARGET:
		return cpu->target_ns;
	case PART_OTHER:
		return cpu->other_ns;
	case PART_IDLE:
		return cpu->idle_ns;
	default:
		return cpu->stolen_ns;
	}
}

static struct figure time_text(const struct table *table, const struct table_column *column,
			       const void *row)
{
	return format_part(part_of(row, column->which), table->largest_ns);
}

static struct figure share_text(const struct table *table, const struct table_column *column,
				const void *row)
{
	(void)table;
	return format_share(part_of(row, column->which), whole_of(row));
}

static const struct table_column cpu_columns[] = {
	{ "target", time_text, 11, PART_TARGET }, { "share", share_text, 9, PART_TARGET },
	{ "other", share_text, 9, PART_OTHER },   { "idle", share_text, 9, PART_IDLE },
	{ "stolen", share_text, 9, PART_STOLEN },
};

static void print_bar(struct line *line, const struct table *table, uint64_t part, uint64_t whole)
{
	unsigned int end = table_end(table) + 2;

	if (end + 4 <= table->page->right) {
		line_to(line, end);
		line_emphasis(line, EMPHASIS_RUNNING);
		bar_add(line, share_of(part, whole), table->page->right - end);
		line_emphasis(line, EMPHASIS_NONE);
	}
	line_print(line, table->page->out);
}

void section_cpus(const struct page *page)
{
	const struct report *report = page->report;
	struct table table = { page, cpu_columns, ARRAY_LEN(cpu_columns), CPU_LABEL,
			       report->window.duration_ns };
	struct line line;
	char label[32];

	table_heading(&table, "CPU");
	for (size_t i = 0; i < report->cpus_count; i++) {
		const struct report_cpu *cpu = &report->cpus[i];

		snprintf(label, sizeof(label), "cpu%llu", (unsigned long long)cpu->cpu);
		table_row(&line, &table, label, cpu);
		print_bar(&line, &table, cpu->target_ns, whole_of(cpu));
	}
	section_gap(page);
}

/* ---- parallelism ---- */

static struct figure level_time_text(const struct table *table, const struct table_column *column,
				     const void *row)
{
	(void)column;
	return format_part(*(const uint64_t *)row, table->largest_ns);
}

static struct figure level_share_text(const struct table *table, const struct table_column *column,
				      const void *row)
{
	(void)column;
	return format_share(*(const uint64_t *)row, table->largest_ns);
}

static const struct table_column level_columns[] = {
	{ "time", level_time_text, 12, 0 },
	{ "share", level_share_text, 9, 0 },
};

void section_levels(const struct page *page)
{
	const struct report_parallelism *parallelism = &page->report->parallelism;
	struct table table = { page, level_columns, ARRAY_LEN(level_columns), LEVEL_LABEL, 0 };
	struct line line;

	for (size_t i = 0; i < parallelism->levels; i++)
		table.largest_ns += parallelism->time_at_level_ns[i];
	table_heading(&table, "Running at once");
	for (size_t i = parallelism->levels; i--;) {
		const uint64_t *ns = &parallelism->time_at_level_ns[i];

		if (!*ns)
			continue;
		table_row(&line, &table, format_things(i, "thread").text, ns);
		print_bar(&line, &table, *ns, table.largest_ns);
	}
}
