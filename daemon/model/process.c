// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/process.h"

#include <stdlib.h>

#include "base/owned.h"

/* Rows in order of arrival, and an open-addressed index over them, twice as large. */
struct process_table {
	struct process **rows;
	size_t count;
	size_t limit;
	uint32_t *index; /* row + 1; 0: empty */
	size_t index_size;
};

struct process_table *process_table_new(size_t limit)
{
	struct process_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->limit = limit;
	table->index_size = 2 * (limit + 1);
	table->rows = calloc(limit + 1, sizeof(struct process *));
	table->index = calloc(table->index_size, sizeof(*table->index));
	if (table->rows && table->index)
		return table;
	process_table_free(table);
	return NULL;
}

void process_table_free(struct process_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++) {
		free(table->rows[i]->command);
		free(table->rows[i]);
	}
	free(table->rows);
	free(table->index);
	free(table);
}

static uint32_t *find_place(const struct process_table *table, uint32_t pid)
{
	size_t at = pid * 2654435761u % table->index_size;

	while (table->index[at] && table->rows[table->index[at] - 1]->pid != pid)
		at = (at + 1) % table->index_size;
	return &table->index[at];
}

/* Of all that had this PID, the newest first. */
static struct process *find_started(struct process *process, uint64_t start_ktime_ns)
{
	if (process && !process->start_ktime_ns)
		process->start_ktime_ns = start_ktime_ns;
	while (process && start_ktime_ns && process->start_ktime_ns != start_ktime_ns)
		process = process->older;
	return process;
}

static void link_row(struct process_table *table, uint32_t *place, struct process *process)
{
	struct process *newest = *place ? table->rows[*place - 1] : NULL;

	table->rows[table->count++] = process;
	if (!newest || newest->start_ktime_ns < process->start_ktime_ns) {
		process->older = newest;
		*place = (uint32_t)table->count;
	} else {
		process->older = newest->older;
		newest->older = process;
	}
}

struct process *process_get(struct process_table *table, uint32_t pid, uint64_t start_ktime_ns)
{
	uint32_t *place = find_place(table, pid);
	struct process *process = NULL;

	/* PID 0 is no process, but all that have no row of their own. */
	if (!pid)
		start_ktime_ns = 0;
	if (*place)
		process = find_started(table->rows[*place - 1], start_ktime_ns);
	if (process)
		return process;
	if (table->count >= table->limit && pid)
		return process_get(table, 0, 0);
	process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->pid = pid;
	process->start_ktime_ns = start_ktime_ns;
	process->rss_bytes = NO_VALUE;
	process->pss_bytes = NO_VALUE;
	link_row(table, place, process);
	return process;
}

size_t process_count(const struct process_table *table)
{
	return table->count;
}

struct process *process_at(const struct process_table *table, size_t index)
{
	return table->rows[index];
}
