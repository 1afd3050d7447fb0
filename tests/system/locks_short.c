// SPDX-License-Identifier: BSD-2-Clause
/*
 * A lock that is held for a microsecond or two: it is often given up before the one who has just
 * called for it is asleep.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/command.h"
#include "tests/support/rows.h"

TestSuite(locks_short, .timeout = 60);

static json_t *report_on_storm(void)
{
	return report_by(
		"d=$(mktemp -d); $P exec -q --json -o $d/r -- sh -c \"echo \\$\\$ >$d/p; exec "
		"$PROGRAMS/storm 8 60000 plain\" >$d/out & x=$!; until [ -s $d/p ]; do sleep 0.1; "
		"done; k=$(cat $d/p); until [ $(ls /proc/$k/task | wc -l) -gt 8 ]; do sleep 0.1; "
		"done; kill -USR1 $k; wait $x; s=$?; cat $d/r; rm -r $d; exit $s");
}

Test(locks_short, are_given_up_as_often_as_they_are_waited_for)
{
	json_t *report = report_on_storm();
	const json_t *row = NULL, *holder;
	double releases = 0;
	size_t i;

	json_array_foreach (json_at(report, "locks"), i, row)
		if (!strcmp(text_at(row, "name"), "storm_lock"))
			break;
	cr_assert(row, "nobody has waited");
	cr_assert_gt(number_at(row, "waits"), 50);
	cr_assert_eq(number_at(row, "timeouts"), 0, "it can't time out");
	json_array_foreach (json_at(row, "holders"), i, holder)
		releases += number_at(holder, "releases");
	/* Wakes are seen from some milliseconds after the first wait on. */
	cr_assert_geq(releases, 0.8 * number_at(row, "waits"), "%s", json_dumps(row, JSON_COMPACT));
	json_decref(report);
}
