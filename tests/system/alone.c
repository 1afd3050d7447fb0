/* SPDX-License-Identifier: BSD-2-Clause */
/* One worker with far more work than its peers, of a program that nobody prepared. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(alone, .timeout = 60);

/* A shell and what it starts; their rows are called alike. */
static json_t *watch(const char *jobs)
{
	char script[400];

	snprintf(script, sizeof(script),
		 "o=$(mktemp); $P exec -q --json -o $o -- sh -c 'burn() { i=0; "
		 "while [ $i -lt $1 ]; do i=$((i+1)); done; }; %s wait' < /dev/null; "
		 "cat $o; rm -f $o",
		 jobs);
	return report_by(script);
}

Test(alone, the_worker_with_thirty_times_the_work_of_its_peers_is_named)
{
	json_t *report = watch("burn 30000 & burn 30000 & burn 900000 &");
	const json_t *finding = finding_in(report, "imbalance");

	/* Without CPUs to be had there is nothing to gain by sharing the work. */
	if (!finding && share_of_others(report) > DISTURBED) {
		cr_assert_str_eq(text_at(report, "verdict"), "cpu-saturated");
		json_decref(report);
		return;
	}
	cr_assert_not_null(finding, "%s", text_at(report, "verdict"));
	cr_assert(strstr(text_at(finding, "title"), "worked on alone"));
	cr_assert_gt(number_at(finding, "evidence.times_as_long"), 15);
	cr_assert_gt(number_at(finding, "evidence.alone_share"), 0.3);
	json_decref(report);
}

Test(alone, workers_alike_are_in_balance)
{
	json_t *report = watch("burn 400000 & burn 400000 &");

	cr_assert_null(finding_in(report, "imbalance"));
	json_decref(report);
}

/* Two workers, and their last task is as long as fifteen of the others; nobody ends while it runs.
 */
Test(alone, the_last_long_task_of_a_python_pool_is_named)
{
	json_t *report = report_by(
		"d=$(mktemp -d); printf '%s\\n' 'from multiprocessing import Pool' 'def work(n):' "
		"'    return sum(range(n * 20000))' \"if __name__ == '__main__':\" "
		"'    with Pool(2) as pool:' "
		"'        pool.map(work, [80, 80, 80, 80, 1200], chunksize=1)' > $d/pool.py; "
		"$P exec -q --json -o $d/report -- /usr/bin/python3 $d/pool.py < /dev/null; "
		"cat $d/report; rm -rf $d");
	const json_t *finding = finding_in(report, "imbalance");

	cr_assert(finding || share_of_others(report) > DISTURBED, "%s", text_at(report, "verdict"));
	if (finding)
		cr_assert(strstr(text_at(finding, "title"), "had no more work"), "%s",
			  text_at(finding, "title"));
	json_decref(report);
}
