// SPDX-License-Identifier: BSD-2-Clause
/* Locks that libraries and programs make of futexes of their own, each with its truth. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(lock_libraries, .timeout = 90);

static struct lock_run run_library(const char *command)
{
	char script[512];

	if (!strncmp(command, "glib ", 5) && system("ldconfig -p | grep -q libglib-2.0.so.0"))
		cr_skip_test("there is no GLib here");
	snprintf(script, sizeof(script),
		 "r=$(mktemp); $P exec -q --json -o $r -- $PROGRAMS/locks/%s; s=$?; cat $r; rm $r; "
		 "exit $s",
		 command);
	return lock_run_script(script);
}

static const json_t *row_named(const struct lock_run *run, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(run->report, "locks"), i, row)
		if (!strcmp(text_at(row, "name"), name))
			return row;
	cr_assert(false, "no lock is named %s", name);
	return NULL;
}

/* Contended as its kind, for as long as the program says, in its function; its owner is not kept.
 */
static void check_lock(const char *command, const char *kind, const char *name,
		       const char *function)
{
	struct lock_run run = run_library(command);
	const json_t *row = name ? row_named(&run, name) : lock_first_of(run.report, kind), *holder;
	double wait = number_at(row, "wait_ns"), truth = number_at(run.truth, "wait_ns");
	size_t i;

	cr_assert(lock_is_kind(row, kind), "%s is a %s", command, text_at(row, "kind"));
	cr_assert(json_is_true(json_at(row, "contended")), "%s is not contended", command);
	cr_assert_gt(truth, 1e8);
	cr_assert(fabs(wait - truth) <= 0.03 * truth, "%s waits for %.0f, the truth is %.0f",
		  command, wait, truth);
	cr_assert_geq(lock_waits_in(row, function), 0.9 * wait);
	json_array_foreach (json_at(row, "holders"), i, holder)
		cr_assert_str_neq(text_at(holder, "evidence"), "owner", "nothing names its owner");
	lock_run_release(&run);
}

/* What it waits for is of this kind (NULL: of any), and no contention, but for what is short. */
static void check_no_lock(const char *command, const char *kind)
{
	struct lock_run run = run_library(command);
	double truth = number_at(run.truth, "wait_ns"), contended = 0;
	const json_t *row;
	size_t i;

	cr_assert_gt(truth, 1e8);
	if (kind)
		cr_assert_geq(lock_wait_of(run.report, kind, false), 0.9 * truth, "%s: no %s",
			      command, kind);
	json_array_foreach (json_at(run.report, "locks"), i, row)
		if (json_is_true(json_at(row, "contended")))
			contended += number_at(row, "wait_ns");
	cr_assert_leq(contended, 0.1 * truth, "%s: %.0f of %.0f", command, contended, truth);
	lock_run_release(&run);
}

Test(lock_libraries, a_critical_section_of_openmps_is_a_mutex)
{
	check_lock("openmp critical 1.5", "mutex", NULL, "main._omp_fn");
}

Test(lock_libraries, a_named_critical_section_of_openmps_bears_its_name)
{
	check_lock("openmp named 1.5", "mutex", ".gomp_critical_user_ledger", "main._omp_fn");
}

Test(lock_libraries, a_lock_of_openmps_is_a_mutex)
{
	check_lock("openmp lock 1.5", "mutex", "lock", "main._omp_fn");
}

Test(lock_libraries, a_nested_lock_of_openmps_is_a_mutex)
{
	check_lock("openmp nested 1.5", "mutex", "nested", "omp_set_nest_lock");
}

Test(lock_libraries, a_barrier_of_openmps_is_no_contention)
{
	check_no_lock("openmp barrier 1.5", "barrier");
}

Test(lock_libraries, turns_of_openmps_are_no_contention)
{
	check_no_lock("openmp ordered 1.5", "semaphore");
}

Test(lock_libraries, a_gmutex_is_a_mutex)
{
	check_lock("glib mutex 1.5", "mutex", "mutex", "take_mutex");
}

Test(lock_libraries, a_bit_lock_of_glibs_is_a_mutex)
{
	check_lock("glib bit 1.5", "mutex", "bits", "take_bit");
}

Test(lock_libraries, a_gcond_is_a_condition)
{
	check_no_lock("glib condition 1.5", "condition");
}

Test(lock_libraries, a_word_of_a_programs_own_is_a_lock_where_it_is_passed_on)
{
	check_lock("futexes lock 1.5", "mutex", "word", "wait_while");
}

Test(lock_libraries, a_phase_that_all_wait_for_is_no_contention)
{
	check_no_lock("futexes phase 1.5", "futex");
}

/* It is waited for with the value that a mutex of libc's is waited for with. */
Test(lock_libraries, a_state_that_another_thread_changes_is_no_contention)
{
	check_no_lock("futexes state 1.5", NULL);
}
