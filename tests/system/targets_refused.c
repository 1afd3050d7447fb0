// SPDX-License-Identifier: BSD-2-Clause
/* What is said of targets that cannot be one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/command.h"

TestSuite(targets_refused, .timeout = 60);

static void assert_refused(const char *arguments, int status, const char *sentence)
{
	char script[512];

	snprintf(script, sizeof(script), "$P attach %s", arguments);
	assert_refuses(script, status, sentence);
	cr_assert_eq(leftovers(), 0);
}

Test(targets_refused, that_are_not_there)
{
	assert_refused("-p 999999999", 1, "there is no process 999999999");
	assert_refused("-t 999999999", 1, "there is no thread 999999999");
	assert_refused("-n no-such-name", 1, "no process is named no-such-name");
	assert_refused("--cgroup no-such-group", 1, "there is no cgroup no-such-group");
	assert_refused("--cgroup /tmp", 1, "/tmp is no cgroup");
}

Test(targets_refused, as_a_tree_without_its_root)
{
	assert_refused("--tree -n partrace", 2, "--tree needs the PID");
}

Test(targets_refused, for_longer_than_a_year)
{
	assert_refused("-p 1 -d 9999h", 2, "9999h is more than a year");
}

/* Watched, or where the kernel does not show it to BPF programs (a sandbox's), told so. */
Test(targets_refused, but_the_first_process_is_never_said_to_have_ended)
{
	struct command_result result = command_run("$P attach -p 1 -d 200ms -q");

	cr_assert(!result.status || strstr(result.err, "process 1 lives, but this kernel"),
		  "%d: %s", result.status, result.err);
	command_release(&result);
}

/* JSON has no way to ask for them; left out, the others alone would be watched. */
Test(targets_refused, whose_name_is_no_utf8)
{
	assert_refused("-n partrace -n $(printf 'a\\377') -d 200ms", 2, "is not UTF-8");
}

/* Of PID 1 there it would say what /proc says of the machine's own. */
Test(targets_refused, where_proc_is_of_another_pid_namespace)
{
	static const char *const programs[] = { "$P attach -d 300ms 1",
						"${P}d --socket $d/socket" };
	char script[256];

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		snprintf(script, sizeof(script),
			 "d=$(mktemp -d); timeout 9 unshare --pid --fork sh -c \"%s; exit \\$?\"; "
			 "s=$?; rmdir $d; exit $s",
			 programs[i]);
		assert_refuses(script, 3, "/proc is of another PID namespace");
	}
}

/* $z is a zombie, $t the last thread of process $p. */
static void assert_attach_says(const char *arguments, const char *sentence)
{
	char script[512];

	snprintf(script, sizeof(script),
		 "sh -c 'true & exec sleep 20' & s=$!; $PROGRAMS/sleeper 5 20 & p=$!; sleep 0.3; "
		 "z=$(pgrep -P $s); t=$(ls /proc/$p/task | tail -1); "
		 "$P attach -d 300ms %s; r=$?; kill $s $p; exit $r",
		 arguments);
	assert_refuses(script, 1, sentence);
}

Test(targets_refused, that_are_no_living_processes_are_told_apart)
{
	assert_attach_says("-p $z", "has ended; its parent has not asked for its end yet");
	assert_attach_says("-p $t", "is a thread of process");
	assert_attach_says("$t", "watch it alone with -t");
	assert_attach_says("--max-threads 1 -p $p -p $s -p $z", "has ended");
}

Test(targets_refused, that_are_too_many_of_one_name)
{
	assert_runs(
		"n=pt-$$; cp $PROGRAMS/crowd /tmp/$n; /tmp/$n 5000 >/tmp/$n.made & s=$!; "
		"until [ -s /tmp/$n.made ]; do sleep 0.05; done; grep -qx 5000 /tmp/$n.made; m=$?; "
		"$P attach -d 1s -n $n; r=$?; kill $s; wait $s; rm /tmp/$n*; exit $((r + 10 * m))",
		.status = 1,
		.err = { "5000 processes are named pt-", "at most 4096 can be watched by name" });
	cr_assert_eq(leftovers(), 0);
}

Test(targets_refused, that_make_no_sense)
{
	assert_refused("", 2, "attach needs a target");
	assert_refused("-p abc", 2, "is not understood; it takes numbers");
	assert_refused("-p 12,", 2, "is not understood; it takes numbers");
	assert_refused("-p -1", 2, "is not understood; it takes numbers");
	assert_refused("-p 99999999999", 2, "is not understood; it takes numbers");
	assert_refused("-p 0", 2, "idle task");
	assert_refused("-p 0x10", 2, "0x10 is not understood");
	assert_refused("-i 5 1", 2, "--interval 5 is not understood");
	assert_refused("--max-cost lots 1", 2, "--max-cost lots is not understood");
	assert_refused("--max-cost 1 1", 2, "--max-cost 1 is not understood");
}

Test(targets_refused, partrace_does_not_watch_itself)
{
	assert_runs("exec sh -c 'exec $P attach -d 1s $$'", .status = 1,
		    .err = { "partrace does not watch itself" });
	assert_runs("exec sh -c 'exec $P attach -d 1s -t $$'", .status = 1,
		    .err = { "partrace does not watch itself" });
}
