// SPDX-License-Identifier: BSD-2-Clause
/* Who holds a lock that others wait for, how that is known, and what it does meanwhile. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

TestSuite(lock_holders, .timeout = 60);

#define WAIT_SHARE  0.03
#define OWNER_SHARE 0.99

/*
 * Nobody is special here, so that a thread's share is not right by chance. Of short intervals that
 * take turns the truth's clock and the kernel's wake-ups see the ends a little apart.
 */
Test(lock_holders, that_all_hold_for_long_are_all_there)
{
	struct lock_run run = lock_run("contend --holder none --seconds 3");

	assert_wait(&run, "index_lock", WAIT_SHARE);
	assert_holders(&run, "index_lock", 0.97);
	assert_callers(&run, "index_lock");
	lock_run_release(&run);
}

static const char *holder_evidence(const struct lock_run *run)
{
	const json_t *row = lock_row(run->report, truth_lock(run->truth, "index_lock"));
	const json_t *holder = json_array_get(json_at(row, "holders"), 0);

	cr_assert_str_eq(text_at(holder, "name"), "holder");
	return text_at(holder, "evidence");
}

Test(lock_holders, are_owners_only_where_the_memory_of_the_lock_says_so)
{
	struct lock_run glibc = lock_run("contend --seconds 1"),
			robust = lock_run("contend --kind robust --seconds 1"),
			musl = lock_run("contend-musl --seconds 1");

	cr_assert_str_eq(holder_evidence(&glibc), "owner");
	cr_assert_str_eq(holder_evidence(&robust), "owner");
	cr_assert_str_neq(holder_evidence(&musl), "owner");
	lock_run_release(&glibc);
	lock_run_release(&robust);
	lock_run_release(&musl);
}

static struct lock_run check_state(const char *command, const char *state)
{
	struct lock_run run = lock_run(command);
	char path[64];

	snprintf(path, sizeof(path), "holder_state_ns.%s", state);
	cr_assert_gt(number_at(truth_lock(run.truth, "index_lock"), path), 1e8,
		     "its holder was hardly ever %s", state);
	assert_wait(&run, "index_lock", WAIT_SHARE);
	assert_holders(&run, "index_lock", OWNER_SHARE);
	assert_holder_states(&run, "index_lock");
	return run;
}

static void show_state(const char *command, const char *state)
{
	struct lock_run run = check_state(command, state);

	lock_run_release(&run);
}

Test(lock_holders, that_compute_are_running)
{
	show_state("contend --holder compute --seconds 2", "running");
}

Test(lock_holders, that_read_a_pipe_are_in_io)
{
	show_state("contend --holder pipe --seconds 2", "io");
}

Test(lock_holders, that_write_to_the_disk_are_in_io)
{
	show_state("contend --holder sync --seconds 2", "io");
}

Test(lock_holders, that_sleep_are_doing_something_else)
{
	show_state("contend --holder sleep --seconds 2", "other");
}

Test(lock_holders, that_are_preempted_are_ready)
{
	show_state("contend --holder preempted --seconds 3", "ready");
}

Test(lock_holders, that_wait_for_an_event_do_something_else)
{
	show_state("contend --holder event --seconds 2", "other");
}

/* There a condition variable's wait looks like a mutex's elsewhere, and a mutex's like an event. */
Test(lock_holders, that_wait_for_an_event_do_something_else_under_musl_too)
{
	show_state("contend-musl --holder event --seconds 2", "other");
}

static void show_second(const char *command)
{
	struct lock_run run = check_state(command, "lock");
	const json_t *first = lock_row(run.report, truth_lock(run.truth, "index_lock"));
	const json_t *second = lock_row(run.report, truth_lock(run.truth, "session_lock"));

	cr_assert_str_eq(text_at(first, "holder_waits_for"), text_at(second, "id"));
	lock_run_release(&run);
}

Test(lock_holders, that_wait_for_a_second_lock_are_shown_with_that)
{
	show_second("contend --holder second --seconds 2");
}

Test(lock_holders, that_wait_for_a_second_lock_of_musl_are_shown_with_that)
{
	show_second("contend-musl --holder second --seconds 2");
}

Test(lock_holders, that_wait_for_a_second_robust_mutex_are_shown_with_that)
{
	show_second("contend --kind robust --holder second --seconds 2");
}

/* Nobody begins a wait for seconds: the wake that ends it is watched all the same. */
Test(lock_holders, that_hold_for_seconds_while_nothing_else_happens_are_known)
{
	struct lock_run run = lock_run("long_hold 4");

	assert_wait(&run, "quiet_lock", WAIT_SHARE);
	assert_holders(&run, "quiet_lock", OWNER_SHARE);
	assert_holder_states(&run, "quiet_lock");
	lock_run_release(&run);
}

/* Wakes go unwatched after two quiet seconds: what was noted last of it then is not what it does.
 */
Test(lock_holders, that_computed_while_nobody_waited_are_not_said_to_go_on_with_that)
{
	struct lock_run run = lock_run("long_hold 2 3");

	assert_holder_states(&run, "quiet_lock");
	lock_run_release(&run);
}

/* Nobody has a lock while it waits for it, whoever gives it up in the end. */
Test(lock_holders, are_not_blamed_for_the_time_in_which_they_waited_themselves)
{
	json_t *report = report_by("$P exec -q --json -o - $PROGRAMS/locks/unseen");
	const json_t *lock = NULL, *holder;
	double blocked, blamed;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, lock)
		if (!strcmp(text_at(lock, "name"), "unseen_word"))
			break;
	cr_assert(lock, "nobody has waited");
	holder = json_array_get(json_at(lock, "holders"), 0);
	blocked = number_at(lock, "blocked_ns");
	blamed = number_at(holder, "blocked_others_ns");
	cr_assert_str_eq(text_at(holder, "name"), "getter");
	cr_assert_gt(blocked, 1e9, "both have waited: %.0f ns", blocked);
	cr_assert_gt(blamed, 0);
	cr_assert_lt(blamed, 0.3 * blocked, "%s", json_dumps(lock, JSON_COMPACT));
	cr_assert_float_eq(blamed + number_at(lock, "unattributed_ns"), blocked, 1);
	json_decref(report);
}

/* Wakes that a timer makes while some thread happens to be in a call that wakes others. */
Test(lock_holders, are_none_that_were_only_interrupted_by_the_end_of_a_timeout)
{
	json_t *report = report_by("$P exec -q --json -o - $PROGRAMS/locks/bystander");
	const json_t *lock = NULL, *holder;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, lock)
		if (!strcmp(text_at(lock, "name"), "kept_lock"))
			break;
	cr_assert(lock, "nobody has waited");
	cr_assert_gt(number_at(lock, "waits"), 20);
	cr_assert_geq(number_at(lock, "timeouts"), number_at(lock, "waits") - 2);
	json_array_foreach (json_at(lock, "holders"), i, holder)
		cr_assert_str_neq(text_at(holder, "name"), "bystander", "it never had the lock");
	json_decref(report);
}
