/* SPDX-License-Identifier: BSD-2-Clause */
/* The human report: verdict first, then the evidence, then what to run next. */
#ifndef PARTRACE_REPORT_PRINT_H
#define PARTRACE_REPORT_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "api/report.h"

struct report_style {
	unsigned int columns; /* 80 when piped; never less than 60 */
	bool colour;
	bool unicode; /* bars of block characters; else '#' and '.' */
	/* Where the report was read from ("-": stdin), which commands that print more of it have to
	 * name; NULL: it is the last one saved. */
	const char *file;
};

/* --color=auto|always|never and NO_COLOR, the terminal's width, the locale's charset. */
enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
struct report_style report_style_for(FILE *out, enum colour_choice choice);

/* The whole report, or one aspect of it in detail. */
enum report_view {
	VIEW_SUMMARY,
	VIEW_THREADS,
	VIEW_PROCESSES,
	VIEW_WAITS,
	VIEW_CPUS,
	VIEW_RUN_QUEUE,
	VIEW_LOCKS,
	VIEW_DEADLOCKS,
	VIEW_STACKS,
	VIEW_FINDINGS,
	VIEW_CODE,
	VIEW_COUNT,
};
extern const char *const report_view_names[];

/* -ENOENT when there is no such view. */
int report_view_find(const char *name, enum report_view *ret);
/* `workload`: the document's workload{}, or NULL. As all that print: 0, or -EIO: `out` failed. */
int report_print_view(FILE *out, const struct report *report, const json_t *workload,
		      const struct report_style *style, enum report_view view);

/* What the view of locks is about. */
struct report_locks_choice {
	const struct report_lock *lock; /* of this report: it alone, in full; NULL: all */
	bool all;                       /* condition waits, too, under a heading of their own */
};
int report_print_locks(FILE *out, const struct report *report, const struct report_style *style,
		       const struct report_locks_choice *choice);

/* What every thread does now: deadlocks first, then threads in the same place as one. */
int report_print_snapshot(FILE *out, const struct report *report, const struct report_style *style);

/* With --no-probe there is only the workload's own timing. */
int report_print_unprobed(FILE *out, const struct report *report, const json_t *workload,
			  const struct report_style *style);

#endif
