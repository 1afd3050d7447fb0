// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/code_window.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *const MAIN = "main", *const SPIN = "spin", *const COPY = "memcpy";
static const char *const WORK = "work", *const PROGRAM = "/bin/program", *const NATIVE = "native";

static struct report_frame native(const char *function, uint64_t line)
{
	return (struct report_frame){
		.function = function, .module = PROGRAM, .line = line, .kind = NATIVE
	};
}

static void add(struct code_window *window, const char *function, uint32_t running, uint32_t tid)
{
	struct report_frame frames[] = { native(function, 7), native(MAIN, 1) };
	struct code_sample sample = { .tid = tid,
				      .pid = 1,
				      .running = running,
				      .whole = true,
				      .frames = frames,
				      .frames_count = 2 };

	code_window_add(window, &sample);
}

/* Fewer samples of the one that was alone than of the one that was not. */
static void spin_and_copy(struct code_window *window)
{
	for (int i = 0; i < 4; i++)
		add(window, SPIN, 1, 11);
	for (int i = 0; i < 6; i++)
		add(window, COPY, 2, 12);
}

/* 100 ms of running: for 40 ms one thread, for 30 ms two. */
static struct report report_of(struct code_window *window)
{
	static uint64_t levels[] = { 5000000, 40000000, 30000000 };
	static struct report_thread thread = { .tid = 11, .pid = 1, .name = "loop" };
	struct report report = { .parallelism = { .time_at_level_ns = levels, .levels = 3 },
				 .threads = &thread,
				 .threads_count = 1 };

	report.totals.figures.running_ns = 100000000;
	cr_assert_eq(code_window_report(window, &report), 0);
	return report;
}

Test(code_window, the_serial_function_comes_before_the_one_with_more_samples)
{
	struct code_window *window = code_window_new();
	struct report report;

	spin_and_copy(window);
	report = report_of(window);
	cr_assert_eq(report.code_count, 2);
	cr_assert_str_eq(report.code[0].function, "spin");
	cr_assert_float_eq(report.code[0].criticality, 4.0 / 7, 1e-9);
	cr_assert_float_eq(report.code[1].criticality, 3.0 / 7, 1e-9);
	code_window_free(window);
}

Test(code_window, times_are_the_samples_parts_of_what_was_measured)
{
	struct code_window *window = code_window_new();
	struct report report;

	spin_and_copy(window);
	report = report_of(window);
	cr_assert_eq(report.code[0].running_ns, 40000000);
	cr_assert_eq(report.code[1].running_ns, 60000000);
	cr_assert_eq(report.code[0].alone_ns, 40000000);
	cr_assert_eq(report.code[1].alone_ns, 0);
	cr_assert_eq(report.code[0].criticality_ns, 40000000);
	cr_assert_eq(report.code[1].criticality_ns, 30000000);
	code_window_free(window);
}

Test(code_window, a_thread_is_named_where_it_has_a_row)
{
	struct code_window *window = code_window_new();
	struct report report;

	add(window, SPIN, 1, 12);
	add(window, SPIN, 1, 11);
	add(window, SPIN, 1, 11);
	report = report_of(window);
	cr_assert_eq(report.code[0].threads_count, 2);
	cr_assert_str_eq(report.code[0].threads[0].name, "loop");
	cr_assert_eq(report.code[0].threads[0].samples, 2);
	cr_assert_null(report.code[0].threads[1].name);
	code_window_free(window);
}

Test(code_window, a_function_of_python_has_what_its_interpreter_does)
{
	struct report_frame frames[] = {
		native(COPY, NO_VALUE),
		{ .function = WORK, .file = "task.py", .line = 3, .kind = "python" }
	};
	struct code_sample sample = { .running = 1, .frames = frames, .frames_count = 2 };
	struct code_window *window = code_window_new();
	struct report report;

	code_window_add(window, &sample);
	report = report_of(window);
	cr_assert_str_eq(report.code[0].function, "work");
	cr_assert_str_eq(report.code[0].file, "task.py");
	cr_assert_eq(report.code[0].line, 3);
	code_window_free(window);
}

Test(code_window, a_thread_that_is_counted_nowhere_runs_alone)
{
	struct code_window *window = code_window_new();
	struct report report;

	add(window, SPIN, 0, 11);
	report = report_of(window);
	cr_assert_float_eq(report.code[0].criticality, 1, 1e-9);
	cr_assert_eq(report.code[0].alone_samples, 1);
	code_window_free(window);
}

Test(code_window, what_has_no_frames_is_the_kernels_or_unknown)
{
	struct code_sample sample = { .running = 1, .in_kernel = true };
	struct code_window *window = code_window_new();
	struct report report;

	code_window_add(window, &sample);
	code_window_add(window, &sample);
	sample.in_kernel = false;
	code_window_add(window, &sample);
	report = report_of(window);
	cr_assert_eq(report.code_count, 2);
	cr_assert_str_eq(report.code[0].function, "[kernel]");
	cr_assert_eq(report.code[0].kernel_samples, 2);
	cr_assert_null(report.code[1].function);
	cr_assert_eq(report.code_stacks_count, 0);
	cr_assert_eq(report.sampling.stackless_samples, 3);
	code_window_free(window);
}

Test(code_window, instructions_of_one_function_are_one_stack)
{
	struct code_window *window = code_window_new();
	struct report report;

	for (uint64_t i = 0; i < 50; i++) {
		struct report_frame frames[] = { native(SPIN, i), native(MAIN, 1) };
		struct code_sample sample = { .running = 1, .frames = frames, .frames_count = 2 };

		frames[0].offset = i;
		code_window_add(window, &sample);
	}
	report = report_of(window);
	cr_assert_eq(report.code_stacks_count, 1);
	cr_assert_eq(report.code_stacks[0].samples, 50);
	cr_assert_eq(report.code_count, 1);
	code_window_free(window);
}

Test(code_window, is_bounded_and_says_what_has_no_row)
{
	static char names[2 * CODE_STACKS_MAX];
	struct code_window *window = code_window_new();
	struct report report;

	/* Each address is another name. */
	for (size_t i = 0; i < sizeof(names); i++)
		add(window, &names[i], 1, (uint32_t)i);
	report = report_of(window);
	cr_assert_eq(report.sampling.samples, sizeof(names));
	cr_assert_eq(report.code_count, CODE_FUNCTIONS_TOLD);
	cr_assert_eq(report.sampling.other_samples, sizeof(names) - CODE_FUNCTIONS_TOLD);
	cr_assert_eq(report.code_stacks_count, CODE_STACKS_TOLD);
	cr_assert_eq(report.sampling.stackless_samples, sizeof(names) - CODE_STACKS_TOLD);
	code_window_free(window);
}

Test(code_window, without_samples_has_no_rows)
{
	struct code_window *window = code_window_new();
	struct report report = report_of(window);

	cr_assert_eq(report.code_count, 0);
	cr_assert_eq(report.code_stacks_count, 0);
	cr_assert_eq(report.sampling.samples, 0);
	code_window_free(window);
}
