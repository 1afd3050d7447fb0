/* SPDX-License-Identifier: BSD-2-Clause */
/* The sweep for people: what came of it, the tables, why, the law, what to do next. */
#ifndef PARTRACE_SWEEP_PRINT_H
#define PARTRACE_SWEEP_PRINT_H

#include <stdio.h>

#include "cli/report/line.h"
#include "cli/sweep/curve.h"

/* 0, or -EIO when `out` failed. */
int sweep_print(FILE *out, const struct sweep_result *result, const struct report_style *style);

/* ---- its parts, each in a file ---- */

/* Where all of it goes. */
struct sweep_page {
	FILE *out;
	const struct sweep_result *result;
	const struct report_style *style;
	unsigned int right; /* the column where tables end */
};

/* "threads", "procs, 1 CPU": what a curve is called beside its neighbours. */
#define SWEEP_LABEL_BYTES 64
void sweep_label(const struct sweep_page *page, const struct sweep_curve *curve,
		 char ret[SWEEP_LABEL_BYTES]);
/* The workload's name, or the command. */
const char *sweep_subject(const struct sweep_page *page, const struct sweep_curve *curve);

/* Begins the line; the caller goes on with it and prints it. */
void sweep_heading(struct line *line, const struct sweep_page *page, const char *heading);

/* Of the curves from…to - 1, side by side: a table below the other where the width ends. */
void sweep_print_table(const struct sweep_page *page, size_t from, size_t to);
/* Nothing where neither memory nor starting is known. */
void sweep_print_costs(const struct sweep_page *page, size_t from, size_t to);
void sweep_print_accounts(const struct sweep_page *page, const struct sweep_curve *curve);
void sweep_print_laws(const struct sweep_page *page);

#endif
