/* SPDX-License-Identifier: BSD-2-Clause */
/* What is looked for in reports time and again. */
#ifndef PARTRACE_TESTS_ROWS_H
#define PARTRACE_TESTS_ROWS_H

#include <jansson.h>
#include <stdbool.h>

/* As json_at(); NULL when it is null. */
const char *text_at(const json_t *document, const char *path);

/* Fails the test, with what is missing and why, unless the report is complete. */
void assert_complete(const json_t *report, const char *what);

/* Of this number in each row of a list. */
double sum_at(const json_t *list, const char *path);

/* The thread's row; fails the test when there is none. */
const json_t *thread_of(const json_t *report, json_int_t tid);
const json_t *thread_named(const json_t *report, const char *name);

/* The finding of this ID; NULL when there is none. */
const json_t *finding_in(const json_t *report, const char *id);

/* What other programs or the host take of all CPUs before a verdict may change by it. */
#define DISTURBED 0.05
/* What they took, 0 to 1. */
double share_of_others(const json_t *report);

/*
 * The verdict is the disturbance, and the report's figures show it: cpu-saturated where others took
 * CPUs, slower-cpus where a hypervisor or interrupts stole of them.
 */
bool verdict_is_disturbance(const json_t *report);
/* This one or a disturbance. Takes the report over. */
void assert_verdict(json_t *report, const char *expected, const char *what);
void assert_no_problem(const json_t *report, const char *what);

#endif
