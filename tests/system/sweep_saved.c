// SPDX-License-Identifier: BSD-2-Clause
/* Sweeps among the last reports: printed again in every form, whose they are, and what is refused.
 */
#include <criterion/criterion.h>

#include "tests/support/command.h"
#include "tests/support/saved.h"

TestSuite(sweep_saved, .timeout = 60);

#define QUICK_SWEEP "$P sweep io --no-probe --workers 1,2 --repeat 2 --tasks 4 --task-time 1ms -q "

Test(sweep_saved, is_printed_byte_for_byte_as_it_was)
{
	assert_prints(WITH_STATE "$P sweep lock cpu --workers 1,2 --repeat 2 --tasks 4 "
				 "--task-time 5ms -q > $d/live; $P report | cmp $d/live - && "
				 "echo same; $P report -o $d/again; cmp $d/live $d/again && "
				 "echo same",
		      "same\nsame\n");
}

Test(sweep_saved, is_printed_as_its_document_table_picture_and_page_too)
{
	assert_prints(WITH_STATE QUICK_SWEEP
		      "--json -o $d/json --svg $d/svg --html $d/html; "
		      "$P report --json | cmp $d/json - && echo same; "
		      "cmp $d/json $d/state/partrace/report-*.json && echo kept; "
		      "$P report --svg $d/svg2 --html $d/html2 --csv > $d/csv; "
		      "cmp $d/svg $d/svg2 && cmp $d/html $d/html2 && echo drawn; "
		      "$P report $d/json --csv | cmp $d/csv - && wc -l < $d/csv; "
		      "cut -d, -f1,2,5,6 $d/csv | sed -n 2p",
		      "same\nkept\ndrawn\n9\nio,threads,1,1\n");
}

Test(sweep_saved, has_the_same_lines_of_csv_as_when_it_was_made)
{
	assert_prints(WITH_STATE "$P sweep --exec 'test {n} != 2 && sleep 0.0{n}' --workers 1-3 "
				 "--repeat 2 -q --csv > $d/live; $P report --csv | cmp $d/live - "
				 "&& echo same; grep -c 'exit status 1' $d/live",
		      "same\n2\n");
}

Test(sweep_saved, belongs_to_its_user_alone_and_is_one_of_the_last_ten)
{
	assert_prints(WITH_STATE
		      "for i in 1 2 3 4 5 6 7 8 9 10; do $P run cpu --no-probe --tasks 1 "
		      "--task-time 1ms -q > /dev/null; done; " QUICK_SWEEP "> $d/live; "
		      "cd $d/state/partrace; ls | wc -l; "
		      "stat -c '%U %a' $(ls | tail -1); $P report | cmp $d/live - && "
		      "echo last",
		      "10\nroot 600\nlast\n");
}

Test(sweep_saved, ended_by_ctrl_c_is_kept_as_well)
{
	assert_prints(WITH_STATE "$P sweep io --no-probe --workers 1,2 --repeat 500 --tasks 4 -q "
				 "> $d/live & p=$!; sleep 2; kill -INT $p; wait $p; "
				 "$P report | cmp $d/live - && $P report | grep -o INTERRUPTED",
		      "INTERRUPTED\n");
}

Test(sweep_saved, is_compared_with_as_the_last_one)
{
	assert_prints(WITH_STATE QUICK_SWEEP "--json -o $d/before; " QUICK_SWEEP
					     "> /dev/null; $P diff $d/before | grep -c 'Noise'",
		      "1\n");
}

Test(sweep_saved, has_neither_views_nor_findings_nor_locks_of_its_own)
{
	assert_refuses(WITH_STATE QUICK_SWEEP "> $d/o; $P report --view threads", 1,
		       "the last report is a sweep, which has no views");
	assert_refuses(WITH_STATE QUICK_SWEEP "> $d/o; $P report --fail-on lock-bound", 1,
		       "which has no findings of its own");
	assert_refuses(WITH_STATE QUICK_SWEEP "> $d/o; $P locks", 1, "is a sweep");
}

Test(sweep_saved, curves_are_not_drawn_of_a_report)
{
	const char *run = "$P run cpu --no-probe --tasks 1 --task-time 1ms -q > $d/o; ";
	char script[400];

	snprintf(script, sizeof(script), WITH_STATE "%s$P report --csv", run);
	assert_refuses(script, 1, "the last report is a report, and --csv is of sweeps");
	snprintf(script, sizeof(script), WITH_STATE "%s$P report --svg $d/svg", run);
	assert_refuses(script, 1, "--svg is of sweeps");
	assert_refuses(WITH_STATE "$P report --csv --json", 2, "exclude each other");
	assert_refuses(WITH_STATE QUICK_SWEEP "> $d/o; $P report --svg $d/none/svg", 1,
		       "choose another file with --svg");
}
