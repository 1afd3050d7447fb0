/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of a report's rows on locks, with or without a truth beside them. */
#ifndef PARTRACE_TESTS_LOCK_ROWS_H
#define PARTRACE_TESTS_LOCK_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/support/locks.h"

bool lock_is_kind(const json_t *row, const char *kind);
/* The longest waited for of a kind; fails the test when there is none. */
const json_t *lock_first_of(const json_t *report, const char *kind);
/* Wait time of all rows of a kind, contended or not. */
double lock_wait_of(const json_t *report, const char *kind, bool contended);
/* Time of the row's waiter stacks with a function whose name has `part` in it. */
double lock_waits_in(const json_t *row, const char *part);

/* Wait time of what is contended and of another kind. */
double lock_wait_besides(const json_t *report, const char *kind);
/* No other kind is called contended: `kind` is what this program has. */
void assert_only_kind(const json_t *report, const char *kind);
/* Of all the row's waiter stacks the library was called from this module. */
void assert_called_from(const json_t *row, const char *module);

/* The truth's lock of that name is contended, and of this kind. */
void assert_lock_kind(const struct lock_run *run, const char *name, const char *kind);
/* It has the name of its variable, in this module. */
void assert_lock_named(const struct lock_run *run, const char *name, const char *module);

#endif
