// SPDX-License-Identifier: BSD-2-Clause
/* Where a lock was waited for, beside the truth. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"

const char *caller_of(const json_t *frames, const char *const *names)
{
	const json_t *frame;
	size_t i;

	json_array_foreach (frames, i, frame) {
		const char *function = json_string_value(json_at(frame, "function"));

		for (size_t j = 0; function && names[j]; j++)
			if (!strcmp(function, names[j]))
				return names[j];
	}
	return NULL;
}

/*
 * All functions of the programs that can be on such a stack. The innermost of them must be the
 * direct caller: where its frame is missing, its caller's is found here, and that is wrong.
 */
static const char *const own_functions[] = {
	"wal_sync",   "index_get",  "index_put",   "session_check", "session_update",
	"holder_run", "keeper_run", "visitor_run", "user_run",      "take_hot",
	"enter",      "descend",    "enter_deep",  "plugin_enter",  "enter_plugin",
	"contend",    "main",       NULL,
};

static bool waits_there(const json_t *lock, const char *function)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(lock, "functions"), i, row)
		if (!strcmp(json_string_value(json_at(row, "name")), function))
			return true;
	return false;
}

static double truth_share(const json_t *lock, const char *function)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(lock, "functions"), i, row)
		if (!strcmp(json_string_value(json_at(row, "name")), function))
			return number_at(row, "wait_ns") / number_at(lock, "wait_ns");
	cr_assert_fail("%s never waits for %s", function, json_string_value(json_at(lock, "name")));
	return 0;
}

static double stacks_ns(const json_t *report, const json_t *lock, const char *function)
{
	const json_t *row, *stack;
	double sum = 0;
	size_t i, j;

	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!lock_is_row(row, lock))
			continue;
		json_array_foreach (json_at(row, "stacks"), j, stack) {
			const char *caller;

			if (strcmp(json_string_value(json_at(stack, "role")), "waiter"))
				continue;
			caller = caller_of(json_at(stack, "frames"), own_functions);
			cr_assert(caller, "a waiter without its caller: %s",
				  json_dumps(stack, JSON_COMPACT));
			/* Too short for the program's own clock to call it a wait. */
			if (number_at(stack, "wait_ns") > 1e-3 * number_at(row, "wait_ns"))
				cr_assert(waits_there(lock, caller), "%s never waits for %s: %s",
					  caller, json_string_value(json_at(lock, "name")),
					  json_dumps(stack, JSON_COMPACT));
			if (!function || !strcmp(caller, function))
				sum += number_at(stack, "wait_ns");
		}
	}
	return sum;
}

void assert_callers(const struct lock_run *run, const char *name)
{
	const json_t *lock = truth_lock(run->truth, name), *function;
	double all = stacks_ns(run->report, lock, NULL);
	double wait = lock_wait_ns(run->report, lock);
	size_t i;

	cr_assert(all >= 0.9 * wait && all <= 1.001 * wait, "%s: stacks stand for %.0f of %.0f ns",
		  name, all, wait);
	json_array_foreach (json_at(lock, "functions"), i, function) {
		const char *caller = json_string_value(json_at(function, "name"));

		cr_assert_float_eq(
			stacks_ns(run->report, lock, caller) / all, truth_share(lock, caller), 0.05,
			"%s: in %s its waiters are %.3f of the time, the truth %.3f", name, caller,
			stacks_ns(run->report, lock, caller) / all, truth_share(lock, caller));
	}
}
