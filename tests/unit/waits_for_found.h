/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlocks out of two looks at who waits for whom. */
#ifndef PARTRACE_TESTS_UNIT_WAITS_FOR_FOUND_H
#define PARTRACE_TESTS_UNIT_WAITS_FOR_FOUND_H

#include "daemon/model/waits_for.h"

/*
 * Each must be a cycle, from its lowest waiter on, and they must be in the order of these; fails
 * the test otherwise. The caller frees them.
 */
struct waits_for_cycles *cycles_found(const struct waits_for_edge *first, size_t first_count,
				      const struct waits_for_edge *second, size_t second_count);

#endif
