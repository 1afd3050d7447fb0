/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed of a report, as text; the caller frees it. */
#ifndef PARTRACE_TESTS_REPORT_TEXT_H
#define PARTRACE_TESTS_REPORT_TEXT_H

#include <jansson.h>

#include "cli/report/print.h"

char *print_view(const struct report *report, const json_t *workload,
		 const struct report_style *style, enum report_view view);
/* `lock`: that one alone; NULL: those that were contended, or `all`. */
char *print_locks(const struct report *report, const struct report_style *style,
		  const struct report_lock *lock, bool all);
char *print_snapshot(const struct report *report, const struct report_style *style);

/* A document under tests/golden, decoded; the last one is forgotten. */
const struct report *golden_report(const char *name);
/* contended.json, where a crowd (which the caller keeps) sums the first two locks. */
const struct report *golden_with_a_crowd(struct report_lock *crowd);
/* Compares the text with that file under tests/golden, and frees it. */
void golden_take(const char *name, char *text);

/* What a workload says of itself: 100 tasks in 5.07 s, with waits for locks and for I/O. */
json_t *made_truth(void);

#endif
