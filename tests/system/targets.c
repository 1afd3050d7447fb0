// SPDX-License-Identifier: BSD-2-Clause
/* Every way to name a target, and what is said of those that cannot be one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(targets, .timeout = 60);

static void assert_refused(const char *arguments, int status, const char *sentence)
{
	struct command_result result;
	char script[512];

	snprintf(script, sizeof(script), "$P attach %s", arguments);
	result = command_run(script);
	cr_assert_eq(result.status, status, "%s: exit status %d: %s", arguments, result.status,
		     result.err);
	cr_assert(strstr(result.err, sentence), "%s said: %s", arguments, result.err);
	cr_assert_str_eq(result.out, "");
	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}

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
	json_t *report = report_by("$PROGRAMS/sleeper 5 & sleep 0.3; "
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
	cr_assert(json_is_true(json_at(report, "completeness.complete")));
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
	struct command_result result = command_run("sleep 0.7 & $P attach $!");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.err, "all targets have ended"), "%s", result.err);
	cr_assert(strstr(result.out, "Where thread time went"), "%s", result.out);
	command_release(&result);
}

Test(targets, intervals_are_lines_and_with_json_documents)
{
	struct command_result result = command_run("$PROGRAMS/blocked spinning & $P attach -q "
						   "--json -i 200ms -d 1100ms $!; kill -KILL $!");
	unsigned int lines = 0;
	const char *line = result.out;
	double running_ns = 0;

	while (!strncmp(line, "{\"schema\": \"partrace.interval/1\"", 31) ||
	       !strncmp(line, "{\"schema\":\"partrace.interval/1\"", 30)) {
		json_t *interval = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

		running_ns += number_at(interval, "running_ns");
		json_decref(interval);
		line = strchr(line, '\n') + 1;
		lines++;
	}
	cr_assert(lines >= 4 && lines <= 5, "%u lines: %s", lines, result.out);
	cr_assert_eq(strncmp(line, "{\"schema\":\"partrace.report/1\"", 29), 0, "%.80s", line);
	cr_assert_str_eq(strchr(line, '\n'), "\n", "the report is one line, too");
	cr_assert(running_ns > 0.5e9 && running_ns < 1.2e9, "they sum to %.0f ns", running_ns);
	command_release(&result);
}

Test(targets, a_cost_that_is_too_high_detaches)
{
	struct command_result result =
		command_run("perf bench sched pipe -T -l 100000000 >/dev/null & "
			    "$P attach --max-cost 0.01% -d 20s $!; s=$?; kill -KILL $!; exit $s");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(strstr(result.err, "detached: the probes took more than"), "%s", result.err);
	cr_assert(strstr(result.out, "Where thread time went"), "%s", result.out);
	command_release(&result);
}

Test(targets, that_are_not_there)
{
	assert_refused("-p 999999999", 1, "there is no process 999999999");
	assert_refused("-t 999999999", 1, "there is no thread 999999999");
	assert_refused("-n no-such-name", 1, "no process is named no-such-name");
	assert_refused("--cgroup no-such-group", 1, "there is no cgroup no-such-group");
	assert_refused("--cgroup /tmp", 1, "/tmp is no cgroup");
}

Test(targets, that_are_too_many_of_one_name)
{
	struct command_result result = command_run(
		"n=pt-$$; cp $PROGRAMS/crowd /tmp/$n; /tmp/$n 5000 >/tmp/$n.made & s=$!; "
		"until [ -s /tmp/$n.made ]; do sleep 0.05; done; cat /tmp/$n.made; "
		"$P attach -d 1s -n $n; r=$?; kill $s; wait $s; rm /tmp/$n*; exit $r");

	cr_assert_eq(result.status, 1, "exit status %d: %s", result.status, result.err);
	cr_assert(strstr(result.err, "5000 processes are named pt-"), "%s", result.err);
	cr_assert(strstr(result.err, "at most 4096 can be watched by name"), "%s", result.err);
	cr_assert_str_eq(result.out, "5000\n");
	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}

Test(targets, that_make_no_sense)
{
	assert_refused("", 2, "attach needs a target");
	assert_refused("-p abc", 2, "is not understood; it takes numbers");
	assert_refused("-p 12,", 2, "is not understood; it takes numbers");
	assert_refused("-p -1", 2, "is not understood; it takes numbers");
	assert_refused("-p 99999999999", 2, "is not understood; it takes numbers");
	assert_refused("-p 0", 2, "idle task");
	assert_refused("-i 5 1", 2, "--interval 5 is not understood");
	assert_refused("--max-cost lots 1", 2, "--max-cost lots is not understood");
}

Test(targets, partrace_does_not_watch_itself)
{
	struct command_result result = command_run("exec sh -c 'exec $P attach -d 1s $$'");

	cr_assert_eq(result.status, 1, "%s", result.err);
	cr_assert(strstr(result.err, "partrace does not watch itself"), "%s", result.err);
	command_release(&result);
}
