/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks of waits as they were seen, and what they tell of the lock. */
#ifndef PARTRACE_TESTS_LOCK_STACKS_H
#define PARTRACE_TESTS_LOCK_STACKS_H

#include <linux/futex.h>

#include "daemon/model/lock_kind.h"

#define PLAIN  FUTEX_WAIT
#define BITSET FUTEX_WAIT_BITSET

#define FRAMES 6

struct stack_case {
	const char *functions[FRAMES]; /* innermost first; NULL where there is no symbol */
	uint32_t operation;
	uint32_t value;
	bool passed_on; /* its wakers wait for it, too */
	enum lock_kind kind;
	bool contended;
};

/* Each is told to be what it says, with a confidence of at least 0.7. */
void assert_kinds(const struct stack_case *cases, size_t count);

#endif
