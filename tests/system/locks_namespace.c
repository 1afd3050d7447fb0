// SPDX-License-Identifier: BSD-2-Clause
/* Locks of a program in a PID namespace of its own, as in a container, against its truth. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

TestSuite(locks_in_namespace, .timeout = 60);

#define WAIT_SHARE  0.03
#define OWNER_SHARE 0.99

/* Who blocked others for longest is known by the lock's own memory. */
static void check(const char *command)
{
	struct lock_run run = lock_run_in_namespace(command);
	const json_t *row = lock_row(run.report, truth_lock(run.truth, "index_lock"));
	const json_t *first = json_array_get(json_at(row, "holders"), 0);

	assert_wait(&run, "index_lock", WAIT_SHARE);
	assert_holders(&run, "index_lock", OWNER_SHARE);
	cr_assert_str_eq(text_at(first, "evidence"), "owner");
	cr_assert_str_eq(text_at(first, "name"), "holder");
	lock_run_release(&run);
}

Test(locks_in_namespace, name_their_holders_by_the_owner_in_memory)
{
	check("contend --seconds 2");
}

Test(locks_in_namespace, that_inherit_priority_do_so_too)
{
	check("contend --kind pi --seconds 2");
}

/* Held for good: only the memory tells by whom. */
Test(locks_in_namespace, that_nobody_gives_up_name_their_owner)
{
	struct lock_run run = lock_hang_in_namespace("deadlock two");
	const json_t *member = json_array_get(json_at(run.truth, "members"), 0), *row;
	size_t i, found = 0;

	json_array_foreach (json_at(run.report, "locks"), i, row) {
		const json_t *holder = json_array_get(json_at(row, "holders"), 0);

		if (strcmp(text_at(row, "name"), text_at(member, "lock_name")) != 0)
			continue;
		found++;
		cr_assert(holder, "it has no holder: %s", json_dumps(row, JSON_COMPACT));
		cr_assert_eq(number_at(holder, "tid"), number_at(member, "held_by_tid"));
		cr_assert_str_eq(text_at(holder, "evidence"), "owner");
	}
	cr_assert_eq(found, 1);
	lock_run_release(&run);
}
