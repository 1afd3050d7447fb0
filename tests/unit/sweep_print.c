// SPDX-License-Identifier: BSD-2-Clause
/* Sweeps as tables. */
#include "cli/sweep/print.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/sweep_scene.h"

TestSuite(sweep_print, .init = use_utf8, .fini = sweep_scene_free);

/* What is printed of the scene, in words that may have been wrapped. */
static char *told(void)
{
	sweep_scene_finish();
	return unwrapped(sweep_scene_print(80, true));
}

Test(sweep_print, fits_any_terminal_with_and_without_unicode)
{
	static const unsigned int widths[] = { 60, 80, 120, 200 };

	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		_cleanup_free_ char *text = sweep_scene_print(widths[i], true);
		_cleanup_free_ char *plain = sweep_scene_print(widths[i], false);

		assert_fits(text, widths[i]);
		assert_fits(plain, widths[i]);
		for (const char *at = plain; *at; at++)
			cr_assert((unsigned char)*at < 0x80, "%s", at);
	}
}

Test(sweep_print, shows_times_the_law_with_its_formula_and_the_measured_share_beside_it)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	text = sweep_scene_print(80, true);
	assert_says(text, "2.00 s");
	assert_says(text, "4.71×");
	unwrapped(text);
	assert_says(text, "cpu threads gains up to 4.71× (8 workers)");
	assert_says(text, "T(N) = T(1) × (s + (1 - s) / N) fits, with s = 10.0 %");
	assert_says(text, "Serial share as measured, median of 2 to 8 workers: 10.0 % (lock "
			  "queue_lock), which "
			  "agrees with the fit.");
}

Test(sweep_print, doubts_a_gain_whose_slowest_run_gained_nothing)
{
	_cleanup_free_ char *text = NULL;
	struct sweep_point *last;

	sweep_scene_make(NULL, 8);
	last = &sweep.result.curves[0].points[7];
	last->runs[0].elapsed_ns = sweep.result.curves[0].points[0].runs[0].elapsed_ns * 2;
	sweep_scene_finish();
	text = unwrapped(sweep_scene_print(80, true));
	assert_says(text, "cpu threads gains up to 4.70× (8 workers), or nothing: its runs differ "
			  "by as much");
}

/* As of pigz: five causes that matter. */
Test(sweep_print, has_room_in_80_columns_for_how_far_off_the_prediction_was_beside_five_causes)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	for (size_t i = 0; i < sweep.result.curves[0].count; i++)
		for_each_run (run, &sweep.result.curves[0].points[i]) {
			struct sweep_account *account = &run->account;

			account->ns[ACCOUNT_LOCK] = account->ns[ACCOUNT_CONDITION] =
				account->ns[ACCOUNT_OTHER] = account->whole_ns / 5;
		}
	sweep_scene_finish();
	text = sweep_scene_print(80, true);
	assert_says(text, "condition     other  serial expected    off\n");
}

Test(sweep_print, shows_the_time_expected_of_twice_the_workers_and_how_far_off_it_was)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	sweep_scene_make(NULL, 8);
	for_each_run (run, &sweep.result.curves[0].points[7])
		run->elapsed_ns = 637500000; /* half as long again */
	sweep_scene_finish();
	text = sweep_scene_print(100, true);
	line = strstr(text, "Why: threads");
	cr_assert(line, "%s", text);
	assert_says(line, "expected");
	for (int i = 0; i < 9; i++)
		line = strchr(line, '\n') + 1;
	cr_assert_eq(strtol(line, NULL, 10), 8, "%s", line);
	assert_says(line, "425.0 ms  +50 %");
}

/* Five causes of a python pool, most of them small: too many columns for 80. */
Test(sweep_print, leaves_out_small_causes_before_the_prediction_and_says_so)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	sweep_scene_make(NULL, 8);
	for (size_t i = 0; i < sweep.result.curves[0].count; i++)
		for_each_run (run, &sweep.result.curves[0].points[i]) {
			struct sweep_account *account = &run->account;

			account->whole_ns = 0;
			for (int k = 0; k < ACCOUNT_STATES; k++)
				account->ns[k] = k == ACCOUNT_IO ? 10000000000 : 180000000;
			for (int k = 0; k < ACCOUNT_STATES; k++)
				account->whole_ns += account->ns[k];
		}
	sweep_scene_finish();
	text = sweep_scene_print(80, true);
	line = strstr(text, "Why: threads");
	cr_assert(line, "%s", text);
	assert_says(line,
		    "Why: threads, time of one task, causes from 2 %; expected: of the run\n");
	assert_says(line, "\n         running     ready        io  serial expected    off\n");
}

Test(sweep_print, shows_no_prediction_for_points_that_all_failed)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	for (size_t i = 1; i < 8; i += 2)
		for_each_run (run, &sweep.result.curves[0].points[i])
			run->failure = strdup("exit status 3");
	sweep_scene_finish();
	text = sweep_scene_print(80, true);
	assert_says(text, "Why: threads, time of one task\n");
}

Test(sweep_print, names_no_cost_that_is_not_known)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	for_each_run (run, &sweep.result.curves[0].points[7])
		run->account.start_ns = NO_VALUE;
	sweep_scene_finish();
	text = sweep_scene_print(80, true);
	assert_says(strstr(text, "Cost:"), "8          n/a      11 MiB     50.0 µs      11 MiB");
}

Test(sweep_print, where_running_time_per_task_grows_says_that_the_cpus_got_slower)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	for_each_run (run, &sweep.result.curves[0].points[7])
		run->account.ns[ACCOUNT_RUNNING] = 3000000000;
	text = told();
	assert_says(text, "Running time per task grew 1.50-fold by 8 workers: the CPUs got slower "
			  "(SMT, memory, steal, clock) or there was more to do; that is not serial "
			  "work.");
}

Test(sweep_print, shows_what_a_worker_costs_threads_beside_processes)
{
	_cleanup_free_ char *text = NULL;
	const char *cost;

	sweep_scene_make(NULL, 8);
	for_each_run (run, &sweep.result.curves[1].points[7])
		run->account.memory_bytes = 81u << 20;
	sweep_scene_finish();
	text = sweep_scene_print(80, true);
	cost = strstr(text, "Cost: to start one worker, and memory of all (PSS)");
	cr_assert(cost, "%s", text);
	assert_says(cost, "8      50.0 µs      11 MiB     50.0 µs      81 MiB");
}

Test(sweep_print, in_colour_is_the_same_text)
{
	struct report_style style = { .columns = 80, .unicode = true, .colour = true };
	_cleanup_free_ char *plain = NULL, *text = NULL;
	size_t at = 0;

	sweep_scene_make(NULL, 8);
	sweep_scene_finish();
	plain = sweep_scene_print(80, true);
	text = PRINTED(out, cr_assert_eq(sweep_print(out, &sweep.result, &style), 0));
	assert_says(text, "\033[");
	for (const char *from = text; *from; from++) {
		if (*from == '\033')
			from += strcspn(from, "m");
		else
			text[at++] = *from;
	}
	text[at] = '\0';
	cr_assert_str_eq(text, plain);
}

Test(sweep_print, on_two_cpus_fits_no_law_and_says_so_once)
{
	_cleanup_free_ char *text = NULL;
	const char *first;

	sweep_scene_make(NULL, 2);
	text = told();
	first = strstr(text, "too few to fit a law");
	cr_assert(first, "%s", text);
	cr_assert_null(strstr(first + 1, "too few to fit a law"));
	assert_says(text, "Amdahl's law would be T(N) = T(1) × (s + (1 - s) / N), s being the "
			  "serial share.");
	assert_says(text, "by Amdahl's law (at most 1 / s) 10.0× at most");
}

Test(sweep_print, shows_a_failed_point_and_leaves_the_rest_standing)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make("pigz -p {n}", 8);
	for_each_run (run, &sweep.result.curves[0].points[3])
		run->failure = strdup("exit status 3: no\033[2J");
	sweep_scene_finish();
	cr_assert_eq(sweep.result.curves[0].fit.points, 7);
	text = unwrapped(sweep_scene_print(80, true));
	assert_says(text, "4 failed");
	assert_says(text, "with 4 workers, 3 of 3 runs: exit status 3: no?[2J.");
	assert_says(text, "24 runs, 3 failed");
	assert_says(text, "pigz -p {n} gains up to 4.71×");
}

Test(sweep_print, of_an_interrupted_sweep_says_how_far_it_came)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	sweep.result.interrupted = true;
	for (size_t i = 1; i < 8; i++)
		for_each_run (run, &sweep.result.curves[1].points[i])
			run->order = 0;
	text = told();
	assert_says(text, "It was ended when 27 of 48 runs were made.");
	assert_says(text, "not run");
	assert_says(text, "cpu procs succeeded with 1 worker only");
}

Test(sweep_print, of_a_sweep_in_which_all_failed_still_says_why)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make("nothing {n}", 8);
	for (int i = 0; i < 8; i++)
		for_each_run (run, &sweep.result.curves[0].points[i])
			run->failure = strdup("exit status 127");
	sweep_scene_finish();
	cr_assert_eq(sweep.result.curves[0].fit.refusal, SCALING_NO_POINTS);
	text = sweep_scene_print(80, true);
	assert_says(text, "never succeeded");
	assert_says(text, "exit status 127");
	assert_says(text, "why each run failed");
	cr_assert_not(strstr(text, "full bar"), "%s", text);
	cr_assert_not(strstr(text, "to share"), "there are no curves: %s", text);
}
