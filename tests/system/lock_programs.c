// SPDX-License-Identifier: BSD-2-Clause
/* Programs that we did not write: which locks they wait for, and where. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"

TestSuite(lock_programs, .timeout = 90);

/* In a session of its own, so that all its processes are known and all end. */
#define WATCHED                                                                                    \
	"setsid %s >/dev/null 2>&1 & p=$!; sleep 1; "                                              \
	"$P attach -q --json -d 2s -p $(pgrep -d, -s $p); s=$?; kill -KILL -$p; exit $s"

static json_t *watch(const char *program)
{
	char script[512];

	snprintf(script, sizeof(script), WATCHED, program);
	return report_by(script);
}

static const char *text_at(const json_t *document, const char *path)
{
	return json_string_value(json_at(document, path));
}

static bool is_kind(const json_t *row, const char *kind)
{
	return !strcmp(text_at(row, "kind"), kind);
}

/* The longest waited for of a kind; fails the test when there is none. */
static const json_t *first_of(const json_t *report, const char *kind)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (is_kind(row, kind))
			return row;
	cr_assert_fail("no row is a %s: %.3000s", kind,
		       json_dumps(json_at(report, "locks"), JSON_COMPACT));
	return NULL;
}

/* Wait time of all rows of a kind, contended or not. */
static double wait_of(const json_t *report, const char *kind, bool contended)
{
	const json_t *row;
	double sum = 0;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (is_kind(row, kind) && json_is_true(json_at(row, "contended")) == contended)
			sum += number_at(row, "wait_ns");
	return sum;
}

/* No other kind is called contended: `kind` is what this program has. */
static void assert_only(const json_t *report, const char *kind)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		cr_assert(json_is_false(json_at(row, "contended")) || is_kind(row, kind),
			  "it has no %s but in: %s", text_at(row, "kind"),
			  json_dumps(row, JSON_COMPACT));
}

/* The first frame outside the C library. */
static const json_t *caller_frame(const json_t *stack)
{
	const json_t *frame;
	size_t i;

	json_array_foreach (json_at(stack, "frames"), i, frame) {
		const char *module = text_at(frame, "module");

		if (!module || (!strstr(module, "/libc.so") && !strstr(module, "/libc-")))
			return frame;
	}
	cr_assert_fail("nothing but the C library: %s", json_dumps(stack, JSON_COMPACT));
	return NULL;
}

/* Time of the row's waiter stacks with a function whose name has `part` in it. */
static double waits_in(const json_t *row, const char *part)
{
	const json_t *stack, *frame;
	double sum = 0;
	size_t i, j;

	json_array_foreach (json_at(row, "stacks"), i, stack) {
		bool there = false;

		json_array_foreach (json_at(stack, "frames"), j, frame) {
			const char *function = text_at(frame, "function");

			there |= function && strstr(function, part);
		}
		if (there && !strcmp(text_at(stack, "role"), "waiter"))
			sum += number_at(stack, "wait_ns");
	}
	return sum;
}

/* Of all the row's waiter stacks the library was called from this module. */
static void assert_called_from(const json_t *row, const char *module)
{
	const json_t *stack;
	size_t i;

	cr_assert_gt(json_array_size(json_at(row, "stacks")), 0);
	json_array_foreach (json_at(row, "stacks"), i, stack)
		if (!strcmp(text_at(stack, "role"), "waiter"))
			cr_assert(ends_with(text_at(caller_frame(stack), "module"), module), "%s",
				  json_dumps(stack, JSON_COMPACT));
}

static void check_sysbench(const char *program)
{
	json_t *report = watch(program);
	const json_t *lock = first_of(report, "mutex"), *join = first_of(report, "join");

	cr_assert(json_is_true(json_at(lock, "contended")));
	cr_assert_str_eq(text_at(lock, "place.mapping"), "heap");
	assert_called_from(lock, "/sysbench");
	cr_assert(json_is_false(json_at(join, "contended")), "main only waits for its workers");
	cr_assert_gt(waits_in(join, "sb_thread_join_workers"), 1e9);
	assert_only(report, "mutex");
	json_decref(report);
}

Test(lock_programs, sysbench_threads_has_one_lock_on_the_heap)
{
	check_sysbench("sysbench threads --threads=4 --thread-locks=1 --time=20 run");
}

Test(lock_programs, sysbench_mutex_has_one_lock_on_the_heap)
{
	check_sysbench("sysbench mutex --threads=4 --mutex-num=1 --mutex-locks=100000000 "
		       "--mutex-loops=0 run");
}

Test(lock_programs, sysbench_threads_names_all_four_as_waiters_and_holders)
{
	json_t *report = watch("sysbench threads --threads=4 --thread-locks=1 --time=20 run");
	const json_t *lock = first_of(report, "mutex"), *holder;
	double blocked = 0;
	size_t i;

	cr_assert_eq(json_array_size(json_at(lock, "waiters")), 4);
	cr_assert_eq(json_array_size(json_at(lock, "holders")), 4);
	json_array_foreach (json_at(lock, "holders"), i, holder)
		blocked += number_at(holder, "blocked_others_ns");
	cr_assert_leq(number_at(lock, "unattributed_ns"), 0.05 * blocked);
	json_decref(report);
}

Test(lock_programs, stress_ng_mutex_has_a_mutex)
{
	json_t *report = watch("stress-ng --mutex 1 --timeout 20");

	cr_assert_gt(wait_of(report, "mutex", true), 1e8);
	assert_called_from(first_of(report, "mutex"), "/stress-ng");
	assert_only(report, "mutex");
	json_decref(report);
}

/* Its waiters are its posters: a lock, whatever it is made of. */
Test(lock_programs, stress_ng_sem_has_a_semaphore_that_is_a_lock)
{
	json_t *report = watch("stress-ng --sem 1 --sem-procs 32 --timeout 20");

	cr_assert_gt(wait_of(report, "semaphore", true), 1e8);
	assert_called_from(first_of(report, "semaphore"), "/stress-ng");
	assert_only(report, "semaphore");
	json_decref(report);
}

/* One waits for what the other does, on a bare word: nobody acquires anything. */
Test(lock_programs, stress_ng_futex_has_no_lock)
{
	json_t *report = watch("stress-ng --futex 1 --timeout 20");
	const json_t *word = json_array_get(json_at(report, "locks"), 0);

	cr_assert(word);
	cr_assert(json_is_true(json_at(word, "shared")), "it is between two processes");
	assert_only(report, "none at all");
	json_decref(report);
}

/* A cluster of its own in a folder of its own; nothing of it is left. */
#define POSTGRES                                                                                   \
	"d=$(mktemp -d /tmp/partrace-pg-XXXXXX); chown postgres $d; cd $d; "                       \
	"B=$(ls -d /usr/lib/postgresql/*/bin | tail -1); as() { runuser -u postgres -- \"$@\"; "   \
	"}; "                                                                                      \
	"{ as $B/initdb -D $d/db -A trust -N && "                                                  \
	"as $B/pg_ctl -D $d/db -o \"-k $d -h ''\" -l $d/log -w start </dev/null && "               \
	"as pgbench -h $d -i -s 1 -q postgres; } >$d/out 2>&1 || { cat $d/out $d/log >&2; }; "     \
	"as pgbench -h $d -c 8 -j 2 -T 8 -n -b simple-update postgres >$d/out 2>&1 & b=$!; "       \
	"sleep 1.5; m=$(head -1 $d/db/postmaster.pid); "                                           \
	"$P attach -q --json -d 3s -p $m,$(pgrep -d, -P $m); s=$?; wait $b; "                      \
	"as $B/pg_ctl -D $d/db -m immediate -w stop >/dev/null 2>&1; cd /; rm -rf $d; exit $s"

Test(lock_programs, postgresql_waits_for_lightweight_locks)
{
	json_t *report = report_by(POSTGRES);
	const json_t *row;
	double acquiring = 0;
	size_t i;

	assert_only(report, "semaphore");
	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!is_kind(row, "semaphore"))
			continue;
		cr_assert(json_is_true(json_at(row, "shared")), "%s",
			  json_dumps(row, JSON_COMPACT));
		acquiring += waits_in(row, "LWLockAcquire");
	}
	cr_assert_gt(wait_of(report, "semaphore", true), 2e8);
	cr_assert_geq(acquiring, 0.8 * wait_of(report, "semaphore", true));
	cr_assert_geq(number_at(report, "totals.processes"), 9);
	json_decref(report);
}

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

Test(lock_programs, the_gil_of_a_python_pool_is_one_row_and_named_so)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/gil.py 2");
	const json_t *row, *gil = first_of(run.report, "gil");
	size_t i, rows = 0;

	json_array_foreach (json_at(run.report, "locks"), i, row)
		rows += is_kind(row, "gil");
	cr_assert_eq(rows, 1);
	cr_assert(json_is_true(json_at(gil, "contended")));
	assert_near(number_at(gil, "wait_ns"), gil_wait(&run), 0.05);
	cr_assert_geq(json_array_size(json_at(gil, "waiters")), 4);
	lock_run_release(&run);
}

Test(lock_programs, a_python_pool_waits_in_python_functions)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/gil.py 2");
	const json_t *gil = first_of(run.report, "gil"), *stack, *frame;
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

Test(lock_programs, a_multiprocessing_lock_is_one_semaphore_between_processes)
{
	struct lock_run run = run_foreign("/usr/bin/python3 " FOREIGN "/shared_lock.py 2");
	const json_t *row = first_of(run.report, "semaphore");

	cr_assert(json_is_true(json_at(row, "shared")));
	cr_assert(json_is_true(json_at(row, "contended")));
	cr_assert(strstr(text_at(row, "place.module"), "/dev/shm/"), "it is in %s",
		  text_at(row, "place.module"));
	assert_near(number_at(row, "wait_ns"), number_at(run.truth, "wait_ns"), 0.03);
	cr_assert_eq(json_array_size(json_at(row, "waiters")), 3);
	lock_run_release(&run);
}

Test(lock_programs, a_mutex_of_rusts_has_its_releasers_and_its_caller)
{
	struct lock_run run = run_foreign("$PROGRAMS/locks/rust_mutex 2");
	const json_t *row = first_of(run.report, "mutex"), *holder;
	size_t i;

	cr_assert(json_is_true(json_at(row, "contended")));
	assert_near(number_at(row, "wait_ns"), number_at(run.truth, "wait_ns"), 0.03);
	cr_assert_geq(waits_in(row, "rust_mutex::take"), 0.9 * number_at(row, "wait_ns"));
	cr_assert_eq(json_array_size(json_at(row, "holders")), 4);
	json_array_foreach (json_at(row, "holders"), i, holder)
		cr_assert_str_neq(text_at(holder, "evidence"), "owner", "nothing names its owner");
	lock_run_release(&run);
}

/* A hundred goroutines wait for a lock, and no thread does: that can't be seen, and is said. */
Test(lock_programs, goroutines_that_wait_are_not_observable)
{
	struct lock_run run = run_foreign("$PROGRAMS/locks/goroutines 1");
	char *report = json_dumps(run.report, 0);

	cr_assert_gt(number_at(run.truth, "wait_ns"), 1e10);
	cr_assert(strstr(report, "not observable"), "nobody says so: %.3000s", report);
	assert_only(run.report, "parker");
	free(report);
	lock_run_release(&run);
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

		if (!is_kind(row, "parker") || !waits_in(row, function))
			continue;
		cr_assert(confidence > 0 && confidence < 1, "%g is no guess's confidence",
			  confidence);
		parked += number_at(row, "wait_ns");
	}
	cr_assert_geq(parked, 0.8 * number_at(run.truth, "wait_ns"), "%s: %.0f of %.0f are parked",
		      how, parked, number_at(run.truth, "wait_ns"));
	lock_run_release(&run);
}

Test(lock_programs, a_monitor_of_javas_parks_in_its_enter)
{
	check_java("monitor", "ObjectMonitor::enter");
}

Test(lock_programs, a_reentrant_lock_of_javas_parks_in_park)
{
	check_java("lock", "Parker::park");
}
