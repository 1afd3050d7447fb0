// SPDX-License-Identifier: BSD-2-Clause
/* What every thread is doing now, at once and without stopping anybody. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

TestSuite(snapshot, .timeout = 60);

#ifdef __SANITIZE_ADDRESS__
#define LIMIT_NS 5e9
#else
#define LIMIT_NS 1e9
#endif

/* The helper's truth and the snapshot of it; $t.ns is how long it took. */
#define TIMED_SNAPSHOT                                                                             \
	"b=$(date +%%s%%N); $P snapshot -q --json -o $r -p $p; s=$?; "                             \
	"echo \"{\\\"took_ns\\\": $(($(date +%%s%%N) - b))}\" >$t.ns"

static struct lock_run take(const char *command)
{
	char script[640];

	snprintf(script, sizeof(script),
		 "t=$(mktemp); r=$(mktemp); $PROGRAMS/locks/%s >$t & p=$!; sleep "
		 "0.7; " TIMED_SNAPSHOT
		 "; kill -TERM $p; sleep 0.3; kill -KILL $p; wait $p; cat $t $t.ns $r; "
		 "rm $t $t.ns $r; exit $s",
		 command);
	return lock_run_script(script);
}

Test(snapshot, takes_less_than_a_second)
{
	struct lock_run run = take("contend");

	while (number_at(run.more, "took_ns") >= LIMIT_NS)
		cr_assert(lock_run_again(&run), "%.0f ns", number_at(run.more, "took_ns"));
	lock_run_release(&run);
}

/* Nothing happens in it: who waits was waiting long before. */
static const char *const pool[] = { "await_work", "idle", NULL };

Test(snapshot, has_every_thread_with_its_state_and_its_stack)
{
	struct lock_run run = take("idle_pool 3");
	const json_t *thread;
	size_t i, idle = 0;

	json_array_foreach (json_at(run.report, "threads"), i, thread) {
		if (strcmp(text_at(thread, "name"), "idle"))
			continue;
		cr_assert_str_eq(text_at(thread, "state"), "waiting");
		cr_assert_str_eq(text_at(thread, "syscall"), "futex");
		cr_assert_lt(number_at(thread, "since_ns"), 0);
		cr_assert_eq(caller_of(json_at(thread, "frames"), pool), pool[0], "%s",
			     json_dumps(json_at(thread, "frames"), JSON_COMPACT));
		cr_assert(json_is_string(json_at(thread, "waits_for")));
		idle++;
	}
	cr_assert_eq(idle, 64);
	cr_assert_str_neq(text_at(thread_named(run.report, "busy"), "state"), "waiting");
	cr_assert_eq(json_array_size(json_at(run.report, "deadlocks")), 0);
	lock_run_release(&run);
}

static const char *const long_hold[] = { "long_holder", "visitor", "run_named", NULL };

static const char *place_of(const json_t *thread)
{
	return caller_of(json_at(thread, "frames"), long_hold);
}

static bool has_stack_of(const json_t *lock, const char *role)
{
	const json_t *stack;
	size_t i;

	json_array_foreach (json_at(lock, "stacks"), i, stack)
		if (!strcmp(text_at(stack, "role"), role))
			return true;
	return false;
}

/* One has the lock and rests, two wait for it: the snapshot has them, and who has it. */
Test(snapshot, has_who_waits_and_who_holds)
{
	struct lock_run run = take("alike long-hold");
	const json_t *holder = thread_named(run.report, "holder"), *row, *lock = NULL;
	const json_t *waiter = thread_named(run.report, "visitor-1");
	size_t i;

	json_array_foreach (json_at(run.report, "locks"), i, row)
		if (!strcmp(text_at(row, "id"), text_at(waiter, "waits_for")))
			lock = row;
	cr_assert(lock, "the lock that is waited for has no row");
	cr_assert_str_eq(text_at(lock, "place.symbol"), "first");
	cr_assert_eq(number_at(lock, "waiting_now"), 2);
	cr_assert_eq(number_at(lock, "owner_tid"), number_at(holder, "tid"));
	cr_assert_eq(place_of(holder), long_hold[0]);
	cr_assert_eq(place_of(waiter), long_hold[1]);
	cr_assert_str_eq(text_at(holder, "syscall"), "poll");
	cr_assert(has_stack_of(lock, "holder"), "where it is has no stack");
	lock_run_release(&run);
}

static size_t place_in(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	cr_assert(at, "no %s in: %s", word, text);
	return (size_t)(at - text);
}

Test(snapshot, tells_the_deadlock_first)
{
	struct command_result result = command_run(
		"t=$(mktemp); $PROGRAMS/locks/deadlock two >$t & p=$!; "
		"until [ -s $t ] || ! kill -0 $p; do sleep 0.05; done; $P snapshot -q -p $p; s=$?; "
		"kill -KILL $p; rm $t; exit $s");

	cr_assert_eq(result.status, 0, "%s", result.err);
	place_in(result.out, "accounts_lock");
	place_in(result.out, "take_for_ever");
	cr_assert_lt(place_in(result.out, "eadlock"), place_in(result.out, "pause"),
		     "the first thread only pauses: %s", result.out);
	command_release(&result);
}

/* A stopped thread would say so, and a traced one: nobody lays a hand on the target. */
Test(snapshot, does_not_stop_the_target)
{
	struct command_result result = command_run(
		"$PROGRAMS/blocked spinning & p=$!; sleep 0.3; "
		"{ for i in $(seq 100); do awk '/^State:/ {print $2} /^TracerPid:/ {print $2}' "
		"/proc/$p/status; sleep 0.01; done; } & w=$!; "
		"$P snapshot -q -o /dev/null -p $p; s=$?; wait $w; kill -KILL $p; exit $s");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_eq(strspn(result.out, "R0\n"), strlen(result.out), "%s", result.out);
	command_release(&result);
}

/* By its stack alone it would wait for what it was stopped in. */
Test(snapshot, of_a_stopped_program_says_that_a_signal_stopped_it)
{
	assert_runs("$PROGRAMS/sleeper 2 60 & p=$!; sleep 0.3; kill -STOP $p; sleep 0.2; "
		    "$P snapshot $p; s=$?; kill -KILL $p; exit $s",
		    .out = { " stopped for ", " by a signal or a freezer" });
}

#define TRACED_BY_PYTHON                                                                           \
	"sleep 60 & p=$!; sleep 0.3; python3 -c 'import ctypes, sys, time; "                       \
	"ctypes.CDLL(None).ptrace(16, int(sys.argv[1]), 0, 0); time.sleep(60)' $p & t=$!; "        \
	"until grep -q ^TracerPid:.$t$ /proc/$p/status; do sleep 0.05; done; "

Test(snapshot, of_a_program_in_a_debugger_names_the_debugger)
{
	assert_runs(TRACED_BY_PYTHON "$P snapshot $p | sed s/$t/TRACER/; kill -KILL $t $p",
		    .out = { " stopped for ", " by python3 (TRACER), which traces it" });
	assert_runs(TRACED_BY_PYTHON "$P attach -d 500ms $p; kill -KILL $t $p",
		    .out = { "traces sleep" });
}

Test(snapshot, of_nobody_says_so)
{
	assert_runs("$P snapshot -p 999999999", .status = 1,
		    .err = { "there is no process 999999999" });
}

/* More than have a buffer for their stack, and than the daemon names at a time. */
Test(snapshot, of_three_thousand_threads_has_the_stack_of_each)
{
	json_t *report =
		report_by("$PROGRAMS/sleeper 3000 60 & t=$!; until [ $(ls /proc/$t/task | wc -l) "
			  "-gt 3000 ]; do sleep 0.05; done; $P snapshot -q --json $t; s=$?; "
			  "kill -KILL $t; exit $s");
	const json_t *thread;
	size_t i, stacks = 0;

	json_array_foreach (json_at(report, "threads"), i, thread)
		stacks += json_array_size(json_at(thread, "frames")) > 0;
	cr_assert_eq(json_array_size(json_at(report, "threads")), 3001);
	/* Those that have not come are told. */
	cr_assert_eq(stacks + number_at(report, "completeness.late_stacks"), 3001, "%zu", stacks);
	cr_assert_gt(stacks, 2000);
	json_decref(report);
}
