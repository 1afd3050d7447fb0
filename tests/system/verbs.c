// SPDX-License-Identifier: BSD-2-Clause
/* Options whose effect can be seen, and the verbs that only tell. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/command.h"

TestSuite(verbs, .timeout = 60);

Test(verbs, run_on_chosen_cpus_uses_no_other)
{
	json_t *report = report_of("run cpu --cpus 1 --threads 3 --tasks 6 -q --json");

	cr_assert_eq(number_at(report, "parallelism.max"), 1);
	cr_assert_eq(number_at(json_array_get(json_at(report, "cpus"), 0), "target_ns"), 0);
	cr_assert_gt(number_at(json_array_get(json_at(report, "cpus"), 1), "target_ns"), 5e8);
	json_decref(report);
}

Test(verbs, run_without_more_words_takes_a_worker_for_each_usable_cpu)
{
	json_t *report = report_of("run cpu --cpus 0 --tasks 2 -q --json");

	cr_assert_eq(number_at(report, "target.workers"), 1);
	json_decref(report);
}

Test(verbs, run_without_probes_needs_no_root_and_tells_the_workloads_own_truth)
{
	struct command_result result = command_run(
		"d=$(mktemp -d); cp $P $d; chmod 755 $d $d/*; setpriv --reuid 65534 --regid 65534 "
		"--clear-groups $d/partrace run cpu --no-probe --tasks 6 --threads 2 -q --json; "
		"rm -r $d");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(report, "%s", result.out);
	cr_assert_eq(number_at(report, "workload.tasks"), 6);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.workers")), 2);
	cr_assert(json_is_null(json_object_get(report, "probes")), "nothing was probed");
	json_decref(report);
	command_release(&result);
}

Test(verbs, doctor_loads_the_probes_for_real)
{
	struct command_result result = command_run("$P doctor --json");
	json_t *document = json_loads(result.out, 0, NULL);
	const json_t *rows, *row;
	size_t i;

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(document, "%s", result.out);
	rows = json_at(document, "requirements");
	json_array_foreach (rows, i, row)
		cr_assert(json_is_true(json_at(row, "met")), "%s",
			  json_string_value(json_at(row, "name")));
	cr_assert_str_eq(json_string_value(json_at(json_array_get(rows, i - 1), "name")), "probes");
	cr_assert_eq(leftovers(), 0);
	json_decref(document);
	command_release(&result);
}

Test(verbs, doctor_says_what_a_user_without_rights_should_do)
{
	struct command_result result = command_run(
		"d=$(mktemp -d); cp $P $d; chmod 755 $d $d/*; setpriv --reuid 65534 --regid 65534 "
		"--clear-groups $d/partrace doctor; s=$?; rm -r $d; exit $s");

	cr_assert_eq(result.status, 3, "%s", result.out);
	cr_assert(strstr(result.out, "needs root"), "%s", result.out);
	command_release(&result);
}

Test(verbs, workloads_explains_each_that_it_lists)
{
	struct command_result result =
		command_run("for w in $($P workloads | awk '/^  /{print $1}'); do "
			    "$P workloads $w | wc -l; done");
	const char *line = result.out;

	cr_assert_neq(*line, '\0', "%s", result.err);
	for (; *line; line = strchr(line, '\n') + 1)
		cr_assert_geq(atoi(line), 3);
	command_release(&result);
}

Test(verbs, threads_beyond_the_bound_are_counted_and_said)
{
	json_t *report = report_of("run cpu --threads 8 --tasks 8 --max-threads 4 -q --json");

	cr_assert(json_is_false(json_at(report, "completeness.complete")));
	cr_assert_geq(number_at(report, "completeness.untracked_threads"), 4);
	json_decref(report);
}
