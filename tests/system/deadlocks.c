// SPDX-License-Identifier: BSD-2-Clause
/* Every deadlock is found, with its threads, locks and frames. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/locks.h"
#include "tests/support/rows.h"

TestSuite(deadlocks, .timeout = 60);

#define MUTEX_SIZE 56 /* the largest of the locks, an rwlock */

/* Hung before anybody looks, then looked at by `verb`, which writes to $r. */
#define HANG_AND(verb)                                                                             \
	"t=$(mktemp); r=$(mktemp); $PROGRAMS/locks/%s >$t & p=$!; "                                \
	"until [ -s $t ] || ! kill -0 $p; do sleep 0.05; done; k=$p; c=$(pgrep -d, -P $k); "       \
	"p=$k${c:+,$c}; " verb "; s=$?; kill -KILL $k; cat $t $r; "                                \
	"rm $t $r; exit $s"
#define ATTACH "$P attach -q --json -d 1s -o $r -p $p"
/* Half a second is the least that a deadlock must have lasted. */
#define SNAPSHOT "sleep 0.5; $P snapshot -q --json -o $r -p $p"

static struct lock_run look(const char *format, const char *command)
{
	char script[512];

	snprintf(script, sizeof(script), format, command);
	return lock_run_script(script);
}

static const json_t *member_of(const json_t *truth, double tid)
{
	const json_t *member;
	size_t i;

	json_array_foreach (json_at(truth, "members"), i, member)
		if (number_at(member, "tid") == tid)
			return member;
	cr_assert_fail("thread %.0f is in no deadlock", tid);
	return NULL;
}

/* The functions in which the members wait, and those that called them. */
static const char *const functions[] = { "take_for_ever", "write_for_ever", "join_for_ever",
					 "wait_for_ever", "ring_member",    "relock",
					 "writer",        "table_user",     "parents_member",
					 "two_processes", "joined",         "joiner",
					 "reaper",        "main",           NULL };

static void check_lock(const json_t *thread, const json_t *member)
{
	double from = number_at(member, "address");
	unsigned long long address;
	int pid;

	if (from == 0) {
		cr_assert(json_is_null(json_at(thread, "lock")));
		return;
	}
	cr_assert(text_at(thread, "lock"), "it waits for no lock");
	if (json_is_null(json_at(member, "lock_name"))) {
		cr_assert_eq(strncmp(text_at(thread, "lock"), "shared:", 7), 0, "%s",
			     text_at(thread, "lock"));
		return;
	}
	cr_assert_eq(sscanf(text_at(thread, "lock"), "%d:0x%llx", &pid, &address), 2);
	cr_assert_eq(pid, number_at(member, "pid"));
	cr_assert((double)address >= from && (double)address < from + MUTEX_SIZE);
	cr_assert_eq(strncmp(text_at(thread, "lock_name"), text_at(member, "lock_name"),
			     strlen(text_at(member, "lock_name"))),
		     0, "%s is called %s", text_at(member, "lock_name"),
		     text_at(thread, "lock_name"));
}

static void check_thread(const json_t *truth, const json_t *thread, const json_t *next)
{
	const json_t *member = member_of(truth, number_at(thread, "tid"));
	const char *caller = caller_of(json_at(thread, "frames"), functions);

	cr_assert_eq(number_at(thread, "pid"), number_at(member, "pid"));
	cr_assert_str_eq(text_at(thread, "waits_for"), text_at(member, "waits_for"));
	cr_assert_eq(number_at(thread, "held_by_tid"), number_at(member, "held_by_tid"));
	cr_assert_eq(number_at(thread, "held_by_tid"), number_at(next, "tid"),
		     "the next one is not who it waits for");
	cr_assert_lt(number_at(thread, "since_ns"), 0, "it waited before the attach");
	cr_assert(caller && !strcmp(caller, text_at(member, "function")), "it waits in %s: %s",
		  text_at(member, "function"), json_dumps(json_at(thread, "frames"), JSON_COMPACT));
	check_lock(thread, member);
}

/* One deadlock, of all the members and of nobody else. */
static void check_cycle(const struct lock_run *run)
{
	const json_t *cycle, *threads, *thread;
	size_t i, count = json_array_size(json_at(run->truth, "members"));

	cr_assert_eq(json_array_size(json_at(run->report, "deadlocks")), 1, "deadlocks: %s",
		     json_dumps(json_at(run->report, "deadlocks"), JSON_COMPACT));
	cycle = json_array_get(json_at(run->report, "deadlocks"), 0);
	threads = json_at(cycle, "threads");
	cr_assert_eq(json_array_size(threads), count, "%s", json_dumps(cycle, JSON_COMPACT));
	json_array_foreach (threads, i, thread)
		check_thread(run->truth, thread, json_array_get(threads, (i + 1) % count));
}

static void check(const char *command)
{
	struct lock_run run = look(HANG_AND(ATTACH), command);

	check_cycle(&run);
	lock_run_release(&run);
}

Test(deadlocks, of_two_threads_are_found)
{
	check("deadlock two");
}

Test(deadlocks, of_three_threads_are_found)
{
	check("deadlock three");
}

Test(deadlocks, of_one_thread_with_itself_are_found)
{
	check("deadlock self");
}

Test(deadlocks, of_a_mutex_and_an_rwlock_are_found)
{
	check("deadlock rwlock");
}

Test(deadlocks, through_a_mutex_that_inherits_priority_are_found)
{
	check("deadlock pi");
}

Test(deadlocks, of_two_processes_over_shared_memory_are_found)
{
	check("deadlock processes");
}

Test(deadlocks, of_a_join_and_a_lock_are_found)
{
	check("deadlock join");
}

Test(deadlocks, of_a_waitpid_and_a_lock_are_found)
{
	check("deadlock child");
}

Test(deadlocks, of_a_wait_for_any_child_are_found)
{
	check("deadlock any-child");
}

/* The parent lives here, its child is the first process of another PID namespace. */
Test(deadlocks, of_a_waitpid_for_the_first_process_of_another_namespace_are_found)
{
	check("deadlock container");
}

Test(deadlocks, of_a_wait_for_any_child_that_is_in_another_namespace_are_found)
{
	check("deadlock any-container");
}

Test(deadlocks, of_a_static_program_are_found)
{
	check("deadlock-static two");
}

Test(deadlocks, of_a_program_with_frame_pointers_are_found)
{
	check("deadlock-fp three");
}

/* As in a container: the locks' memory names threads by numbers that are not ours. */
static void check_in_namespace(const char *command)
{
	struct lock_run run = lock_hang_in_namespace(command);

	check_cycle(&run);
	lock_run_release(&run);
}

Test(deadlocks, in_another_pid_namespace_are_found)
{
	check_in_namespace("deadlock three");
}

Test(deadlocks, of_two_processes_in_another_pid_namespace_are_found)
{
	check_in_namespace("deadlock processes");
}

Test(deadlocks, of_a_join_in_another_pid_namespace_are_found)
{
	check_in_namespace("deadlock join");
}

Test(deadlocks, of_a_waitpid_in_another_pid_namespace_are_found)
{
	check_in_namespace("deadlock child");
}

Test(deadlocks, of_a_wait_for_any_child_in_another_pid_namespace_are_found)
{
	check_in_namespace("deadlock any-child");
}

/* The cycle closes a second after it is asked to. */
Test(deadlocks, that_come_while_it_is_watched_are_found)
{
	struct lock_run run = look("t=$(mktemp); r=$(mktemp); $PROGRAMS/locks/%s 1000 >$t & p=$!; "
				   "$P attach -q --json -d 3s -o $r -p $p; s=$?; kill -KILL $p; "
				   "cat $t $r; rm $t $r; exit $s",
				   "deadlock two");
	const json_t *cycle = json_array_get(json_at(run.report, "deadlocks"), 0);

	cr_assert(cycle, "it is not found");
	cr_assert_eq(json_array_size(json_at(cycle, "threads")), 2);
	cr_assert_geq(number_at(json_array_get(json_at(cycle, "threads"), 0), "since_ns"), 0);
	lock_run_release(&run);
}

/*
 * The kernel refuses the one who would close the cycle, and the C library lets it wait for ever on
 * a word of its stack that nobody knows: which mutex it wanted is left in its registers or frames.
 */
Test(deadlocks, of_mutexes_that_inherit_priority_only_are_found)
{
	check("deadlock pi-two");
}

Test(deadlocks, of_mutexes_of_two_processes_that_inherit_priority_are_found)
{
	check("deadlock pi-processes");
}

Test(deadlocks, of_one_thread_and_a_mutex_that_inherits_priority_are_found)
{
	check("deadlock pi-self");
}

Test(deadlocks, stand_in_a_snapshot)
{
	static const char *const names[] = { "deadlock two", "deadlock processes", "deadlock join",
					     "deadlock pi-two" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct lock_run run = look(HANG_AND(SNAPSHOT), names[i]);

		check_cycle(&run);
		lock_run_release(&run);
	}
}
