// SPDX-License-Identifier: BSD-2-Clause
/* Programs in which nobody is left to wake anybody, whoever has which lock. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(hung, .timeout = 60);

#define HANG_AND(verb) "%s >/dev/null & p=$!; sleep 1.2; " verb "; s=$?; kill -KILL $p; exit $s"
#define PROGRAM(name)  "$PROGRAMS/locks/hung " name

static json_t *look(const char *format, const char *command)
{
	char script[512];

	snprintf(script, sizeof(script), format, command);
	return report_by(script);
}

static bool is_stuck(const json_t *report)
{
	cr_assert_eq(json_array_size(json_at(report, "processes")), 1);
	return json_is_true(json_at(json_array_get(json_at(report, "processes"), 0), "stuck"));
}

static void check(const char *command, bool stuck, const char *verdict)
{
	json_t *report = look(HANG_AND("$P attach -q --json -d 1s -p $p"), command);

	cr_assert_eq(is_stuck(report), stuck, "%s", command);
	cr_assert_eq(json_array_size(json_at(report, "deadlocks")), 0, "no circle is known");
	if (verdict)
		cr_assert_str_eq(text_at(report, "verdict"), verdict, "%s", command);
	else
		cr_assert_str_neq(text_at(report, "verdict"), "deadlock", "%s", command);
	json_decref(report);
}

Test(hung, reader_that_wants_to_write_is_a_deadlock)
{
	check(PROGRAM("writer-upgrade"), true, "deadlock");
}

Test(hung, reader_and_writer_in_a_circle_are_a_deadlock)
{
	check(PROGRAM("reader-cycle"), true, "deadlock");
}

Test(hung, mutex_whose_holder_has_ended_is_a_deadlock)
{
	check(PROGRAM("orphan"), true, "deadlock");
}

Test(hung, threads_that_nobody_will_wake_are_said_to_hang)
{
	check(PROGRAM("lost-wakeup"), true, "idle");
}

Test(hung, thread_that_goes_on_can_wake_the_others)
{
	check(PROGRAM("with-ticker"), false, NULL);
}

Test(hung, timeout_ends_the_wait)
{
	check(PROGRAM("timed"), false, NULL);
}

Test(hung, alarm_may_wake_the_thread)
{
	check(PROGRAM("with-alarm"), false, "idle");
}

Test(hung, other_process_may_wake_the_thread)
{
	check(PROGRAM("with-other-process"), false, "idle");
}

Test(hung, thread_that_is_watched_alone_has_others_to_wake_it)
{
	json_t *report = look(HANG_AND("$P attach -q --json -d 1s -t $p"), PROGRAM("with-ticker"));

	cr_assert(!is_stuck(report));
	json_decref(report);
}

/* A threading.Lock keeps no owner, and is a semaphore. */
Test(hung, python_lock_that_is_taken_twice_is_told_first_in_every_view)
{
	struct command_result result;

	if (access("/usr/bin/python3", X_OK) < 0)
		cr_skip_test("no python3 here");
	result = command_run("/usr/bin/python3 -c 'import threading\nl = threading.Lock()\n"
			     "l.acquire()\nl.acquire()' & p=$!; sleep 1.2; "
			     "$P snapshot -q -p $p; echo ==; $P attach -q -d 1s -p $p; echo ==; "
			     "$P locks -q -d 1s -p $p; echo ==; $P report --view deadlocks; "
			     "kill -KILL $p");
	cr_assert_eq(strncmp(result.out, "IDLE  The only thread of python3", 32), 0, "%s",
		     result.out);
	for (const char *view = result.out; view; view = strstr(view + 2, "==\n")) {
		const char *end = strstr(view + 2, "==\n");
		const char *said = strstr(view, "It hangs, unless");

		cr_assert(said && (!end || said < end), "%s", view);
	}
	cr_assert_null(strstr(result.out, "Deadlocks"), "%s", result.out);
	cr_assert_null(strstr(result.out, "Nothing is wrong"), "%s", result.out);
	command_release(&result);
}

/* Each is looked at in /proc, and so many at a time. */
Test(hung, processes_that_are_too_many_to_be_looked_at_are_counted)
{
	json_t *report = report_by(
		"l=; for i in $(seq 300); do $PROGRAMS/locks/hung with-alarm >/dev/null & "
		"l=$l,$!; done; sleep 2; $P attach -q --json -d 1s -p ${l#,}; s=$?; "
		"kill -KILL $(echo $l | tr , ' '); exit $s");

	cr_assert_eq(json_array_size(json_at(report, "processes")), 300);
	cr_assert_gt(number_at(report, "completeness.unchecked_processes"), 0);
	cr_assert(json_is_false(json_at(report, "completeness.complete")));
	cr_assert_str_eq(text_at(report, "verdict"), "incomplete");
	json_decref(report);
}

/* With a holder that is killed while it has the lock; the parent joins, or does as `last` says. */
#define KILLED_HOLDER(last)                                                                        \
	"/usr/bin/python3 -c 'import multiprocessing as m, os, time\n"                             \
	"c = m.get_context(\"fork\")\nl = c.Lock()\nr, w = c.Pipe()\n"                             \
	"def hold():\n l.acquire()\n w.send(1)\n time.sleep(60)\n"                                 \
	"def work():\n l.acquire()\n"                                                              \
	"h = c.Process(target=hold)\nh.start()\nr.recv()\n"                                        \
	"p = [c.Process(target=work) for i in range(3)]\n[x.start() for x in p]\n"                 \
	"h.kill()\nh.join()\n" last "'"

#define IDLE_POOL                                                                                  \
	"/usr/bin/python3 -c 'import multiprocessing as m, time\n"                                 \
	"p = m.get_context(\"fork\").Pool(3)\np.map(abs, range(9))\ntime.sleep(60)'"

#define HANG_WITH_CHILDREN_AND(verb)                                                               \
	"%s & p=$!; sleep 1.8; c=$(pgrep -d ' ' -P $p); w=$(echo $c | tr ' ' ,); " verb            \
	"; s=$?; kill -KILL $c $p; exit $s"

static size_t stuck_of(const char *verb, const char *command, char *said, size_t size)
{
	json_t *report, *process;
	size_t i, stuck = 0;

	if (access("/usr/bin/python3", X_OK) < 0)
		cr_skip_test("no python3 here");
	report = look(verb, command);
	json_array_foreach (json_at(report, "processes"), i, process)
		stuck += json_is_true(json_at(process, "stuck"));
	snprintf(said, size, "%s %s",
		 text_at(json_array_get(json_at(report, "findings"), 0), "title"),
		 text_at(json_array_get(json_at(report, "findings"), 0), "detail"));
	json_decref(report);
	return stuck;
}

#define WITH_ITS_TREE HANG_WITH_CHILDREN_AND("$P attach -q --json -d 1s --tree -p $p")
#define WORKERS_ONLY  HANG_WITH_CHILDREN_AND("$P attach -q --json -d 1s -p $w")

Test(hung, processes_whose_lock_went_with_its_holder_are_said_to_hang)
{
	char said[1024];
	size_t stuck =
		stuck_of(WITH_ITS_TREE, KILLED_HOLDER("[x.join() for x in p]"), said, sizeof(said));

	cr_assert_eq(stuck, 4, "%zu: %s", stuck, said);
	cr_assert(strstr(said, "(4 in all)") && strstr(said, "multiprocessing.Lock"), "%s", said);
}

Test(hung, parent_that_sleeps_could_give_the_lock_back)
{
	char said[1024];

	cr_assert_eq(stuck_of(WITH_ITS_TREE, KILLED_HOLDER("time.sleep(60)"), said, sizeof(said)),
		     0, "%s", said);
	cr_assert(strstr(said, "which nobody was seen to post"), "%s", said);
}

Test(hung, parent_that_is_not_watched_could_give_the_lock_back)
{
	char said[1024];

	cr_assert_eq(
		stuck_of(WORKERS_ONLY, KILLED_HOLDER("[x.join() for x in p]"), said, sizeof(said)),
		0, "%s", said);
}

Test(hung, worker_that_reads_may_give_the_lock_of_an_idle_pool_back)
{
	char said[1024];

	cr_assert_eq(stuck_of(WITH_ITS_TREE, IDLE_POOL, said, sizeof(said)), 0, "%s", said);
	cr_assert_eq(stuck_of(WORKERS_ONLY, IDLE_POOL, said, sizeof(said)), 0, "%s", said);
}
