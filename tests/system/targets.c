// SPDX-License-Identifier: BSD-2-Clause
/* Every way to name a target. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(targets, .timeout = 60);

/* Both workers of a pool by the name that only they bear. */
#define TWO_NAMED                                                                                  \
	"n=pt-$$; cp $PROGRAMS/blocked /tmp/$n; /tmp/$n sleep & a=$!; /tmp/$n sleep & b=$!; "      \
	"sleep 0.2; "
#define END_TWO "; kill -KILL $a $b; rm /tmp/$n"

Test(targets, a_name_finds_all_processes_that_bear_it)
{
	json_t *report = report_by(TWO_NAMED "$P attach -q --json -d 300ms -n $n" END_TWO);

	cr_assert_eq(number_at(report, "totals.processes"), 2);
	cr_assert_str_eq(json_string_value(json_at(report, "target.kind")), "attach");
	json_decref(report);
}

Test(targets, a_pattern_and_a_bare_word_are_names)
{
	json_t *report = report_by(TWO_NAMED "$P attach -q --json -d 300ms \"$n*\"" END_TWO);

	cr_assert_eq(number_at(report, "totals.processes"), 2);
	json_decref(report);
}

Test(targets, numbers_compose_and_one_named_twice_counts_once)
{
	json_t *report =
		report_by(TWO_NAMED "$P attach -q --json -d 300ms -p $a,$b $b -n $n" END_TWO);

	cr_assert_eq(number_at(report, "totals.processes"), 2);
	cr_assert_eq(number_at(report, "totals.threads"), 2);
	json_decref(report);
}

Test(targets, a_thread_is_watched_without_its_siblings)
{
	json_t *report = report_by("$PROGRAMS/sleeper 5 20 & sleep 0.3; "
				   "tid=$(ls /proc/$!/task | tail -1); "
				   "$P attach -q --json -d 300ms -t $tid; kill -KILL $!");

	cr_assert_eq(number_at(report, "totals.threads"), 1);
	json_decref(report);
}

Test(targets, children_are_followed_unless_not_wanted)
{
	static const char script[] = "sh -c 'while :; do /bin/true; sleep 0.05; done' & "
				     "$P attach -q --json -d 500ms %s $!; kill -KILL $!";
	char with[256], without[256];
	json_t *report;

	snprintf(with, sizeof(with), script, "");
	report = report_by(with);
	cr_assert_gt(number_at(report, "totals.processes"), 5);
	json_decref(report);
	snprintf(without, sizeof(without), script, "--no-follow");
	report = report_by(without);
	cr_assert_eq(number_at(report, "totals.processes"), 1);
	json_decref(report);
}

/* A server, its worker that ran before, and the worker's own child. */
#define TREE_OF_THREE "sh -c 'sh -c \"$PROGRAMS/blocked sleep & wait\" & wait' & t=$!; sleep 0.3; "
#define END_TREE                                                                                   \
	"; s=$?; w=$(pgrep -P $t); b=$(pgrep -P $w); kill -KILL $t $w $b; wait $t 2>/dev/null; "   \
	"exit $s"

Test(targets, a_tree_is_a_process_with_the_children_that_it_has_already)
{
	json_t *report =
		report_by(TREE_OF_THREE "$P attach -q --json -d 300ms --tree -p $t" END_TREE);

	cr_assert_eq(number_at(report, "totals.processes"), 3);
	json_decref(report);
}

Test(targets, a_tree_has_the_children_that_come_later_too)
{
	json_t *report = report_by("sh -c 'while :; do /bin/true; sleep 0.02; done' & t=$!; "
				   "$P attach -q --json -d 500ms --tree $t; kill -KILL $t");

	cr_assert_gt(number_at(report, "totals.processes"), 5);
	json_decref(report);
}

Test(targets, children_that_are_left_out_are_counted_and_the_way_to_them_is_said)
{
	assert_runs(TREE_OF_THREE "$P attach -d 300ms -p $t" END_TREE,
		    .err = { "2 children of the target ran before and are not watched", "--tree" });
}

Test(targets, nothing_is_said_of_children_that_are_watched_or_not_wanted)
{
	static const char *const options[] = { "--tree", "--no-follow", "-q", "-n sh" };
	char script[512];

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		struct command_result result;

		snprintf(script, sizeof(script),
			 TREE_OF_THREE "$P attach -d 300ms %s -p $t" END_TREE, options[i]);
		result = command_run(script);
		cr_assert_eq(result.status, 0, "%s: %s", options[i], result.err);
		cr_assert_null(strstr(result.err, "ran before"), "%s: %s", options[i], result.err);
		command_release(&result);
	}
}

/* Whichever hierarchies this machine has, a group is made in one of them. */
#define IN_CGROUP                                                                                  \
	"g=$(awk '$3 ~ /^cgroup/ && $4 ~ /rw/ {print $2}' /proc/mounts | head -1)/pt-$$; "         \
	"mkdir $g; $PROGRAMS/blocked sleep & a=$!; $PROGRAMS/blocked sleep & b=$!; "               \
	"echo $a > $g/cgroup.procs; "
#define END_CGROUP "; kill -KILL $a $b; wait $a $b; rmdir $g"

Test(targets, a_cgroup_is_everything_in_it_now_and_later)
{
	json_t *report =
		report_by(IN_CGROUP WHEN_WATCHING
			  "{ when; echo $b > $g/cgroup.procs; } & "
			  "$P attach --json -d 1500ms --cgroup $g 2>$e" END_CGROUP " 2>/dev/null");

	cr_assert_eq(number_at(report, "totals.processes"), 2);
	cr_assert_leq(number_at(report, "totals.waits.sleep.time_ns"), 2.95e9);
	json_decref(report);
}

/* One process is in the watched cgroup, another comes into one so many levels below it. */
static json_t *report_of_nested(unsigned int depth)
{
	char script[1024];

	snprintf(script, sizeof(script),
		 IN_CGROUP "deep=$g$(printf '/n%%.0s' $(seq %u)); mkdir -p $deep; " WHEN_WATCHING
			   "{ when; echo $b > $deep/cgroup.procs; } & "
			   "$P attach --json -d 1500ms --cgroup $g 2>$e; kill -KILL $a $b; "
			   "wait $a $b; while [ $deep != ${g%%/*} ]; do rmdir $deep; "
			   "deep=${deep%%/*}; done 2>/dev/null",
		 depth);
	return report_by(script);
}

Test(targets, a_cgroup_deep_below_a_watched_one_belongs_to_it)
{
	json_t *report = report_of_nested(40);

	cr_assert_eq(number_at(report, "totals.processes"), 2);
	assert_complete(report, "it");
	json_decref(report);
}

Test(targets, one_that_comes_into_a_cgroup_too_deep_is_counted_and_said)
{
	json_t *report = report_of_nested(70);
	const json_t *reason = json_array_get(json_at(report, "completeness.reasons"), 0);

	cr_assert_eq(number_at(report, "totals.processes"), 1);
	cr_assert(json_is_false(json_at(report, "completeness.complete")));
	cr_assert(strstr(json_string_value(reason), "1 tasks came into a cgroup more than 64"),
		  "%s", json_string_value(reason));
	json_decref(report);
}

Test(targets, a_cgroup_is_found_by_its_name_and_by_its_path_within_the_mount)
{
	json_t *report = report_by(IN_CGROUP "$P attach -q --json -d 200ms --cgroup "
					     "pt-$$" END_CGROUP " 2>/dev/null");

	cr_assert_eq(number_at(report, "totals.processes"), 1);
	json_decref(report);
	report = report_by(IN_CGROUP "$P attach -q --json -d 200ms --cgroup /pt-$$" END_CGROUP
				     " 2>/dev/null");
	cr_assert_eq(number_at(report, "totals.processes"), 1);
	json_decref(report);
	report = report_by(IN_CGROUP "cd $g; $P attach -q --json -d 200ms --cgroup ./; "
				     "cd /" END_CGROUP " 2>/dev/null");
	cr_assert_eq(number_at(report, "totals.processes"), 1);
	json_decref(report);
}

Test(targets, all_is_also_what_is_born_later_to_anybody)
{
	json_t *report = report_by(WHEN_WATCHING "{ when; setsid /bin/true; } & "
						 "$P attach --json -d 1s -a 2>$e");
	const json_t *rows = json_at(report, "processes"), *row;
	bool seen = false;
	size_t i;

	json_array_foreach (rows, i, row) {
		seen |= !strcmp(json_string_value(json_at(row, "name")), "true");
		cr_assert_neq(number_at(row, "pid"), 0, "PID 0 is no task");
	}
	cr_assert(seen);
	json_decref(report);
}

Test(targets, a_kernel_thread_is_one_and_named_so)
{
	json_t *report = report_by("$P attach -q --json -d 300ms $(pgrep -x kthreadd)");
	const json_t *row = json_array_get(json_at(report, "processes"), 0);

	cr_assert_str_eq(json_string_value(json_at(row, "command")), "[kthreadd]");
	json_decref(report);
}

Test(targets, in_a_pid_namespace_the_numbers_are_those_of_the_namespace)
{
	json_t *report = report_by("unshare --pid --fork --mount-proc sh -c "
				   "'$PROGRAMS/blocked sleep & sleep 0.2; $P attach -q --json -d "
				   "300ms $!; kill -KILL $!'");
	double pid = number_at(json_array_get(json_at(report, "processes"), 0), "pid");

	cr_assert(pid > 1 && pid < 20, "the PID is %.0f", pid);
	cr_assert_eq(number_at(json_array_get(json_at(report, "threads"), 0), "tid"), pid);
	json_decref(report);
}

/* Root's partraced of this machine, which nobody else meets: /run is the test's own. */
#define SYSTEM_DAEMON                                                                              \
	"mount -t tmpfs none /run; ${P}d --quiet & d=$!; "                                         \
	"until [ -S /run/partrace/partraced.sock ]; do sleep 0.05; done; "

Test(targets, of_a_pid_namespace_are_not_looked_for_by_a_daemon_outside_it)
{
	json_t *report = report_by("unshare --mount sh -c '" SYSTEM_DAEMON
				   "unshare --pid --fork --mount-proc sh -c "
				   "\"$PROGRAMS/blocked sleep & $P attach -q --json -d 300ms 1; "
				   "kill -KILL \\$!\"; kill $d; wait $d'");
	const json_t *row = json_array_get(json_at(report, "processes"), 0);

	cr_assert_eq(number_at(row, "pid"), 1);
	cr_assert_str_eq(json_string_value(json_at(row, "name")), "sh");
	json_decref(report);
}

Test(targets, a_target_that_ends_ends_the_watch)
{
	assert_runs(
		"e=$(mktemp); sleep 30 & t=$!; { until grep -q watching $e; do sleep 0.05; done; "
		"sleep 0.5; kill $t; } & $P attach $t 2>$e; s=$?; cat $e >&2; rm $e; exit $s",
		.err = { "all targets have ended" }, .out = { "Where thread time went" });
}

Test(targets, intervals_are_lines_and_with_json_documents)
{
	struct command_result result = command_run("$PROGRAMS/blocked spinning & $P attach -q "
						   "--json -i 200ms -d 1100ms $!; kill -KILL $!");
	unsigned int lines = 0;
	const char *line = result.out;
	double busy_ns = 0;

	while (!strncmp(line, "{\"schema\": \"partrace.interval/1\"", 31) ||
	       !strncmp(line, "{\"schema\":\"partrace.interval/1\"", 30)) {
		json_t *interval = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

		busy_ns += number_at(interval, "running_ns") + number_at(interval, "ready_ns");
		json_decref(interval);
		line = strchr(line, '\n') + 1;
		lines++;
	}
	cr_assert(lines >= 4 && lines <= 5, "%u lines: %s", lines, result.out);
	cr_assert_eq(strncmp(line, "{\"schema\":\"partrace.report/1\"", 29), 0, "%.80s", line);
	cr_assert_str_eq(strchr(line, '\n'), "\n", "the report is one line, too");
	/* It never waits for anything but a CPU. */
	cr_assert(busy_ns > 0.5e9 && busy_ns < 1.2e9, "they sum to %.0f ns", busy_ns);
	command_release(&result);
}

Test(targets, a_cost_that_is_too_high_detaches)
{
	assert_runs("perf bench sched pipe -T -l 100000000 >/dev/null & "
		    "$P attach --max-cost 0.01% -d 20s $!; s=$?; kill -KILL $!; exit $s",
		    .err = { "detached: the probes took more than" },
		    .out = { "Where thread time went" });
}

static void assert_fits_a_terminal(char *lines)
{
	for (const char *line = strtok(lines, "\r\n"); line; line = strtok(NULL, "\r\n"))
		cr_assert_leq(strlen(line), 80, "%s", line);
}

Test(targets, that_are_named_twice_are_shown_once)
{
	json_t *report = report_by("sleep 9 & $P attach $! -p $! -t $! $! -q --json -d 200ms; "
				   "kill $!");
	const char *what = json_string_value(json_at(report, "target.what"));
	unsigned int pid, tid;
	char rest;

	cr_assert_eq(number_at(report, "totals.threads"), 1);
	cr_assert_eq(sscanf(what, "PID %u, TID %u%c", &pid, &tid, &rest), 2, "%s", what);
	json_decref(report);
}

Test(targets, on_a_terminal_what_is_wrong_with_them_is_told_in_eighty_columns)
{
	struct command_result result =
		command_run("export x=$(printf '\033[2J'); script -qec '$P attach -p \"$x\"' "
			    "/dev/null </dev/null");

	cr_assert(strstr(result.out, "--pid ?[2J is not understood"), "%s", result.out);
	cr_assert(strstr(result.out, "name with -n"), "%s", result.out);
	assert_fits_a_terminal(result.out);
	command_release(&result);
}

Test(targets, on_a_terminal_what_is_watched_is_told_in_eighty_columns)
{
	struct command_result result =
		command_run("sleep 5 & script -qec \"$P attach -d 200ms $! >/dev/null\" /dev/null "
			    "</dev/null; kill $!");

	cr_assert(strstr(result.out, "watching PID "), "%s", result.out);
	cr_assert(strstr(result.out, "probes' cost"), "%s", result.out);
	assert_fits_a_terminal(result.out);
	command_release(&result);
}
