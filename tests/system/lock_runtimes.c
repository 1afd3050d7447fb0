// SPDX-License-Identifier: BSD-2-Clause
/* Locks that language runtimes make of their own: CPython, Rust, Go, Java, each with its truth. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

TestSuite(lock_runtimes, .timeout = 90);

/* Programs with a truth of one figure, from first to last. */
#define FOREIGN "$PROGRAMS/../../../tests/support/programs/locks/foreign"

static struct lock_run run_foreign(const char *command)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "r=$(mktemp); $P exec -q --json -o $r -- %s; s=$?; cat $r; rm $r; exit $s",
		 command);
	return lock_run_script(script);
}

static void assert_near(double got, double want, double share)
{
	cr_assert_gt(want, 1e8);
	cr_assert(fabs(got - want) <= share * want, "wait is %.0f, the truth %.0f", got, want);
}

/* Ready without having waited: somebody else had its CPU. */
static double preempted_ns(const json_t *thread)
{
	const char *cause;
	json_t *wait;
	double ns = number_at(thread, "ready_ns");

	json_object_foreach ((json_t *)json_at(thread, "waits"), cause, wait)
		ns -= number_at(wait, "ready_ns");
	return ns;
}

/*
 * The program's clocks can't tell waiting for the GIL from being preempted, which on a busy machine
 * is a fifth of it. Preemption is the kernel's figure, no lock's, and taken off.
 */
static double gil_wait(const struct lock_run *run)
{
	double ns = number_at(run->truth, "wait_ns");
	const json_t *worker, *thread;
	size_t i, j;

	json_array_foreach (json_at(run->truth, "threads"), i, worker)
		json_array_foreach (json_at(run->report, "threads"), j, thread)
			if (number_at(thread, "tid") == number_at(worker, "tid"))
				ns -= preempted_ns(thread);
	return ns;
}

Test(lock_runtimes, the_gil_of_a_python_pool_is_one_row_and_named_so)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/gil.py 2");
	const json_t *row, *gil = lock_first_of(run.report, "gil");
	size_t i, rows = 0;

	json_array_foreach (json_at(run.report, "locks"), i, row)
		rows += lock_is_kind(row, "gil");
	cr_assert_eq(rows, 1);
	cr_assert(json_is_true(json_at(gil, "contended")));
	assert_near(number_at(gil, "wait_ns"), gil_wait(&run), 0.05);
	cr_assert_geq(json_array_size(json_at(gil, "waiters")), 4);
	lock_run_release(&run);
}

Test(lock_runtimes, a_python_pool_waits_in_python_functions)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/gil.py 2");
	const json_t *gil = lock_first_of(run.report, "gil"), *stack, *frame;
	double named = 0;
	size_t i, j;

	json_array_foreach (json_at(gil, "stacks"), i, stack) {
		bool there = false;

		json_array_foreach (json_at(stack, "frames"), j, frame)
			there |= !strcmp(text_at(frame, "kind") ?: "", "python") &&
				 text_at(frame, "function") &&
				 strstr(text_at(frame, "function"), "compute") &&
				 ends_with(text_at(frame, "file"), "gil.py");
		named += there ? number_at(stack, "wait_ns") : 0;
	}
	cr_assert_geq(named, 0.8 * number_at(gil, "wait_ns"), "%s",
		      json_dumps(json_at(gil, "stacks"), JSON_COMPACT));
	lock_run_release(&run);
}

/* The innermost Python function of a stack; NULL: there is none. */
static const char *python_function(const json_t *stack)
{
	const json_t *frame;
	size_t i;

	json_array_foreach (json_at(stack, "frames"), i, frame)
		if (!strcmp(text_at(frame, "kind"), "python"))
			return text_at(frame, "function");
	return NULL;
}

/* It has left the function in which it waited when its stack is read: then none is told. */
Test(lock_runtimes, a_python_thread_that_has_gone_on_waits_in_no_other_function)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/returning.py 1.5");
	const json_t *row = lock_first_of(run.report, "semaphore"), *stack;
	double named = 0;
	size_t i;

	json_array_foreach (json_at(row, "stacks"), i, stack) {
		bool waits = !strcmp(text_at(stack, "role"), "waiter");
		const char *function = python_function(stack);

		if (!function)
			continue;
		cr_assert_str_eq(function, waits ? "take_it" : "worker");
		named += waits ? number_at(stack, "wait_ns") : 0;
	}
	cr_assert_gt(named, 0);
	lock_run_release(&run);
}

Test(lock_runtimes, the_lock_of_a_perl_variable_is_contention_and_its_cond_wait_is_none)
{
	struct lock_run run = run_foreign("/usr/bin/perl " FOREIGN "/shared_variable.pl 2");
	const json_t *row = lock_first_of(run.report, "mutex"), *idle;

	cr_assert(json_is_true(json_at(row, "contended")));
	assert_near(number_at(row, "wait_ns"), number_at(run.truth, "wait_ns"), 0.05);
	cr_assert_eq(json_array_size(json_at(row, "waiters")), 3);
	idle = lock_first_of(run.report, "condition");
	cr_assert(json_is_false(json_at(idle, "contended")));
	cr_assert_gt(number_at(idle, "wait_ns"), 1.5e9);
	cr_assert_str_eq(text_at(run.report, "verdict"), "lock-bound");
	lock_run_release(&run);
}

Test(lock_runtimes, a_multiprocessing_lock_is_one_semaphore_between_processes)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/shared_lock.py 2");
	const json_t *row = lock_first_of(run.report, "semaphore");

	cr_assert(json_is_true(json_at(row, "shared")));
	cr_assert(json_is_true(json_at(row, "contended")));
	cr_assert(strstr(text_at(row, "place.module"), "/dev/shm/"), "it is in %s",
		  text_at(row, "place.module"));
	assert_near(number_at(row, "wait_ns"), number_at(run.truth, "wait_ns"), 0.03);
	cr_assert_eq(json_array_size(json_at(row, "waiters")), 3);
	lock_run_release(&run);
}

Test(lock_runtimes, a_mutex_of_rusts_has_its_releasers_and_its_caller)
{
	struct lock_run run = run_foreign("$PROGRAMS/locks/rust_mutex 2");
	const json_t *row = lock_first_of(run.report, "mutex"), *holder;
	size_t i;

	cr_assert(json_is_true(json_at(row, "contended")));
	assert_near(number_at(row, "wait_ns"), number_at(run.truth, "wait_ns"), 0.03);
	cr_assert_geq(lock_waits_in(row, "rust_mutex::take"), 0.9 * number_at(row, "wait_ns"));
	cr_assert_eq(json_array_size(json_at(row, "holders")), 4);
	json_array_foreach (json_at(row, "holders"), i, holder)
		cr_assert_str_neq(text_at(holder, "evidence"), "owner", "nothing names its owner");
	lock_run_release(&run);
}

/* Its readers and its writers wait for different words, and the readers for longer than that. */
Test(lock_runtimes, a_rwlock_of_rusts_is_one_lock_also_for_who_waited_before_the_attach)
{
	struct lock_run run = lock_run_script(
		"t=$(mktemp); $PROGRAMS/locks/rust_rwlock 30 > $t & p=$!; sleep 1; cat $t; rm $t; "
		"$P attach -q -p $p -d 1s --json; kill $p");
	const json_t *row = lock_first_of(run.report, "rwlock");
	char id[64];

	snprintf(id, sizeof(id), "%.0f:0x%lx", number_at(row, "pid"),
		 (unsigned long)number_at(run.truth, "address"));
	cr_assert_str_eq(text_at(row, "id"), id);
	assert_only_kind(run.report, "rwlock");
	cr_assert(json_is_true(json_at(row, "contended")));
	cr_assert_gt(lock_waits_in(row, "rust_rwlock::read_table"), 0);
	cr_assert_gt(lock_waits_in(row, "rust_rwlock::write_table"), 0);
	lock_run_release(&run);
}

/*
 * A hundred goroutines wait for a lock, and no thread does: that can't be seen, and is said. What
 * is seen is that threads park, and now and then one that waits for a lock of the runtime's own.
 */
Test(lock_runtimes, goroutines_that_wait_are_not_observable)
{
	struct lock_run run = run_foreign("$PROGRAMS/locks/goroutines 1");
	char *report = json_dumps(run.report, 0);

	cr_assert_gt(number_at(run.truth, "wait_ns"), 1e10);
	cr_assert(strstr(report, "not observable"), "nobody says so: %.3000s", report);
	cr_assert_lt(lock_wait_besides(run.report, "parker"),
		     1e-3 * number_at(run.truth, "wait_ns"));
	free(report);
	lock_run_release(&run);
}

static unsigned long last_digit(const char *hexadecimal)
{
	return strtoul(hexadecimal + strlen(hexadecimal) - 1, NULL, 16);
}

static void check_java(const char *how, const char *function)
{
	char command[256];
	struct lock_run run;
	const json_t *row;
	double parked = 0;
	size_t i;

	snprintf(command, sizeof(command), "java " FOREIGN "/Contended.java %s 2", how);
	run = run_foreign(command);
	json_array_foreach (json_at(run.report, "locks"), i, row) {
		double confidence = number_at(row, "confidence");

		if (!lock_is_kind(row, "parker") || !lock_waits_in(row, function))
			continue;
		cr_assert(confidence > 0 && confidence < 1, "%g is no guess's confidence",
			  confidence);
		cr_assert_eq(last_digit(text_at(row, "id")) % 8, 0, "%s is half of a condition",
			     text_at(row, "id"));
		parked += number_at(row, "wait_ns");
	}
	cr_assert_geq(parked, 0.8 * number_at(run.truth, "wait_ns"), "%s: %.0f of %.0f are parked",
		      how, parked, number_at(run.truth, "wait_ns"));
	lock_run_release(&run);
}

/* Every thread has a parker of its own: what they have in common is told as one. */
Test(lock_runtimes, threads_that_enter_a_monitor_of_javas_are_told_together)
{
	struct lock_run run = run_foreign("java " FOREIGN "/Contended.java monitor 2");
	const json_t *crowd, *enter = NULL;
	size_t i;

	json_array_foreach (json_at(run.report, "lock_crowds"), i, crowd)
		if (!strcmp(text_at(crowd, "name"), "ObjectMonitor::enter"))
			enter = crowd;
	cr_assert(enter, "no crowd enters a monitor");
	cr_assert(json_is_true(json_at(enter, "contended")));
	cr_assert_geq(number_at(enter, "members"), 4);
	cr_assert_geq(json_array_size(json_at(enter, "waiters")), 4);
	cr_assert_geq(number_at(enter, "wait_ns"), 0.8 * number_at(run.truth, "wait_ns"));
	lock_run_release(&run);
}

/* Each waiter waits at a lock of its own: they are told together, and are no threads without work.
 */
Test(lock_runtimes, a_python_semaphore_that_is_a_lock_is_one_line)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/semaphore.py 2 lock");
	const json_t *crowd = json_array_get(json_at(run.report, "lock_crowds"), 0);

	cr_assert(crowd, "%s", json_dumps(json_at(run.report, "findings"), JSON_COMPACT));
	cr_assert_str_eq(text_at(crowd, "name"), "Semaphore.acquire");
	cr_assert_geq(number_at(crowd, "members"), 3);
	cr_assert_gt(number_at(crowd, "wait_ns"), 5e9, "four of five wait all the time");
	cr_assert_str_eq(text_at(run.report, "verdict"), "lock-bound");
	lock_run_release(&run);
}

Test(lock_runtimes, python_semaphores_between_producers_and_consumers_are_no_lock)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/semaphore.py 2 signal");

	cr_assert_eq(json_array_size(json_at(run.report, "lock_crowds")), 0);
	cr_assert_str_neq(text_at(run.report, "verdict"), "lock-bound");
	lock_run_release(&run);
}

Test(lock_runtimes, a_monitor_of_javas_parks_in_its_enter)
{
	check_java("monitor", "ObjectMonitor::enter");
}

Test(lock_runtimes, a_reentrant_lock_of_javas_parks_in_park)
{
	check_java("lock", "Parker::park");
}
