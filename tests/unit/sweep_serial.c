// SPDX-License-Identifier: BSD-2-Clause
/* The serial share as measured, in words: beside the fitted one, and what is behind it. */
#include "cli/sweep/serial.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/sweep_scene.h"

TestSuite(sweep_serial, .init = use_utf8, .fini = sweep_scene_free);

/* What is printed of the scene, in words that may have been wrapped. */
static char *told(void)
{
	sweep_scene_finish();
	return unwrapped(sweep_scene_print(80, true));
}

Test(sweep_serial, where_less_was_measured_than_fitted_says_that_the_curve_bends_for_another_reason)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	sweep_scene_say_serial(0.01);
	text = told();
	assert_says(
		text,
		"Serial share as measured, median of 2 to 8 workers: 1.0 % (lock queue_lock), less "
		"than the fit says: the curve bends for another reason than waiting for "
		"each other, such as slower CPUs.");
	cr_assert_null(strstr(text, "agrees with the fit"));
}

Test(sweep_serial, is_that_of_most_points_where_one_is_off)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	sweep_scene_say_serial(0.1);
	for_each_run (run, &sweep.result.curves[0].points[7]) {
		run->account.predict.hindered_ns *= 2;
		run->account.predict.alone_ns *= 2;
	}
	text = told();
	assert_says(text, "Serial share as measured, median of 2 to 8 workers: 10.0 % (lock "
			  "queue_lock), which agrees with the fit.");
}

Test(sweep_serial, where_more_was_measured_than_fitted_says_that_the_waits_overlap_other_work)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	sweep_scene_say_serial(0.4);
	text = told();
	assert_says(text,
		    "40.0 % (lock queue_lock), which the fit does not show: the waits overlap "
		    "other work.");
}

/* As of zstd: one mutex is waited for now and then, but it is work that is missing. */
Test(sweep_serial, where_no_lock_is_behind_the_serial_share_names_the_code_that_ran_alone)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 8);
	for_each_run (run, &sweep.result.curves[0].points[7]) {
		run->account.ns[ACCOUNT_CONDITION] = run->account.ns[ACCOUNT_LOCK];
		run->account.ns[ACCOUNT_LOCK] /= 10;
		strcpy(run->account.code, "read_block");
	}
	text = told();
	assert_says(
		text,
		"Serial share as measured, median of 2 to 8 workers: 10.0 % (while only read_block "
		"ran), which agrees with the fit.");
}

/* As of a command that sleeps a shorter time: it never has two threads at work. */
Test(sweep_serial, gives_no_bound_that_the_curve_itself_went_beyond)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 2);
	sweep_scene_say_serial(1);
	for (size_t i = 0; i < 2; i++)
		for_each_run (run, &sweep.result.curves[0].points[i])
			run->elapsed_ns = 1000000000 >> i;
	text = told();
	assert_says(text, "Serial share as measured at 2 workers: 100.0 % (lock queue_lock), which "
			  "a speed-up of 2.00× does not show: the waits overlap other work.");
}

Test(sweep_serial, on_a_machine_that_others_use_gives_no_bound)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 2);
	for (size_t c = 0; c < 2; c++)
		for_each_run (run, &sweep.result.curves[c].points[1])
			run->account.ns[ACCOUNT_READY] = 1000000000;
	text = told();
	assert_says(text, ", blurred by other programs on the CPUs.");
	assert_says(text, "measure again when the machine is quiet");
	cr_assert_null(strstr(text, "at most 1 / s"), "%s", text);
}

/* Of a command that has threads beyond its workers, ready time alone does not tell. */
Test(sweep_serial, of_a_command_that_others_disturbed_says_how_much_of_the_cpus_they_had)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make("work {n}", 2);
	sweep_scene_say_serial(0.5);
	for_each_run (run, &sweep.result.curves[0].points[1]) {
		run->account.known = true;
		run->account.ns[ACCOUNT_READY] = 1000000000;
		run->account.others_ns = (uint64_t)(0.6 * (double)run->account.elapsed_ns);
	}
	text = told();
	assert_says(text,
		    ", blurred by other programs on the CPUs. With 2 "
		    "workers, other programs had 30 % of the time of 2 CPUs, so measure again "
		    "when the machine is quiet.");
}

Test(sweep_serial, of_a_command_whose_own_threads_wait_for_cpus_blames_nobody)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make("work {n}", 2);
	for_each_run (run, &sweep.result.curves[0].points[1]) {
		run->account.known = true;
		run->account.ns[ACCOUNT_READY] = 1000000000;
	}
	text = told();
	cr_assert_null(strstr(text, "other programs"), "%s", text);
}

Test(sweep_serial, of_nothing_does_not_say_that_others_blurred_it)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 2);
	sweep_scene_say_serial(0);
	for (size_t c = 0; c < 2; c++)
		for_each_run (run, &sweep.result.curves[c].points[1])
			run->account.ns[ACCOUNT_READY] = 1000000000;
	text = told();
	assert_says(text, "Serial share as measured at 2 workers: 0.0 %. With 2 workers, 45 %");
}

/* Two workers on the one CPU, where others ran beside the one. */
Test(sweep_serial, on_one_cpu_that_others_use_takes_their_time_for_nothing_serial)
{
	_cleanup_free_ char *text = NULL;

	sweep_scene_make(NULL, 1);
	sweep_scene_say_serial(1);
	for_each_run (run, &sweep.result.curves[0].points[0])
		run->account.ns[ACCOUNT_READY] = 1000000000;
	for_each_run (run, &sweep.result.curves[0].points[1]) {
		run->account.ns[ACCOUNT_LOCK] = 0;
		strcpy(run->account.code, "work");
	}
	text = told();
	assert_says(text, "Law, threads Serial share as measured at 2 workers: 100.0 %, "
			  "blurred by other programs on the CPUs.");
}
