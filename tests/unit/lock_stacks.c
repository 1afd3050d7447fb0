// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/lock_stacks.h"

#include <criterion/criterion.h>

static struct lock_guess guess_of(const struct stack_case *stack)
{
	struct lock_clues clues = {
		.operation = stack->operation,
		.is_private = true,
		.value = stack->value,
		.functions = stack->functions,
		.function_count = FRAMES,
		.waiters = stack->passed_on ? 4 : 1,
		.wakers_are_waiters = stack->passed_on,
	};

	return lock_kind_of(&clues);
}

void assert_kinds(const struct stack_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct lock_guess guess = guess_of(&cases[i]);

		cr_assert_eq(guess.kind, cases[i].kind, "case %zu: %s (%s)", i,
			     lock_kind_names[guess.kind], guess.why);
		cr_assert_eq(guess.contended, cases[i].contended, "case %zu: %s", i, guess.why);
		cr_assert_geq(guess.confidence, 0.7, "case %zu: %s", i, guess.why);
	}
}
