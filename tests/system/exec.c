// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(exec, .timeout = 60);

static void assert_run(const char *script, int status, const char *out, const char *err_has)
{
	struct command_result result = command_run(script);

	cr_assert_eq(result.status, status, "%s: exit status %d: %s", script, result.status,
		     result.err);
	cr_assert_str_eq(result.out, out, "%s printed: %s", script, result.out);
	cr_assert(!err_has || strstr(result.err, err_has), "%s said: %s", script, result.err);
	command_release(&result);
}

Test(exec, hands_on_the_commands_exit_status)
{
	assert_run("$P exec -q -o /dev/null -- sh -c 'exit 7'", 7, "", NULL);
}

Test(exec, says_128_and_the_signal_of_a_killed_command)
{
	assert_run("$P exec -q -o /dev/null -- sh -c 'kill -9 $$'", 137, "", NULL);
}

Test(exec, names_the_signal_that_killed_the_command)
{
	assert_run("$P exec -o /dev/null -- sh -c 'kill -SEGV $$'", 139, "",
		   "sh was killed by SIGSEGV (Segmentation fault)");
}

/* A server that goes into the background would seem to have done nothing else. */
Test(exec, names_the_children_that_outlive_the_command)
{
	assert_run(
		"f=$(mktemp); $P exec -o /dev/null -- sh -c \"sleep 60 & echo \\$! >$f\" 2>$f.e; "
		"p=$(cat $f); sed s/$p/CHILD/ $f.e >&2; kill $p; rm $f $f.e",
		0, "",
		"sh has ended, but 1 of its children runs on, watched no longer; to go on: sudo "
		"partrace attach -p CHILD");
}

Test(exec, says_nothing_of_children_where_all_have_ended)
{
	struct command_result result =
		command_run("$P exec -o /dev/null -- sh -c 'sleep 0.1 & wait'");

	cr_assert_eq(result.status, 0);
	cr_assert_null(strstr(result.err, "children run"), "%s", result.err);
	cr_assert_null(strstr(result.err, "killed"), "%s", result.err);
	command_release(&result);
}

Test(exec, leaves_stdin_and_stdout_to_the_command_and_reports_on_stderr)
{
	assert_run("echo hello | $P exec -q -- cat", 0, "hello\n", "Where thread time went");
}

/* It is gone by the time of the report. */
Test(exec, has_the_memory_of_a_command_as_it_was_last_seen)
{
	struct command_result result = command_run(
		"$P exec -q --json -o - -- python3 -c 'import time; much = b\"a\" * 30000000; "
		"time.sleep(2)'");
	json_t *document = json_loads(result.out, 0, NULL), *process;
	json_int_t most = 0;
	size_t i;

	cr_assert(document, "%s%s", result.out, result.err);
	json_array_foreach (json_object_get(document, "processes"), i, process) {
		json_int_t pss = json_integer_value(
			json_object_get(json_object_get(process, "memory"), "pss_bytes"));

		most = pss > most ? pss : most;
	}
	cr_assert_gt(most, 20000000);
	json_decref(document);
	command_release(&result);
}

Test(exec, runs_the_command_as_another_user)
{
	assert_run("$P exec -q -o /dev/null -u nobody -- id -un", 0, "nobody\n", NULL);
}

/* Also not of the libraries': a connection of root's to the daemon is root's voice. */
Test(exec, leaves_no_descriptor_of_its_own_to_the_command)
{
	assert_run("l='echo $(ls /proc/self/fd)'; exec 7</dev/null;"
		   "w=$(sh -c \"$l\"); h=$($P exec -q -o /dev/null -- sh -c \"$l\"); "
		   "[ \"$w\" = \"$h\" ] || echo \"$w, not $h\"",
		   0, "", NULL);
}

Test(exec, refuses_a_command_that_is_not_there)
{
	assert_run("$P exec -- no-such-command", 127, "", "there is no command no-such-command");
	assert_run("$P exec -- /no/such", 127, "", "there is no file /no/such to execute");
}

Test(exec, names_the_program_that_cannot_be_executed)
{
	assert_run("PATH=/etc:/no/such $P exec -- passwd", 126, "",
		   "/etc/passwd cannot be executed");
	assert_run("$P exec -- ''", 2, "", "the name of the command is empty");
}

Test(exec, keeps_what_is_utf8_of_an_argument_that_is_not)
{
	json_t *report = report_of("exec -q --json -o - -- true $(printf 'a\\377b')");
	json_t *second = json_array_get(json_at(report, "target.command"), 1);

	cr_assert_str_eq(json_string_value(second), "a\xef\xbf\xbd"
						    "b");
	json_decref(report);
}

Test(exec, hands_a_signal_on_to_the_command)
{
	assert_run("$P exec -q -o /dev/null -- sh -c 'trap \"exit 5\" TERM; sleep 5 & wait' & "
		   "sleep 1; kill -TERM $!; wait $!",
		   5, "", NULL);
}

Test(exec, follows_children_before_their_first_instruction)
{
	json_t *report = report_of("exec -q --json -o - -- sh -c '/bin/true & /bin/true & wait'");

	cr_assert_eq(number_at(report, "totals.processes"), 3);
	cr_assert_eq(number_at(report, "totals.threads"), 3);
	json_decref(report);
}

/*
 * The kernel counts a process's last switch as well, the probes do not; and before it was marked
 * the command had blocked once for its go. So: within one of the kernel's own account for each
 * process.
 */
Test(exec, is_no_slow_pipe_to_a_short_command)
{
	json_t *report = report_of("exec -q --json -o - -- true");

	cr_assert_eq(number_at(report, "totals.waits.ipc.count"), 0);
	json_decref(report);
}

Test(exec, counts_the_switches_and_the_cpu_time_that_wait4_counts)
{
	struct command_result result =
		command_run("f=$(mktemp); $P exec -q --json -o $f -- $PROGRAMS/rusage "
			    "$PROGRAMS/spawner 2000 16 | tail -1; cat $f; rm $f");
	double voluntary, involuntary, cpu_ns, ran_ns;
	json_t *report;

	cr_assert_eq(sscanf(result.out, "%lf %lf %lf", &voluntary, &involuntary, &cpu_ns), 3, "%s",
		     result.err);
	report = json_loads(strchr(result.out, '{'), 0, NULL);
	cr_assert(report, "%s", result.err);
	ran_ns = number_at(report, "totals.running_ns") - number_at(report, "totals.stolen_ns");
	cr_assert_float_eq(number_at(report, "totals.switches.voluntary"), voluntary, 3);
	cr_assert_float_eq(number_at(report, "totals.switches.involuntary"), involuntary, 2);
	/*
	 * wait4 leaves out what each of the 2,002 threads runs after it has been accounted for
	 * dead.
	 */
	cr_assert_geq(ran_ns, 0.995 * cpu_ns);
	cr_assert_leq(ran_ns, 1.005 * cpu_ns + 2002 * 20e3, "%.0f against %.0f", ran_ns, cpu_ns);
	json_decref(report);
	command_release(&result);
}

/* Its main thread polls once, for the workers' end; our own wait before it is no second time. */
Test(exec, a_program_that_polls_once_is_not_io_bound)
{
	json_t *report = report_of("exec -q --json -o - -- sh -c \"exec $P run cpu --no-probe "
				   "--threads 2 --tasks 20 >/dev/null 2>&1\"");

	cr_assert_null(finding_in(report, "io-bound"), "%s",
		       json_dumps(json_at(report, "findings"), 0));
	json_decref(report);
}
