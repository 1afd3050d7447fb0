// SPDX-License-Identifier: BSD-2-Clause
/* Bad input and bad ends: one clear sentence, the right status, nothing left behind. */
#include <criterion/criterion.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(refusals, .timeout = 60);

static void assert_refused(const char *script, int status, const char *says)
{
	struct command_result result = command_run(script);

	assert_sentence(&result, script, status, says);
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
	assert_refused("$P run cpu -o ''", 2, "--output '' names no file");
	assert_refused("$P run cpu -q --tasks 4 -o /dev/full", 1, "/dev/full");
}

Test(refusals, standard_output_that_is_full)
{
	static const char *const scripts[] = {
		"$P run cpu -q --tasks 4 --no-probe > /dev/full",
		"$P run cpu -q --tasks 4 --no-probe --json > /dev/full",
	};

	for (size_t i = 0; i < 2; i++) {
		struct command_result result = command_run(scripts[i]);

		assert_sentence(&result, scripts[i], 1,
				"to standard output: No space left on device");
		command_release(&result);
	}
}

/*
 * Mounts of one's own under a folder that is a mount itself: as little as a chroot has, where `/`
 * need not be one. The command is within double quotes.
 */
#define WITH_MOUNTS(folder, command)                                                               \
	"unshare -m --propagation unchanged sh -c \"mount --make-rprivate " folder "; " command "\""

/* With 1 closed, the next file that is opened must not be taken for standard output. */
Test(refusals, standard_output_that_is_closed)
{
	assert_refused("$P run cpu -q --tasks 2 >&-", 1, "standard output: Bad file descriptor");
	assert_refused("$P run cpu -q --tasks 2 --no-probe <&- >&-", 1,
		       "standard output: Bad file descriptor");
	assert_refused("$P sweep io -q --workers 1 --mode threads --repeat 1 --tasks 2 >&-", 1,
		       "standard output: Bad file descriptor");
}

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
	assert_refused(AS_NOBODY "as_nobody run cpu", 3, "needs root");
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
	assert_runs("$P run cpu -q -d 20s & sleep 1; kill -INT $!; wait $!",
		    .out = { "Where thread time went" });
	cr_assert_eq(leftovers(), 0);
}

Test(refusals, a_kill_leaves_nothing_behind)
{
	struct command_result result =
		command_run("$P run io -q -d 20s & sleep 1; kill -9 $!; sleep 0.5");

	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}

/* Ctrl-\, for those who have no longer any use for the report. */
Test(refusals, a_quit_prints_nothing_and_leaves_nothing_behind)
{
	struct command_result result = command_run(
		"ulimit -c 0; env --default-signal=QUIT $P run cpu -q -d 20s & sleep 1; "
		"kill -QUIT $!; wait $!; r=$?; sleep 0.5; exit $r");

	cr_assert_eq(result.status, 128 + SIGQUIT);
	cr_assert_str_empty(result.out);
	cr_assert_eq(leftovers(), 0);
	command_release(&result);
}

static uint64_t capabilities(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	cr_assert(line, "%s", status);
	return strtoull(line + strlen(name), NULL, 16);
}

/* Whoever misleads it by a file or by memory of his own gains nothing that it has given up. */
Test(refusals, a_daemon_has_given_up_the_rights_that_it_does_not_need)
{
	const uint64_t given_up = UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_SETUID |
				  UINT64_C(1) << CAP_CHOWN | UINT64_C(1) << CAP_KILL |
				  UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_SYS_MODULE;
	struct command_result result = command_run(
		"s=$(mktemp -u); ${P}d --quiet -s $s & d=$!; until [ -S $s ]; do sleep 0.05; done; "
		"sleep 0.2; cat /proc/$d/status; kill $d; wait $d");

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert_eq(capabilities(result.out, "CapEff:") & given_up, 0, "%s", result.out);
	cr_assert_eq(capabilities(result.out, "CapBnd:") & given_up, 0, "%s", result.out);
	cr_assert(strstr(result.out, "NoNewPrivs:\t1"), "%s", result.out);
	command_release(&result);
}
