// SPDX-License-Identifier: BSD-2-Clause
/* Bad input and bad ends: one clear sentence, the right status, nothing left behind. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(refusals, .timeout = 60);

static void assert_refused(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);
	const char *end = strchr(result.err, '\n');

	cr_assert_eq(result.status, status, "%s: exit status %d: %s", script, result.status,
		     result.err);
	cr_assert(strstr(result.err, says), "%s said: %s", script, result.err);
	cr_assert(!strncmp(result.err, "partrace", 8) && end && end[1] == '\0',
		  "%s: not one sentence: %s", script, result.err);
	cr_assert_eq(leftovers(), 0, "%s left something behind", script);
	command_release(&result);
}

Test(refusals, unknown_workload)
{
	assert_refused("$P run nope", 2, "there is no workload nope");
}

Test(refusals, worker_counts_that_make_no_sense)
{
	assert_refused("$P run cpu --threads 0", 2, "--threads 0");
	assert_refused("$P run cpu --threads -1", 2, "--threads -1");
	assert_refused("$P run cpu --threads 99999999", 2, "--threads 99999999");
	assert_refused("$P run cpu --threads 2 --procs 2", 2, "exclude each other");
}

Test(refusals, duration_without_a_unit)
{
	assert_refused("$P run cpu -d 5", 2, "with its unit");
}

Test(refusals, output_that_cannot_be_written)
{
	assert_refused("$P run cpu -o /no/such/folder/file", 1, "/no/such/folder/file");
	assert_refused("$P run cpu -q --tasks 4 -o /dev/full", 1, "/dev/full");
}

/*
 * Mounts of one's own under a folder that is a mount itself: as little as a chroot has, where `/`
 * need not be one. The command is within double quotes.
 */
#define WITH_MOUNTS(folder, command)                                                               \
	"unshare -m --propagation unchanged sh -c \"mount --make-rprivate " folder "; " command "\""

Test(refusals, a_full_disk_keeps_the_old_file_and_leaves_no_half_one)
{
	struct command_result result = command_run("d=$(mktemp -d -p /dev); " WITH_MOUNTS(
		"/dev", "mount -t tmpfs -o size=8k none $d; echo old > $d/r; "
			"dd if=/dev/zero of=$d/fill bs=4k count=2 2>/dev/null; "
			"$P run cpu -q --tasks 4 --json -o $d/r; cat $d/r; "
			"ls $d | wc -l") "; rmdir $d");

	cr_assert_str_eq(result.out, "old\n2\n", "%s", result.err);
	cr_assert(strstr(result.err, "cannot write the report"), "%s", result.err);
	command_release(&result);
}

Test(refusals, without_root)
{
	assert_refused(
		"cp $P /tmp/partrace-test-$$; setpriv --reuid 65534 --regid 65534 --clear-groups "
		"/tmp/partrace-test-$$ run cpu; r=$?; rm /tmp/partrace-test-$$; exit $r",
		3, "needs root");
}

Test(refusals, without_btf)
{
	assert_refused(
		WITH_MOUNTS("/sys", "mount --bind /dev/null /sys/kernel/btf/vmlinux && $P run cpu"),
		3, "BTF");
}

Test(refusals, a_daemon_that_dies_in_the_middle)
{
	assert_refused("$P run cpu -q -d 5s & sleep 1; pkill -9 -x -P $! partraced; wait $!", 1,
		       "partraced ended unexpectedly");
}

Test(refusals, a_worker_that_is_killed)
{
	assert_refused("$P run cpu -q --procs 2 -d 3s & sleep 1; "
		       "pkill -9 -n -P $(pgrep -x -P $! leader); wait $!",
		       1, "was killed by signal 9");
}

Test(refusals, an_interrupt_prints_what_was_gathered)
{
	struct command_result result =
		command_run("$P run cpu -q -d 20s & sleep 1; kill -INT $!; wait $!");

	cr_assert_eq(result.status, 0, "%d: %s", result.status, result.err);
	cr_assert(strstr(result.out, "Where thread time went"));
	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}

Test(refusals, a_kill_leaves_nothing_behind)
{
	struct command_result result =
		command_run("$P run io -q -d 20s & sleep 1; kill -9 $!; sleep 0.5");

	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}
