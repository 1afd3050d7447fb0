// SPDX-License-Identifier: BSD-2-Clause
/* Workloads that end badly, and options that make no sense: one sentence, nothing left. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(workload_ends, .timeout = 60);

/* After a moment, and without zombies: an orphan's end is the affair of PID 1. */
#define WORKERS_LEFT                                                                               \
	"left() { ps -eo stat=,comm= | grep -cE '^[^Z].* "                                         \
	"(member|bystander|livelock|sender|receiver|producer|'"                                    \
	"'consumer|slow|quick|greedy|starved|input|heavy|spawn)-[0-9]'; }; "                       \
	"for i in 1 2 3 4 5; do n=$(left); [ $n = 0 ] && break; sleep 0.2; done; echo $n"

static void assert_nothing_left(const char *after)
{
	struct command_result result = command_run(WORKERS_LEFT);

	cr_assert_str_eq(result.out, "0\n", "after %s: workers left: %s", after, result.out);
	cr_assert_eq(leftovers(), 0, "%s left something behind", after);
	command_release(&result);
}

static void assert_said(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);

	assert_sentence(&result, script, status, says);
	command_release(&result);
}

static void kill_a_worker(const char *workload)
{
	char script[320];

	snprintf(script, sizeof(script),
		 "$P run %s -q --procs 4 -d 5s & sleep 0.8; while kill -0 $! && "
		 "! pkill -9 -n -P \"$(pgrep -x -P $! leader)\" 2>/dev/null; do sleep 0.1; done; "
		 "wait $!",
		 workload);
	assert_said(script, 1, "was killed by signal 9");
	assert_nothing_left(workload);
}

Test(workload_ends, a_killed_worker_ends_the_queue)
{
	kill_a_worker("queue");
}

Test(workload_ends, a_killed_worker_ends_the_barrier)
{
	kill_a_worker("barrier");
}

Test(workload_ends, a_killed_worker_ends_the_deadlock)
{
	kill_a_worker("deadlock");
}

Test(workload_ends, a_killed_worker_ends_the_messages)
{
	kill_a_worker("ipc");
}

Test(workload_ends, an_interrupted_deadlock_is_still_reported)
{
	struct command_result result = command_run(
		"$P run deadlock -q --json --procs 3 -d 20s & sleep 0.8; kill -INT $!; wait $!");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.cycle")), 3);
	assert_nothing_left("Ctrl-C");
	json_decref(report);
	command_release(&result);
}

Test(workload_ends, a_partrace_that_is_killed_takes_its_deadlock_along)
{
	struct command_result result = command_run(
		"$P run deadlock -q --procs 3 -d 20s & sleep 0.8; kill -9 $!; sleep 0.3");

	assert_nothing_left("kill -9");
	command_release(&result);
}

Test(workload_ends, a_full_disk_is_said)
{
	assert_said("d=$(mktemp -d -p /dev); unshare -m --propagation unchanged sh -c \"mount "
		    "--make-rprivate /dev; mount -t tmpfs -o size=64k none $d; "
		    "TMPDIR=$d $P run io --kind file -q --no-probe\"; s=$?; rmdir $d; exit $s",
		    1, "No space left on device");
}

Test(workload_ends, options_that_a_workload_does_not_know)
{
	assert_said("$P run cpu --cycle 2", 2, "cpu knows no --cycle; deadlock does");
	assert_said("$P run cpu --fixed", 2, "cpu knows no --fixed; lock,");
	assert_said("$P run lock --kind file", 2, "lock takes slices or phases");
	assert_said("$P run deadlock --tasks 4", 2, "deadlock knows no --tasks;");
}

Test(workload_ends, workers_that_make_no_sense)
{
	assert_said("$P run deadlock --cycle 1", 2, "--cycle 1");
	assert_said("$P run deadlock --cycle 5 --threads 3", 2, "--cycle 5 needs as many workers");
	assert_said("$P run queue --procs 1", 2, "queue needs at least 2 processes");
	assert_said("$P run ipc --threads 3", 2, "3 is an odd number");
}
