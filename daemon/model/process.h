/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: the processes of a session, by PID and start, because a PID may be used again; bounded,
 * what does not fit is folded into PID 0.
 */
#ifndef PARTRACE_MODEL_PROCESS_H
#define PARTRACE_MODEL_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "api/report.h"

struct process {
	uint32_t pid;
	uint64_t start_ktime_ns; /* the kernel's, only to compare; 0: not known yet */
	struct process *older;   /* an earlier one of the same PID */
	char name[64];
	char *command;
	uint64_t rss_bytes;
	uint64_t pss_bytes;
	uint64_t threads; /* exited ones */
	uint64_t folded;
	struct report_figures exited; /* of exited threads */
	uint32_t report_row;          /* while a report is made */
};

struct process_table;

/* At most `limit` rows, and that of PID 0. NULL when out of memory. */
struct process_table *process_table_new(size_t limit);
void process_table_free(struct process_table *table);

/*
 * Finds or makes the row; the row of PID 0 when there are too many. NULL when out of memory. A
 * start of 0 is that of the newest process of this PID.
 */
struct process *process_get(struct process_table *table, uint32_t pid, uint64_t start_ktime_ns);
/* Rows that were made; an index is below their count. */
size_t process_count(const struct process_table *table);
struct process *process_at(const struct process_table *table, size_t index);

#endif
