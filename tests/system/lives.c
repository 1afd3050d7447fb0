// SPDX-License-Identifier: BSD-2-Clause
/* What becomes of targets while they are watched, and what had become of them before. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(lives, .timeout = 60);

static const json_t *first(const json_t *report, const char *list)
{
	return json_array_get(json_at(report, list), 0);
}

Test(lives, a_process_whose_leader_has_ended_has_its_other_threads)
{
	json_t *report = report_by("$PROGRAMS/blocked leaderless & sleep 0.3; "
				   "$P attach -q --json -d 500ms $!; kill -KILL $!");

	cr_assert_eq(number_at(report, "totals.threads"), 1);
	cr_assert_eq(number_at(report, "totals.waiting_ns"), 0);
	cr_assert_neq(number_at(first(report, "threads"), "tid"),
		      number_at(first(report, "threads"), "pid"));
	cr_assert_str_eq(json_string_value(json_at(first(report, "processes"), "name")), "blocked");
	json_decref(report);
}

Test(lives, a_thread_that_renames_itself_and_a_process_that_execs_bear_their_last_names)
{
	json_t *report = report_by(WHEN_WATCHING "sh -c 'kill -STOP $$; exec sleep 0.6' & s=$!; "
						 "{ when; kill -CONT $s; } & "
						 "$P attach --json --no-follow $s 2>$e");

	cr_assert_str_eq(json_string_value(json_at(first(report, "threads"), "name")), "sleep");
	cr_assert_str_eq(json_string_value(json_at(first(report, "processes"), "command")),
			 "sleep 0.6");
	json_decref(report);
}

Test(lives, a_process_that_dies_at_once_is_reported_or_refused_but_never_hangs)
{
	for (int i = 0; i < 5; i++) {
		struct command_result result = command_run("sleep 0.2$RANDOM & $P attach -q $!");

		cr_assert(result.status == 0 || strstr(result.err, "there is no process") ||
				  strstr(result.err, "ended"),
			  "%d: %s", result.status, result.err);
		command_release(&result);
	}
	cr_assert_eq(leftovers(), 0);
}

Test(lives, the_child_of_a_vfork_is_a_target_and_its_parent_waits_for_it)
{
	json_t *report =
		report_by(WHEN_WATCHING
			  "sh -c 'kill -STOP $$; exec $PROGRAMS/blocked vfork' & s=$!; "
			  "{ when; kill -CONT $s; } & "
			  "$P attach --json -d 1500ms $s 2>$e; pkill -KILL -P $s; kill -KILL $s");

	cr_assert_gt(number_at(report, "totals.waits.child.time_ns"), 0.7e9);
	cr_assert_gt(number_at(report, "totals.waits.sleep.time_ns"), 0.7e9);
	json_decref(report);
}

Test(lives, since_when_a_thread_waits_is_known_from_before_the_window)
{
	json_t *report =
		report_by("sleep 20 & sleep 1.5; $P attach -q --json -d 300ms $!; kill $!");
	const json_t *thread = first(report, "threads");

	cr_assert_lt(number_at(thread, "since_ns"), -1.4e9);
	cr_assert_lt(number_at(thread, "started_ns"), number_at(thread, "since_ns"));
	json_decref(report);
}

Test(lives, from_birth_to_the_first_run_is_told_of_those_born_in_the_window)
{
	json_t *report =
		report_by(WHEN_WATCHING "sh -c 'kill -STOP $$; /bin/true; sleep 0.3' & s=$!; "
					"{ when; kill -CONT $s; } & $P attach --json $s 2>$e");
	const json_t *rows = json_at(report, "threads"), *row;
	unsigned int born = 0;
	size_t i;

	json_array_foreach (rows, i, row) {
		const json_t *ready = json_at(row, "born_ready_ns");

		if (json_is_null(ready))
			continue;
		born++;
		cr_assert_gt(number_at(row, "started_ns"), 0);
		cr_assert_lt(json_number_value(ready), 1e9);
	}
	cr_assert_geq(born, 2);
	json_decref(report);
}

/* Either freezer: v2's own, or v1's hierarchy. */
#define FREEZE                                                                                     \
	"g=$(awk '$3 == \"cgroup\" && $4 ~ /freezer/ {print $2}' /proc/mounts | head -1); "        \
	"if [ -n \"$g\" ]; then f=freezer.state; on=FROZEN; off=THAWED; "                          \
	"else g=/sys/fs/cgroup; f=cgroup.freeze; on=1; off=0; fi; g=$g/pt-$$; mkdir $g; "

Test(lives, a_frozen_cgroup_is_stopped)
{
	json_t *report =
		report_by(FREEZE "$PROGRAMS/blocked spinning & a=$!; echo $a > $g/cgroup.procs; "
				 "sleep 0.2; echo $on > $g/$f; sleep 0.2; "
				 "$P attach -q --json -d 500ms $a; echo $off > $g/$f; "
				 "kill -KILL $a; wait $a; rmdir $g");
	double window_ns = number_at(report, "window.duration_ns");

	cr_assert_float_eq(number_at(report, "totals.waits.stopped.time_ns"), window_ns, 1e6);
	json_decref(report);
}

/* Wherever it is mounted, if anywhere: here, where nobody else sees it. */
#define WITH_CGROUP2                                                                               \
	"unshare --mount sh -c 'mount -t cgroup2 none /mnt && g=/mnt/pt-$$ && "                    \
	"mkdir $g && [ -e $g/cgroup.freeze ] || exit 77; "

Test(lives, a_cgroup_frozen_by_v2_is_stopped_until_it_is_thawed)
{
	struct command_result can = command_run(WITH_CGROUP2 "rmdir $g'");
	json_t *report;

	if (can.status == 77)
		cr_skip_test("no cgroup v2 with a freezer on this machine");
	command_release(&can);
	report = report_by(WITH_CGROUP2 WHEN_WATCHING
			   "$PROGRAMS/blocked spinning & a=$!; echo $a >$g/cgroup.procs; "
			   "sleep 0.2; echo 1 >$g/cgroup.freeze; sleep 0.2; "
			   "{ when; sleep 0.7; echo 0 >$g/cgroup.freeze; } & "
			   "$P attach --json -d 2s $a 2>$e; kill -KILL $a; wait; rmdir $g'");
	cr_assert_gt(number_at(report, "totals.waits.stopped.time_ns"), 0.5e9);
	cr_assert_gt(number_at(report, "totals.running_ns") + number_at(report, "totals.ready_ns"),
		     0.2e9);
	cr_assert_float_eq(number_at(report, "totals.waits.stopped.time_ns"),
			   number_at(report, "totals.waiting_ns"), 1e6);
	json_decref(report);
}

Test(lives, a_tid_that_is_used_again_is_another_thread)
{
	json_t *report = report_by("unshare --pid --fork --mount-proc sh -c '"
				   "$PROGRAMS/spawner 3000 1 >/dev/null & $P attach -q --json $!'");
	double threads = number_at(report, "totals.threads");

	cr_assert_gt(threads, 10, "%.0f", threads);
	assert_complete(report, "it");
	json_decref(report);
}

static void assert_process(const json_t *row, const char *name, double ns)
{
	double asleep_ns = number_at(row, "waits.sleep.time_ns");

	cr_assert_str_eq(json_string_value(json_at(row, "name")), name);
	cr_assert_eq(number_at(row, "threads"), 1);
	cr_assert(asleep_ns >= ns && asleep_ns < ns + 50e6, "%s slept %.0f ns", name, asleep_ns);
}

Test(lives, a_pid_that_is_used_again_is_another_process)
{
	json_t *report = report_by("$P exec -q --json -- $PROGRAMS/reborn 2>&1");
	const json_t *rows = json_at(report, "processes");
	const json_t *one = json_array_get(rows, 1), *other = json_array_get(rows, 2);
	const char *command;

	cr_assert_eq(json_array_size(rows), 3, "%zu processes", json_array_size(rows));
	cr_assert_eq(number_at(one, "pid"), number_at(other, "pid"));
	assert_process(one, "first", 100e6);
	assert_process(other, "sleep", 200e6);
	/* The first has its parent's command where somebody looked while it lived, else its name.
	 */
	command = json_string_value(json_at(one, "command"));
	cr_assert(!strcmp(command, "first") || strstr(command, "/reborn"), "%s", command);
	cr_assert_str_eq(json_string_value(json_at(other, "command")), "sleep 0.2");
	json_decref(report);
}

/* The two exchange their TIDs; each must keep its own figures. */
Test(lives, a_thread_that_execs_is_not_taken_for_the_leader_that_is_still_ending)
{
	json_t *report = report_of("exec -q --json -o - -- $PROGRAMS/slow_leader"), *thread;
	double sleeps = 0;
	size_t i;

	json_array_foreach (json_at(report, "threads"), i, thread) {
		cr_assert_str_eq(json_string_value(json_at(thread, "state")), "exited");
		/* By the name of its new program, /proc/self/exe. */
		if (!strcmp(json_string_value(json_at(thread, "name")), "exe"))
			sleeps = number_at(thread, "waits.sleep.count");
	}
	cr_assert_geq(sleeps, 200, "%.0f", sleeps);
	assert_complete(report, "it");
	json_decref(report);
}
