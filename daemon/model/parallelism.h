/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: how long exactly k targets ran at once, out of two looks at a set. */
#ifndef PARTRACE_MODEL_PARALLELISM_H
#define PARTRACE_MODEL_PARALLELISM_H

#include "abi/totals.h"
#include "api/report.h"

/* Closes the interval that is still open: as if the count changed at `at_ns`. */
void set_totals_at(const struct set_totals *set, uint64_t at_ns, struct set_totals *ret);

/*
 * Fills `ret` with the time at each level between two such looks; `levels` has room for SET_LEVELS
 * and is what ret->time_at_level_ns will point to.
 */
void parallelism_between(const struct set_totals *from, const struct set_totals *to,
			 uint64_t duration_ns, uint64_t *levels, struct report_parallelism *ret);

#endif
