/* SPDX-License-Identifier: BSD-2-Clause */
/* What the suites on findings ask. */
#ifndef PARTRACE_TESTS_UNIT_DIAGNOSE_H
#define PARTRACE_TESTS_UNIT_DIAGNOSE_H

#include "daemon/diagnose/diagnose.h"
#include "tests/support/made.h"

/* The findings' ids and severities, "lock-bound problem, cpu-saturated ok"; "": there are none. */
const char *found(struct made *made);
/* Of the report that found() looked at last; NULL when it is not there. */
const struct report_finding *finding_of(const struct made *made, enum finding_id id);
/* A figure of it; fails the test when it has none. */
double figure_of(const struct report_finding *finding, const char *name);

/* `threads` alike on so many CPUs, each so long, with waits for a lock that they take turns with.
 */
struct made *taking_turns(unsigned int cpus, const char *name, enum lock_kind kind,
			  unsigned int threads, double running, double wait);
/* The same on 8 CPUs, with lock wait for a mutex that they take turns with. */
struct made *contended(unsigned int threads, double running, double wait);
/* So many threads on 2 CPUs for 10 s, each of them ready while it does not run. */
struct made *crowd(unsigned int threads, double running);

#endif
