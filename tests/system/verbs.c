// SPDX-License-Identifier: BSD-2-Clause
/* Options whose effect can be seen, and the verbs that only tell. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/command.h"
#include "tests/support/printed.h"

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
		AS_NOBODY "as_nobody run cpu --no-probe --tasks 6 --threads 2 -q --json");
	struct command_result doctor = command_run("$P doctor --json");
	json_t *report = json_loads(result.out, 0, NULL);
	json_t *machine = json_loads(doctor.out, 0, NULL);

	cr_assert_eq(result.status, 0, "%s", result.err);
	cr_assert(report, "%s", result.out);
	cr_assert_eq(number_at(report, "workload.tasks"), 6);
	cr_assert_eq(json_array_size(json_at(report, "workload.truth.workers")), 2);
	cr_assert(json_is_null(json_object_get(report, "probes")), "nothing was probed");
	cr_assert_str_eq(json_string_value(json_at(report, "host.cpu_model")),
			 json_string_value(json_at(machine, "machine.cpu_model")));
	json_decref(machine);
	command_release(&doctor);
	json_decref(report);
	command_release(&result);
}

Test(verbs, that_are_verbose_say_what_the_daemon_is_asked_and_change_nothing_else)
{
	struct command_result result = command_run("$P run cpu --tasks 2 -v -q --json");
	json_t *report = json_loads(result.out, 0, NULL);

	cr_assert(report, "%s", result.out);
	assert_says(result.err, "partraced is process ");
	assert_says(result.err, "GET /v1/health: status 200, ");
	assert_says(result.err, "POST /v1/sessions: status 201, ");
	assert_says(result.err, "DELETE /v1/sessions/");
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
	cr_assert_str_eq(json_string_value(json_at(json_array_get(rows, i - 2), "name")), "probes");
	cr_assert_str_eq(json_string_value(json_at(json_array_get(rows, i - 1), "name")),
			 "samples of code");
	cr_assert_eq(leftovers(), 0);
	json_decref(document);
	command_release(&result);
}

Test(verbs, doctor_says_what_a_user_without_rights_should_do)
{
	assert_runs(AS_NOBODY "as_nobody doctor", .status = 3, .out = { "needs root" });
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

Test(verbs, workloads_fits_eighty_columns)
{
	assert_prints("{ $P workloads; for w in $($P workloads | awk '/^  /{print $1}'); do $P "
		      "workloads $w; done; } | "
		      "awk 'length > 80'",
		      "");
}

Test(verbs, threads_beyond_the_bound_are_counted_and_said)
{
	json_t *report = report_of("run cpu --threads 8 --tasks 8 --max-threads 4 -q --json");

	cr_assert(json_is_false(json_at(report, "completeness.complete")));
	cr_assert_geq(number_at(report, "completeness.untracked_threads"), 4);
	json_decref(report);
}

Test(verbs, that_only_tell_say_when_it_could_not_be_written)
{
	static const char *const verbs[] = { "workloads",  "explain",        "doctor",
					     "schema",     "--help",         "--version",
					     "run --help", "explain --help", "attach --usage" };
	char script[100];

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		struct command_result result;

		snprintf(script, sizeof(script), "$P %s >/dev/full", verbs[i]);
		result = command_run(script);
		assert_sentence(&result, script, 1, "No space left on device");
		command_release(&result);
	}
}

Test(verbs, that_only_tell_refuse_what_they_do_not_know)
{
	static const char *const refused[][2] = {
		{ "$P workloads --json", "unrecognized option '--json'" },
		{ "$P workloads lock cpu", "cpu: only one workload is explained" },
		{ "$P explain --json", "unrecognized option '--json'" },
		{ "$P doctor lock", "doctor takes no arguments: lock" },
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct command_result result = command_run(refused[i][0]);

		cr_assert_eq(result.status, 2, "%s: %d", refused[i][0], result.status);
		assert_says(result.err, refused[i][1]);
		cr_assert_str_eq(result.out, "");
		command_release(&result);
	}
}

Test(verbs, each_tells_its_usage)
{
	assert_prints("for v in $($P --help | sed -n 's/^  \\([a-z]*\\)  .*/\\1/p'); do "
		      "$P $v --usage | grep -c '^Usage: partrace '; done | sort -u",
		      "1\n");
}

/* In the middle of a watch of 1.5 s that is started by `how`. */
static struct command_result hang_up(const char *how)
{
	char script[512];

	snprintf(script, sizeof(script),
		 WHEN_WATCHING "sleep 100 & s=$!; %s $P attach -d 1500ms --json $s 2>$e & c=$!; "
			       "when; kill -HUP $c; wait $c; r=$?; kill $s; exit $r",
		 how);
	return command_run(script);
}

Test(verbs, a_watch_ends_with_its_terminal_unless_nohup_says_otherwise)
{
	struct command_result ended = hang_up("env --default-signal=HUP"),
			      kept = hang_up("env --ignore-signal=HUP");
	json_t *early = json_loads(ended.out, 0, NULL), *whole = json_loads(kept.out, 0, NULL);

	cr_assert_eq(ended.status, 128 + SIGHUP);
	cr_assert_lt(number_at(early, "window.duration_ns"), 1.4e9);
	cr_assert_eq(kept.status, 0);
	cr_assert_geq(number_at(whole, "window.duration_ns"), 1.5e9);
	json_decref(early);
	json_decref(whole);
	command_release(&ended);
	command_release(&kept);
}

Test(verbs, attach_says_for_how_long_as_people_do)
{
	assert_runs("sleep 1 & $P attach -d 1h $!", .err = { " for 3,600 s, or until Ctrl-C;" });
}
