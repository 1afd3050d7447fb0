// SPDX-License-Identifier: BSD-2-Clause
/* Programs that we did not write, in C: which locks they wait for, and where. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/command.h"
#include "tests/support/lock_rows.h"
#include "tests/support/rows.h"

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

static void check_sysbench(const char *program)
{
	json_t *report = watch(program);
	const json_t *lock = lock_first_of(report, "mutex"), *join = lock_first_of(report, "join");

	cr_assert(json_is_true(json_at(lock, "contended")));
	cr_assert_str_eq(text_at(lock, "place.mapping"), "heap");
	assert_called_from(lock, "/sysbench");
	cr_assert(json_is_false(json_at(join, "contended")), "main only waits for its workers");
	cr_assert_gt(lock_waits_in(join, "sb_thread_join_workers"), 1e9);
	assert_only_kind(report, "mutex");
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
	const json_t *lock = lock_first_of(report, "mutex"), *holder;
	double blocked = 0;
	size_t i;

	cr_assert_eq(json_array_size(json_at(lock, "waiters")), 4);
	cr_assert_eq(json_array_size(json_at(lock, "holders")), 4);
	json_array_foreach (json_at(lock, "holders"), i, holder)
		blocked += number_at(holder, "blocked_others_ns");
	/* And what a wake-up takes, of each of some 100,000 waits a second: nobody has it then. */
	cr_assert_leq(number_at(lock, "unattributed_ns"),
		      0.05 * blocked + 10e3 * number_at(lock, "waits"));
	json_decref(report);
}

Test(lock_programs, stress_ng_mutex_has_a_mutex)
{
	json_t *report = watch("stress-ng --mutex 1 --timeout 20");

	cr_assert_gt(lock_wait_of(report, "mutex", true), 1e8);
	assert_called_from(lock_first_of(report, "mutex"), "/stress-ng");
	assert_only_kind(report, "mutex");
	json_decref(report);
}

/* Its waiters are its posters: a lock, whatever it is made of. */
Test(lock_programs, stress_ng_sem_has_a_semaphore_that_is_a_lock)
{
	json_t *report = watch("stress-ng --sem 1 --sem-procs 32 --timeout 20");

	cr_assert_gt(lock_wait_of(report, "semaphore", true), 1e8);
	assert_called_from(lock_first_of(report, "semaphore"), "/stress-ng");
	assert_only_kind(report, "semaphore");
	json_decref(report);
}

/* One waits for what the other does, on a bare word: nobody acquires anything. */
Test(lock_programs, stress_ng_futex_has_no_lock)
{
	json_t *report = watch("stress-ng --futex 1 --timeout 20");
	const json_t *word = json_array_get(json_at(report, "locks"), 0);

	cr_assert(word);
	cr_assert(json_is_true(json_at(word, "shared")), "it is between two processes");
	assert_only_kind(report, "none at all");
	json_decref(report);
}

/* A cluster of its own in a folder of its own; nothing of it is left. */
#define POSTGRES(load)                                                                             \
	"d=$(mktemp -d /tmp/partrace-pg-XXXXXX); chown postgres $d; cd $d; "                       \
	"B=$(ls -d /usr/lib/postgresql/*/bin | tail -1); as() { runuser -u postgres -- \"$@\"; "   \
	"}; "                                                                                      \
	"echo 'UPDATE pgbench_accounts SET abalance = 1 WHERE aid = 1;' >$d/hot; "                 \
	"{ as $B/initdb -D $d/db -A trust -N && "                                                  \
	"as $B/pg_ctl -D $d/db -o \"-k $d -h ''\" -l $d/log -w start </dev/null && "               \
	"as pgbench -h $d -i -s 1 -q postgres; } >$d/out 2>&1 || { cat $d/out $d/log >&2; }; "     \
	"as pgbench -h $d -c 8 -j 2 -T 8 -n " load " postgres >$d/out 2>&1 & b=$!; "               \
	"sleep 1.5; m=$(head -1 $d/db/postmaster.pid); "                                           \
	"$P attach -q --json -d 3s -p $m,$(pgrep -d, -P $m); s=$?; wait $b; "                      \
	"as $B/pg_ctl -D $d/db -m immediate -w stop >/dev/null 2>&1; cd /; rm -rf $d; exit $s"

Test(lock_programs, postgresql_waits_for_lightweight_locks)
{
	json_t *report = report_by(POSTGRES("-b simple-update"));
	const json_t *row;
	double acquiring = 0;
	size_t i;

	assert_only_kind(report, "semaphore");
	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!lock_is_kind(row, "semaphore"))
			continue;
		cr_assert(json_is_true(json_at(row, "shared")), "%s",
			  json_dumps(row, JSON_COMPACT));
		acquiring += lock_waits_in(row, "LWLockAcquire");
	}
	cr_assert_gt(lock_wait_of(report, "semaphore", true), 2e8);
	cr_assert_geq(acquiring, 0.8 * lock_wait_of(report, "semaphore", true));
	cr_assert_geq(number_at(report, "totals.processes"), 9);
	json_decref(report);
}

/* All want one row: each backend sleeps on its own semaphore, for locks that are not in it. */
Test(lock_programs, postgresql_with_one_hot_row_waits_in_one_function)
{
	json_t *report = report_by(POSTGRES("-f $d/hot"));
	const json_t *crowds = json_at(report, "lock_crowds"), *crowd, *row;
	double members = 0, waits = 0, wait_ns = 0;
	size_t i;

	cr_assert_eq(json_array_size(crowds), 1);
	crowd = json_array_get(crowds, 0);
	cr_assert_str_eq(text_at(crowd, "name"), "LWLockAcquire");
	cr_assert_str_eq(text_at(crowd, "kind"), "semaphore");
	cr_assert(json_is_true(json_at(crowd, "contended")));
	/* Those that write the log may wait for one of its locks, too. */
	cr_assert_geq(json_array_size(json_at(crowd, "waiters")), 8, "%zu threads wait there",
		      json_array_size(json_at(crowd, "waiters")));
	json_array_foreach (json_at(report, "locks"), i, row) {
		if (!json_is_string(json_at(row, "crowd")))
			continue;
		cr_assert_str_eq(text_at(row, "crowd"), text_at(crowd, "id"));
		members++;
		waits += number_at(row, "waits");
		wait_ns += number_at(row, "wait_ns");
	}
	cr_assert_eq(number_at(crowd, "members"), members);
	cr_assert_eq(number_at(crowd, "waits"), waits);
	cr_assert_eq(number_at(crowd, "wait_ns"), wait_ns);
	cr_assert_geq(wait_ns, 0.9 * lock_wait_of(report, "semaphore", true));
	cr_assert_gt(lock_waits_in(crowd, "ProcSleep"), 0.5 * wait_ns,
		     "who waits for the row takes the lock table's locks around it");
	json_decref(report);
}
