// SPDX-License-Identifier: BSD-2-Clause
/* --html: a page beside the report, of runs, saved reports and sweeps, and what is refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(page, .timeout = 60);

#define IN_FOLDER "d=$(mktemp -d); trap 'rm -rf $d' EXIT; export XDG_STATE_HOME=$d; "
#define QUICK_RUN "$P run cpu --no-probe --tasks 2 --task-time 1ms -q "

Test(page, of_a_run_has_its_lock_in_it_and_the_report_is_printed_as_well)
{
	assert_prints(
		IN_FOLDER
		"$P run lock --threads 3 --tasks 12 --task-time 5ms -q --html $d/page > $d/text; "
		"head -c 15 $d/page; echo; tail -n 1 $d/page; grep -c lock_shards $d/page > $d/n "
		"&& echo named; test -s $d/text && echo printed; "
		"$P report --html $d/again > /dev/null; cmp $d/page $d/again && echo same",
		"<!DOCTYPE html>\n</html>\nnamed\nprinted\nsame\n");
}

Test(page, of_exec_holds_the_command_as_text)
{
	assert_prints(IN_FOLDER
		      "$P exec -q --html $d/page -- sh -c ': \"</script><b>\"; sleep 0.1' "
		      "2> $d/text; grep -c '</script><b>' $d/page; "
		      "grep -c '<h1>sh -c : &quot;&lt;/script&gt;' $d/page",
		      "0\n1\n");
}

Test(page, is_made_from_a_sweep_and_from_its_document)
{
	assert_prints(IN_FOLDER
		      "$P sweep io --no-probe --workers 1,2 --repeat 1 --tasks 4 --task-time 2ms "
		      "-q --json -o $d/sweep --html $d/page; "
		      "$P report $d/sweep --html $d/again > /dev/null; cmp $d/page $d/again && "
		      "echo same; "
		      "grep -c '<h1>Sweep of io</h1>' $d/page",
		      "same\n1\n");
}

Test(page, replaces_a_file_at_once_or_not_at_all)
{
	assert_prints(
		IN_FOLDER
		"echo old > $d/page; (ulimit -f 8; trap '' XFSZ; " QUICK_RUN
		"--html $d/page > /dev/null 2>&1); echo $?; cat $d/page; ls $d | grep -c page",
		"1\nold\n1\n");
}

Test(page, that_cannot_be_written_is_said_before_anything_runs)
{
	assert_runs(IN_FOLDER QUICK_RUN "--html $d", .status = 1, .err = { "--html" });
	assert_runs(IN_FOLDER QUICK_RUN "--html $d/none/page", .status = 1,
		    .err = { "choose another file with --html" });
	assert_runs(IN_FOLDER QUICK_RUN "--html /dev/full", .status = 1, .err = { "/dev/full" });
	assert_runs(IN_FOLDER "$P sweep io --no-probe -q --html $d", .status = 1,
		    .err = { "--html" });
}

Test(page, is_not_mixed_with_the_report)
{
	assert_runs(IN_FOLDER QUICK_RUN "--html -", .status = 2, .err = { "--html" });
	assert_runs(IN_FOLDER QUICK_RUN "--html $d/x -o $d/x", .status = 2, .err = { "same file" });
}

Test(page, is_not_made_of_a_damaged_sweep)
{
	assert_runs(IN_FOLDER "echo '{\"schema\": \"partrace.sweep/1\"}' > $d/s; "
			      "$P report $d/s --html $d/page; s=$?; [ ! -e $d/page ] && exit $s",
		    .status = 1, .err = { "damaged" });
}
