// SPDX-License-Identifier: BSD-2-Clause
/* Reports that were saved: printed again, and whose they are. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/command.h"
#include "tests/support/saved.h"

TestSuite(report, .timeout = 60);

/* ---- the same again ---- */

Test(report, prints_byte_for_byte_what_the_run_printed)
{
	assert_prints(WITH_STATE
		      "$P run lock --threads 3 --tasks 6 --task-time 5ms -q > $d/live; "
		      "$P report | cmp $d/live - && echo same; "
		      "$P report --view summary -o $d/again; cmp $d/live $d/again && echo same",
		      "same\nsame\n");
}

Test(report, prints_what_exec_said_on_stderr)
{
	assert_prints(WITH_STATE "$P exec -q -- sh -c 'sleep 0.1 & wait' 2> $d/live; "
				 "$P report | cmp $d/live - && echo same",
		      "same\n");
}

Test(report, prints_the_document_of_json_and_reads_it_back)
{
	assert_prints(WITH_STATE
		      "$P run cpu --tasks 2 --task-time 1ms -q --json > $d/live; "
		      "$P report --json | cmp $d/live - && echo same; "
		      "cmp $d/live $d/state/partrace/*.json && echo same; "
		      /* But for the commands that are suggested: they name the file. */
		      "$P report | sed '/^Next/,$d' > $d/human; "
		      "$P report $d/live | sed '/^Next/,$d' | cmp $d/human - && echo same; "
		      "$P report - < $d/live | sed '/^Next/,$d' | cmp $d/human - && echo same",
		      "same\nsame\nsame\nsame\n");
}

/* The last report is another one: what a command prints is of the file. */
Test(report, of_a_file_suggests_commands_that_print_more_of_this_file)
{
	assert_prints(
		WITH_STATE
		"$P run lock --threads 3 --duration 300ms -q --json > \"$d/my lock\"; "
		"$P run cpu --tasks 2 --task-time 1ms -q > $d/last; cd $d; "
		"$P report 'my lock' | grep -o \"partrace [a-z]* 'my lock' [^ ]* [a-z]*\" > next; "
		"[ $(wc -l < next) -ge 3 ] || cat next; "
		"while read verb line; do eval \"$P $line\" > out || echo failed $line; "
		"grep -q '^cpu' out && echo other $line; done < next; echo done",
		"done\n");
}

Test(report, prints_a_run_without_probes_too)
{
	assert_prints(WITH_STATE QUICK_RUN " > $d/live; $P report | cmp $d/live - && echo same",
		      "same\n");
}

Test(report, has_every_view_in_eighty_columns_without_escapes)
{
	struct command_result result = command_run(
		WITH_STATE "export LC_ALL=C.UTF-8; "
			   "$P run mixed --threads 5 --tasks 10 --task-time 10ms -q > /dev/null; "
			   "for v in summary threads processes waits cpus runqueue; do "
			   "$P report --view $v > $d/$v || echo $v failed; "
			   "[ $(wc -l < $d/$v) -ge 4 ] || echo $v is short; "
			   "[ $(wc -L < $d/$v) -le 80 ] || echo $v is wide; "
			   "grep -c \"$(printf '\\033')\" $d/$v; done; cat $d/threads");
	const char *zeros = "0\n0\n0\n0\n0\n0\n";

	cr_assert_eq(strncmp(result.out, zeros, strlen(zeros)), 0, "%s", result.out);
	for (int i = 0; i < 5; i++) {
		char row[32];

		snprintf(row, sizeof(row), "  mixed-%d (", i);
		cr_assert(strstr(result.out, row), "no row %s: %s", row, result.out);
	}
	command_release(&result);
}

/* ---- whose they are ---- */

/*
 * A shell whose name is sudo, with the user's environment, as sudo itself has it; below it root
 * with root's. $1 is the user's home.
 */
#define AS_SUDO                                                                                    \
	"cp /bin/sh $d/sudo; mkdir $d/home; chown 65534:65534 $d/home; unset XDG_STATE_HOME; "     \
	"as_sudo() { env -i P=$P PATH=$PATH HOME=$d/home SUDO_CALL=\"$1\" $d/sudo -c "             \
	"'HOME=/root SUDO_USER=nobody SUDO_UID=65534 SUDO_GID=65534 sh -c \"$SUDO_CALL\"; true'; " \
	"}; "

Test(report, saved_under_sudo_belongs_to_the_user_behind_it)
{
	assert_prints(WITH_STATE AS_SUDO
		      "as_sudo '" QUICK_RUN "' > /dev/null; cd $d/home; "
		      "find . -mindepth 1 -printf '%U:%G %m %y %P\\n' | sed 's/report-.*Z/report/'",
		      "65534:65534 700 d .local\n65534:65534 700 d .local/state\n"
		      "65534:65534 700 d .local/state/partrace\n"
		      "65534:65534 600 f .local/state/partrace/report.json\n");
}

Test(report, saved_under_sudo_is_read_with_and_without_sudo)
{
	assert_prints(WITH_STATE AS_SUDO
		      "as_sudo '" QUICK_RUN "' > $d/live; cp $P $d/partrace; "
		      "as_sudo '$P report' | cmp $d/live - && echo same; "
		      "LC_ALL=C HOME=$d/home setpriv --reuid 65534 --regid 65534 --clear-groups "
		      "$d/partrace report | cmp $d/live - && echo same",
		      "same\nsame\n");
}

Test(report, saved_under_sudo_without_its_environment_goes_to_the_accounts_home)
{
	assert_prints(
		WITH_STATE
		"mkdir $d/home; chown 65534:65534 $d/home; "
		"echo nobody:x:65534:65534::$d/home:/bin/sh > $d/passwd; "
		"unshare -m --propagation unchanged sh -c \"mount --make-rprivate /etc; mount "
		"--bind $d/passwd /etc/passwd; HOME=/root SUDO_UID=65534 SUDO_GID=65534 " QUICK_RUN
		" > /dev/null\"; find $d/home -name 'report-*' -printf '%U %m\\n'",
		"65534 600\n");
}

Test(report, never_follows_a_users_link_to_where_the_user_could_not_write)
{
	assert_prints(
		WITH_STATE AS_SUDO
		"mkdir -m 755 $d/roots; ln -s $d/roots $d/home/.local; "
		"as_sudo '" QUICK_RUN "' > /dev/null; rm $d/home/.local; "
		"mkdir -p $d/home/.local/state; ln -s $d/roots $d/home/.local/state/partrace; "
		"as_sudo '" QUICK_RUN "' > /dev/null; ls $d/roots | wc -l",
		"0\n");
}

Test(report, of_root_is_not_saved_in_a_folder_of_someone_else)
{
	struct command_result result = command_run(
		WITH_STATE "mkdir $d/state; chown 65534 $d/state; $P run cpu --no-probe "
			   "--tasks 2 --task-time 1ms 2>&1 >/dev/null | grep -v watching >&2; "
			   "ls $d/state");

	cr_assert_str_eq(result.out, "");
	cr_assert(strstr(result.err, "it belongs to another user"), "%s", result.err);
	command_release(&result);
}

Test(report, of_root_that_others_could_replace_says_where_to_look_and_what_else_to_name)
{
	struct command_result result = command_run(
		WITH_STATE "mkdir -m 777 $d/state; $P run cpu --no-probe --tasks 2 --task-time 1ms "
			   "2>&1 >/dev/null | grep -v watching >&2");

	cr_assert(strstr(result.err, "or in a folder above it (`namei -l` shows which)"), "%s",
		  result.err);
	cr_assert(strstr(result.err, "XDG_STATE_HOME names another"), "%s", result.err);
	command_release(&result);
}

Test(report, that_cannot_be_saved_fails_no_run)
{
	struct command_result result =
		command_run("export XDG_STATE_HOME=/dev/null; $P run cpu --no-probe --tasks 2 "
			    "--task-time 1ms | head -1; " QUICK_RUN " > /dev/null");

	cr_assert_eq(result.status, 0);
	cr_assert_eq(strncmp(result.out, "cpu", 3), 0, "%s", result.out);
	cr_assert(strstr(result.err, "the report is not kept for `partrace report` in "
				     "/dev/null/partrace: Not a directory\n"),
		  "%s", result.err);
	cr_assert_null(strstr(strstr(result.err, "not kept") + 8, "not kept"), "-q is quiet: %s",
		       result.err);
	command_release(&result);
}

Test(report, its_file_is_as_private_as_the_umask_and_the_file_before_it)
{
	struct command_result result = command_run(
		"cd $(mktemp -d) && umask 077 && " QUICK_RUN " -o a && umask 022 && " QUICK_RUN
		" -o b && " QUICK_RUN " -o a --html page && stat -c %a a b page; rm -r $PWD");

	cr_assert_str_eq(result.out, "600\n644\n644\n", "%s", result.err);
	command_release(&result);
}

/* ---- the last ten ---- */

Test(report, keeps_the_last_ten_and_what_is_not_its_own)
{
	assert_prints(WITH_STATE
		      "f=$d/state/partrace; " QUICK_RUN " > /dev/null; "
		      "touch $f/mine.json $f/report-of-mine.json; "
		      "touch -d '2 hours ago' $f/.report-20200101T000000.000000000Z.json; "
		      "for i in 0 1 2 3 4 5 6 7 8 9 10; do " QUICK_RUN " > $d/out$i; "
		      "ls $f | grep 20 | tail -1 > $d/name$i; done; "
		      "ls $f | grep -c Z.json; ls $f | grep -v Z.json; ls -A $f | grep -c '^[.]'; "
		      "ls $f | grep 20 | head -1 | cmp - $d/name1 && echo oldest; "
		      "$P report | cmp - $d/out10 && echo newest",
		      "10\nmine.json\nreport-of-mine.json\n0\noldest\nnewest\n");
}

/* ---- the schema ---- */

Test(report, of_every_kind_is_as_the_schema_says)
{
	struct command_result result = command_run(QUICK_RUN " --json");

	json_decref(report_of("exec -q --json -o - -- sh -c 'sleep 0.05 & wait'"));
	json_decref(report_of("run io --procs 3 --tasks 6 --task-time 2ms -q --json"));
	assert_valid(result.out);
	command_release(&result);
}

Test(report, of_an_unprobed_run_has_every_key_and_null_for_what_is_not_known)
{
	static const char *const unknown[] = { "totals",   "parallelism", "run_queue",
					       "cpus",     "processes",   "threads",
					       "locks",    "deadlocks",   "verdict",
					       "findings", "probes",      "completeness" };
	struct command_result result = command_run(QUICK_RUN " --threads 2 --json");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert(report, "%s", result.out);
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		cr_assert(json_is_null(json_at(report, unknown[i])), "%s", unknown[i]);
	cr_assert_eq(json_array_size(json_at(report, "target.pids")), 1, "threads of one process");
	json_decref(report);
	command_release(&result);
	assert_refuses(QUICK_RUN " --json | sed 's/\"probes\": null/\"probes\": {}/' | $P report -",
		       1, "is damaged: the report has no totals");
}

/*
 * Names of a thousand call paths take a while to come. Threads that end meanwhile have not ended in
 * the window, and are not there twice.
 */
Test(report, of_a_window_that_waits_for_names_has_no_more_in_it_than_the_window)
{
	json_t *report =
		report_by(WHEN_WATCHING "$PROGRAMS/many_paths 1000 >/dev/null & t=$!; sleep 1; "
					"{ when; sleep 0.5; kill -USR1 $t; } & "
					"$P attach --json -d 500ms $t 2>$e; kill -KILL $t");
	double duration_ns = number_at(report, "window.duration_ns");
	const json_t *thread;
	size_t i;

	cr_assert_eq(number_at(report, "totals.threads"), 1001);
	json_array_foreach (json_at(report, "threads"), i, thread) {
		double sum_ns = number_at(thread, "running_ns") + number_at(thread, "ready_ns") +
				number_at(thread, "waiting_ns");

		if (json_is_null(json_at(thread, "exited_ns")))
			cr_assert_float_eq(sum_ns, duration_ns, 0.001 * duration_ns, "%.0f of %.0f",
					   sum_ns, duration_ns);
	}
	json_decref(report);
}
