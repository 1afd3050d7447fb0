// SPDX-License-Identifier: BSD-2-Clause
/* Locks in memory that processes share: one row each, wherever they map it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(locks_between_processes, .timeout = 60);

#define WAIT_SHARE     0.03
#define OWNER_SHARE    0.99
#define RELEASER_SHARE 0.95

/* Mapped at two addresses, it is one row, with the waiters of both processes. */
static void check_processes(const char *kind, const char *reported, double holders)
{
	struct lock_run run;
	const json_t *row, *lock, *other;
	char command[96];
	size_t i, rows = 0;

	snprintf(command, sizeof(command), "contend --procs --kind %s --seconds 3", kind);
	run = lock_run(command);
	lock = truth_lock(run.truth, "index_lock");
	cr_assert_neq(number_at(json_array_get(json_at(lock, "addresses"), 0), "address"),
		      number_at(json_array_get(json_at(lock, "addresses"), 1), "address"));
	row = lock_row(run.report, lock);
	cr_assert(json_is_true(json_at(row, "shared")));
	cr_assert(json_is_null(json_at(row, "pid")));
	assert_lock_kind(&run, "index_lock", reported);
	assert_wait(&run, "index_lock", WAIT_SHARE);
	assert_holders(&run, "index_lock", holders);
	assert_callers(&run, "index_lock");
	/* One row each; whether the second semaphore is a lock, one waiter alone does not tell. */
	json_array_foreach (json_at(run.report, "locks"), i, other)
		rows += number_at(other, "wait_ns") > 1e8 &&
			strcmp(json_string_value(json_at(other, "kind")), "join") != 0;
	cr_assert_eq(rows, 2, "two locks are waited for, %zu rows", rows);
	lock_run_release(&run);
}

Test(locks_between_processes, are_one_row_each)
{
	check_processes("normal", "mutex", OWNER_SHARE);
}

Test(locks_between_processes, that_inherit_priority_are_one_row_each)
{
	check_processes("pi", "pi-mutex", OWNER_SHARE);
}

Test(locks_between_processes, that_are_semaphores_are_one_row_each)
{
	check_processes("semaphore", "semaphore", RELEASER_SHARE);
}

/* The built-in workload's processes share a memfd of its name. */
Test(locks_between_processes, are_called_by_the_name_of_the_memfd_that_they_lie_in)
{
	struct command_result result = command_run("$P run lock --procs 2 --tasks 20 --json -q");
	json_t *report = json_loads(result.out, 0, NULL);
	const json_t *row;
	size_t i, shared = 0;

	cr_assert(report, "%s", result.err);
	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!json_is_true(json_at(row, "shared")))
			continue;
		cr_assert_eq(strncmp(text_at(row, "name"), "lock+0x", 7), 0, "%s",
			     text_at(row, "name"));
		cr_assert_str_eq(text_at(row, "place.module"), "/memfd:lock");
		shared++;
	}
	cr_assert_gt(shared, 0);
	json_decref(report);
	command_release(&result);
}

/* Both processes wait for all of so many locks before anybody looks. */
static struct lock_run look_at_sharers(int locks)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "t=$(mktemp); r=$(mktemp); $PROGRAMS/locks/sharers %d >$t & p=$!; "
		 "until [ -s $t ] || ! kill -0 $p; do sleep 0.05; done; "
		 "$P attach -q --json -d 1s -o $r -p $p,$(pgrep -P $p); s=$?; kill -KILL $p; "
		 "cat $t $r; rm $t $r; exit $s",
		 locks);
	return lock_run_script(script);
}

static void assert_one_row_each(const struct lock_run *run)
{
	const json_t *row;
	size_t i;

	cr_assert_eq(json_array_size(json_at(run->report, "locks")),
		     number_at(run->truth, "locks"));
	json_array_foreach (json_at(run->report, "locks"), i, row)
		cr_assert_eq(number_at(row, "waiting_now"), 2, "%s", json_dumps(row, JSON_COMPACT));
}

Test(locks_between_processes, that_are_few_are_put_together_at_once)
{
	struct lock_run run = look_at_sharers(4);

	assert_one_row_each(&run);
	cr_assert(json_is_true(json_at(run.report, "completeness.complete")), "%s",
		  json_dumps(json_at(run.report, "completeness"), JSON_COMPACT));
	lock_run_release(&run);
}

/* There are 80 rows to look up, and 32 of them are in one look: at least 24 pairs have to wait. */
Test(locks_between_processes, that_are_put_together_late_are_counted)
{
	struct lock_run run = look_at_sharers(40);
	const json_t *reason = json_array_get(json_at(run.report, "completeness.reasons"), 0);
	int late = 0;

	assert_one_row_each(&run);
	cr_assert(json_is_false(json_at(run.report, "completeness.complete")));
	cr_assert_eq(sscanf(json_string_value(reason), "%d times it was known late", &late), 1,
		     "it says: %s", json_string_value(reason));
	cr_assert(late >= 24 && late <= 40, "%d of 40", late);
	lock_run_release(&run);
}
