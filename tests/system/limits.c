// SPDX-License-Identifier: BSD-2-Clause
/* Limits that the shell sets (ulimit): one sentence says which it is and what to do, or what lacks.
 */
#include <criterion/criterion.h>

#include "tests/support/command.h"

TestSuite(limits, .timeout = 60);

/* Root may raise limits; what was started by this may not. */
#define AS_LIMITED "setpriv --bounding-set -sys_resource -- "

#define SHORT_RUN "$P run cpu -q --threads 2 --tasks 2"

static void assert_limited(const char *script, const char *says)
{
	assert_refuses(script, 1, says);
	cr_assert_eq(leftovers(), 0, "%s left something behind", script);
}

/* AddressSanitizer's own needs are beyond such limits. */
static void skip_where_memory_is_shadowed(void)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("AddressSanitizer needs more memory than that");
#endif
}

Test(limits, of_memory_are_told_before_a_library_aborts)
{
	skip_where_memory_is_shadowed();
	assert_limited("ulimit -v 100000; " SHORT_RUN, "ulimit -v unlimited");
	assert_limited("ulimit -v 130000; " SHORT_RUN, "ulimit -v unlimited");
	assert_limited("ulimit -d 60000; " SHORT_RUN, "ulimit -d unlimited");
	assert_limited("ulimit -v 130000; $P exec -q -- true", "ulimit -v unlimited");
	assert_limited("ulimit -v 130000; ${P}d -s /tmp/partrace-limits", "ulimit -v unlimited");
}

Test(limits, of_memory_are_of_no_concern_without_probes)
{
	skip_where_memory_is_shadowed();
	assert_runs("ulimit -v 100000; " SHORT_RUN " --no-probe", .out = { "As measured by" });
}

Test(limits, of_the_stack_are_told_before_it_overflows)
{
	assert_limited("ulimit -s 32; " SHORT_RUN, "ulimit -s 8192");
	assert_limited("ulimit -s 64; " SHORT_RUN " --no-probe", "ulimit -s 8192");
}

Test(limits, of_the_stack_that_are_low_are_enough)
{
	assert_runs("ulimit -s 256; $P run lock -q --threads 2 --tasks 10",
		    .out = { "LOCK", "lock_shards" });
}

Test(limits, of_open_files_are_told)
{
	assert_limited("ulimit -n 4; " SHORT_RUN, "ulimit -n 1024");
	assert_limited("ulimit -n 8; " SHORT_RUN, "ulimit -n 1024");
	assert_limited(AS_LIMITED "sh -c \"ulimit -n 50; " SHORT_RUN "\"",
		       "the limit of open files is 50, and 64 are needed");
}

Test(limits, of_open_files_that_hide_names_are_told_in_the_report)
{
	assert_runs(AS_LIMITED "sh -c \"ulimit -n 64; $P run lock -q --threads 2 --tasks 10\"",
		    .out = { "INCOMPLETE", "no file could be opened for names" });
}

Test(limits, of_file_sizes_end_nothing_without_a_word)
{
	assert_limited("ulimit -f 1; " SHORT_RUN, "ulimit -f unlimited");
}

/* What is executed must find the signal as it was. */
Test(limits, of_file_sizes_end_a_command_as_they_would_without_partrace)
{
	struct command_result result =
		command_run("f=$(mktemp); ulimit -f 0; $P exec -q -- sh -c \"echo x >$f\"; s=$?; "
			    "rm $f; exit $s");

	cr_assert_eq(result.status, 153, "%d: %s", result.status, result.err);
	command_release(&result);
}

Test(limits, of_processes_are_told)
{
	assert_refuses("prlimit --nproc=2 -- setpriv --reuid 61234 --clear-groups -- " SHORT_RUN
		       " --no-probe",
		       1, "ulimit -u");
}

Test(limits, folders_that_are_all_read_only_are_named)
{
	/* The build may lie in one of them. */
	assert_limited("unshare -m sh -c \"mount --bind $(dirname $P) /mnt || exit 9; "
		       "for f in /run /dev/shm /tmp; do mount -t tmpfs -o ro none \\$f || exit 9; "
		       "done; /mnt/partrace run cpu -q --threads 2 --tasks 2\"",
		       "/run, /dev/shm or /tmp: Read-only file system; mount one of them");
}
