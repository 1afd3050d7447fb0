// SPDX-License-Identifier: BSD-2-Clause
/* Locks against the truth of programs that know theirs, however they were compiled. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(locks, .timeout = 60);

#define WAIT_SHARE 0.03
/* Where the lock's memory names its owner, and where only releases tell. */
#define OWNER_SHARE    0.99
#define RELEASER_SHARE 0.95

/* Kind and name, wait, holders and callers: all of it is right. */
static void check(const char *command, const char *module, const char *kind, double holders)
{
	struct lock_run run = lock_run(command);

	assert_lock_kind(&run, "index_lock", kind);
	assert_lock_named(&run, "index_lock", module);
	assert_lock_named(&run, "session_lock", module);
	assert_wait(&run, "index_lock", WAIT_SHARE);
	assert_wait(&run, "session_lock", WAIT_SHARE);
	assert_holders(&run, "index_lock", holders);
	assert_callers(&run, "index_lock");
	assert_callers(&run, "session_lock");
	lock_run_release(&run);
}

Test(locks, of_a_program_without_frame_pointers_are_right)
{
	check("contend --seconds 2", "/contend", "mutex", OWNER_SHARE);
}

Test(locks, of_a_program_with_frame_pointers_are_right)
{
	check("contend-fp --seconds 2", "/contend-fp", "mutex", OWNER_SHARE);
}

Test(locks, of_a_static_program_are_right)
{
	check("contend-static --seconds 2", "/contend-static", "mutex", OWNER_SHARE);
}

Test(locks, of_a_program_at_a_fixed_address_are_right)
{
	check("contend-nopie --seconds 2", "/contend-nopie", "mutex", OWNER_SHARE);
}

Test(locks, of_a_program_with_musl_are_right)
{
	check("contend-musl --seconds 2", "/contend-musl", "mutex", RELEASER_SHARE);
}

Test(locks, of_a_static_program_with_musl_are_right)
{
	check("contend-musl-static --seconds 2", "/contend-musl-static", "mutex", RELEASER_SHARE);
}

Test(locks, that_are_recursive_are_right)
{
	check("contend --kind recursive --seconds 1.5", "/contend", "mutex", OWNER_SHARE);
}

Test(locks, that_check_for_errors_are_right)
{
	check("contend --kind errorcheck --seconds 1.5", "/contend", "mutex", OWNER_SHARE);
}

Test(locks, that_are_adaptive_are_right)
{
	check("contend --kind adaptive --seconds 1.5", "/contend", "mutex", OWNER_SHARE);
}

Test(locks, that_are_robust_are_right)
{
	check("contend --kind robust --seconds 1.5", "/contend", "mutex", OWNER_SHARE);
}

Test(locks, that_inherit_priority_are_right)
{
	check("contend --kind pi --seconds 1.5", "/contend", "pi-mutex", OWNER_SHARE);
}

Test(locks, for_readers_and_writers_are_right)
{
	check("contend --kind rwlock --seconds 1.5", "/contend", "rwlock", RELEASER_SHARE);
}

Test(locks, that_are_semaphores_are_right)
{
	check("contend --kind semaphore --seconds 1.5", "/contend", "semaphore", RELEASER_SHARE);
}

Test(locks, of_musl_that_inherit_priority_are_right)
{
	check("contend-musl --kind pi --seconds 1.5", "/contend-musl", "pi-mutex", OWNER_SHARE);
}

Test(locks, of_musl_for_readers_and_writers_are_right)
{
	check("contend-musl --kind rwlock --seconds 1.5", "/contend-musl", "rwlock",
	      RELEASER_SHARE);
}

/* Who waits in vain waits as well. */
Test(locks, that_are_waited_for_in_vain_count_timeouts)
{
	struct lock_run run = lock_run("contend --timed --seconds 2");
	const json_t *lock = truth_lock(run.truth, "index_lock");
	double want = number_at(lock, "timeouts");

	cr_assert_gt(want, 100);
	assert_wait(&run, "index_lock", WAIT_SHARE);
	assert_callers(&run, "index_lock");
	cr_assert_float_eq(number_at(lock_row(run.report, lock), "timeouts"), want, 0.1 * want);
	lock_run_release(&run);
}

/* No function has a name; what is waited for with a timeout looks like much else. */
Test(locks, of_a_program_without_names_that_are_waited_for_until_a_time_are_mutexes)
{
	struct lock_run run = lock_run("contend-stripped --timed --threads 1 --seconds 1.5");
	const json_t *row = lock_row(run.report, truth_lock(run.truth, "index_lock"));

	assert_lock_kind(&run, "index_lock", "mutex");
	cr_assert_geq(number_at(row, "confidence"), 0.85);
	assert_wait(&run, "index_lock", WAIT_SHARE);
	lock_run_release(&run);
}

/* Threads that were joined are gone when it is asked what was waited for. */
Test(locks, of_a_program_without_names_that_has_joined_its_threads_are_known_as_joins)
{
	struct lock_run run = lock_run("joiner-stripped");
	const json_t *row;
	size_t i, joins = 0;

	json_array_foreach (json_at(run.report, "locks"), i, row)
		joins += lock_is_kind(row, "join") && number_at(row, "confidence") >= 0.9;
	cr_assert_eq(joins, 3);
	lock_run_release(&run);
}

Test(locks, have_file_and_line_where_the_program_has)
{
	struct lock_run run = lock_run("contend --seconds 1");
	const json_t *lock = truth_lock(run.truth, "index_lock");
	const json_t *row = lock_row(run.report, lock);

	cr_assert(ends_with(text_at(row, "place.file"), text_at(lock, "file")), "it is in %s",
		  text_at(row, "place.file"));
	cr_assert_eq(number_at(row, "place.line"), number_at(lock, "line"));
	lock_run_release(&run);
}

/* While it runs: shares, for its life and the window are not the same. */
Test(locks, of_a_program_that_runs_already_are_right)
{
	struct lock_run run = lock_attach("contend");
	const json_t *lock = truth_lock(run.truth, "index_lock"), *top;
	double share = number_at(lock, "wait_ns") / number_at(run.truth, "elapsed_ns");

	assert_lock_kind(&run, "index_lock", "mutex");
	assert_lock_named(&run, "index_lock", "/contend");
	assert_holders_of_part(&run, "index_lock", 0.98);
	assert_holder_states_of_part(&run, "index_lock");
	assert_callers(&run, "index_lock");
	cr_assert_float_eq(lock_wait_ns(run.report, lock) /
				   number_at(run.report, "window.duration_ns"),
			   share, 0.1 * share);
	top = json_array_get(json_at(run.report, "locks"), 0);
	cr_assert_str_eq(text_at(top, "id"), text_at(lock_row(run.report, lock), "id"));
	lock_run_release(&run);
}

/* What a row says of itself, for every row of a report. */
Test(locks, agree_with_themselves_and_with_the_totals)
{
	struct lock_run run = lock_run("contend --seconds 2");
	double contended = 0, before = INFINITY, total;
	const json_t *row, *waiter, *bucket;
	size_t i, j;

	json_array_foreach (json_at(run.report, "locks"), i, row) {
		double wait = number_at(row, "wait_ns"), sum = 0, count = 0;

		json_array_foreach (json_at(row, "waiters"), j, waiter)
			sum += number_at(waiter, "wait_ns");
		json_array_foreach (json_at(row, "histogram"), j, bucket)
			count += number_at(bucket, "count");
		cr_assert_float_eq(sum, wait, 1e-3 * wait + 1e3);
		cr_assert_float_eq(count, number_at(row, "waits"), 1);
		cr_assert_leq(number_at(row, "blocked_ns"), wait);
		cr_assert_leq(number_at(row, "max_wait_ns"), wait);
		cr_assert_leq(wait, before, "the longest waited for is not first");
		before = wait;
		contended += json_is_true(json_at(row, "contended")) ? wait : 0;
	}
	total = number_at(run.report, "totals.waits.lock.time_ns") +
		number_at(run.report, "totals.waits.lock.ready_ns");
	cr_assert_float_eq(contended, total, 0.01 * total, "rows have %.0f, the totals %.0f",
			   contended, total);
	lock_run_release(&run);
}

static const char *const pool_functions[] = { "await_work", "idle", NULL };

Test(locks, of_an_idle_pool_are_not_contended)
{
	struct lock_run run = lock_run("idle_pool 2");
	const json_t *row, *condition = NULL;
	size_t i;

	json_array_foreach (json_at(run.report, "locks"), i, row) {
		cr_assert(json_is_false(json_at(row, "contended")), "%s is called contended",
			  json_dumps(row, JSON_COMPACT));
		if (!strcmp(text_at(row, "kind"), "condition"))
			condition = row;
	}
	cr_assert_eq(number_at(run.report, "totals.waits.lock.time_ns"), 0);
	cr_assert(condition, "nobody waits for work");
	cr_assert_str_eq(text_at(condition, "place.symbol"), "work_ready");
	cr_assert_eq(json_array_size(json_at(condition, "waiters")), 64);
	json_array_foreach (json_at(condition, "stacks"), i, row)
		if (!strcmp(text_at(row, "role"), "waiter"))
			cr_assert_eq(caller_of(json_at(row, "frames"), pool_functions),
				     pool_functions[0], "a stack is %s",
				     json_dumps(row, JSON_COMPACT));
	lock_run_release(&run);
}
