/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as hard as it gets: they fit any terminal. */
#include "cli/report/print.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/owned.h"
#include "tests/support/printed.h"
#include "tests/support/terminal.h"
#include "tests/unit/report_text.h"

#define MANY 10000u

static const unsigned int widths[] = { 60, 80, 120, 200 };

static struct report_thread threads[MANY];
static struct report_cpu cpus[256];
static struct report_process processes[3] = { { .rss_bytes = 5 << 20 },
					      { .rss_bytes = NO_VALUE,
						.name = "\033]0;title\a",
						.command = "a\rb \033[2J \u202e and more than "
							   "eighty columns of arguments that no "
							   "terminal has room for in one line" } };
static uint64_t levels[257];
static struct report_bucket buckets[144];
static const char *reasons[50];
static uint8_t percent[3000];

static void make_rows(void)
{
	static const char *const names[] = { "\033[31mred\n", "日本語スレッド名前", "worker",
					     "\xff\xfe", "" };

	for (size_t i = 0; i < ARRAY_LEN(percent); i++)
		percent[i] = (uint8_t)(i * 37);
	for (size_t i = 0; i < MANY; i++)
		threads[i] = (struct report_thread){ .tid = 100000 + i,
						     .name = names[i % ARRAY_LEN(names)],
						     .figures.running_ns = i << 30,
						     .life.running = { percent, 3000 },
						     .life.ready = { percent + 3, 70 } };
	for (size_t i = 0; i < ARRAY_LEN(cpus); i++)
		cpus[i] = (struct report_cpu){ i, 1000 * i, 500, 100, 90 };
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		levels[i] = 1000 + i;
	for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
		buckets[i] = (struct report_bucket){ 1ull << (i % 64), i };
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		reasons[i] = "some figures were lost for a reason that takes words to tell";
}

/* Hostile names, every cause of waiting, many of everything. */
static struct report big_report(void)
{
	struct report report = {
		.host.cpus = 256,
		.target = { .kind = "run", .workload = "lock", .mode = "threads", .workers = MANY },
		.window.duration_ns = 5070000000,
		.totals = { 3, MANY + 500, { .running_ns = 1ull << 50, .ready_ns = 1ull << 51 } },
		.parallelism = { 200.5, 256, levels, ARRAY_LEN(levels) },
		.run_queue = { 1ull << 60, 5, 5, 5, 5, 5, buckets, ARRAY_LEN(buckets) },
		.cpus = cpus,
		.cpus_count = ARRAY_LEN(cpus),
		.processes = processes,
		.processes_count = ARRAY_LEN(processes),
		.threads = threads,
		.threads_count = MANY,
		.probes = { 1ull << 60, NAN, NAN, NO_VALUE },
		.timeline = { 64, 79100000 },
		.completeness.reasons = reasons,
		.completeness.reasons_count = ARRAY_LEN(reasons),
	};

	make_rows();
	for (int i = 0; i < WAIT_COUNT; i++)
		report.totals.figures.waits[i] = (struct report_wait){ .count = 9,
								       .time_ns = 1ull << (49 - i),
								       .ready_ns = 77 };
	report.totals.figures.stolen_ns = 1ull << 45;
	report.totals.figures.yields = 12;
	return report;
}

Test(report, fits_every_width, .init = use_utf8)
{
	struct report report = big_report();
	json_t *workload = made_truth();

	for (size_t i = 0; i < ARRAY_LEN(widths) * 4; i++) {
		struct report_style style = { .columns = widths[i / 4], .unicode = i & 1 };
		_cleanup_free_ char *text = NULL;

		report.completeness.complete = i & 2;
		report.target.kind = i & 2 ? "run" : "exec";
		text = print_view(&report, workload, &style, VIEW_SUMMARY);
		assert_fits(text, widths[i / 4]);
	}
	json_decref(workload);
}

Test(report, fits_every_width_in_every_view, .init = use_utf8)
{
	struct report report = big_report();

	report.threads_count = 20;
	for (size_t i = 0; i < ARRAY_LEN(widths) * 8 * VIEW_COUNT; i++) {
		struct report_style style = { .columns = widths[i % ARRAY_LEN(widths)],
					      .unicode = i / ARRAY_LEN(widths) & 1 };
		_cleanup_free_ char *text = NULL;

		report.completeness.complete = i / ARRAY_LEN(widths) & 2;
		report.target.kind = i / ARRAY_LEN(widths) & 4 ? "run" : "attach";
		text = print_view(&report, NULL, &style,
				  (enum report_view)(i / ARRAY_LEN(widths) / 8));
		assert_fits(text, style.columns);
		cr_assert_null(strpbrk(text, "\033\r\a"));
	}
}

Test(report, of_nothing_has_every_view)
{
	struct report_style style = { .columns = 80, .colour = true };
	struct report report = { 0 };

	for (int view = 0; view < VIEW_COUNT; view++) {
		_cleanup_free_ char *text = print_view(&report, NULL, &style, view);

		cr_assert_null(strstr(text, "nan"));
		cr_assert_neq(*text, '\0');
	}
}

Test(report, view_of_threads_has_a_row_for_each_and_sums_the_folded)
{
	struct report_style style = { .columns = 80, .unicode = true };
	struct report report = big_report();
	_cleanup_free_ char *text = print_view(&report, NULL, &style, VIEW_THREADS);

	cr_assert_geq(count_of(text, "\n"), 2 * MANY);
	cr_assert(strstr(text, "  500 more, exited"));
	cr_assert_lt(strstr(text, "(109999)"), strstr(text, "(109998)"), "the busiest first");
}

Test(report, view_is_found_by_its_name_alone)
{
	enum report_view view = VIEW_COUNT;

	cr_assert_eq(report_view_find("runqueue", &view), 0);
	cr_assert_eq(view, VIEW_RUN_QUEUE);
	cr_assert_eq(report_view_find("runq", &view), -ENOENT);
	cr_assert_eq(report_view_find("", &view), -ENOENT);
}

Test(report, of_ten_thousand_threads_stays_short_and_sums_the_rest, .init = use_utf8)
{
	struct report_style style = { .columns = 80, .unicode = true };
	struct report report = big_report();
	_cleanup_free_ char *text = print_view(&report, NULL, &style, VIEW_SUMMARY);

	cr_assert_lt(count_of(text, "\n"), 60);
	cr_assert(strstr(text, "10,493 more"));
	cr_assert(strstr(text, "249 more"));
	cr_assert_null(strstr(text, "\033"));
}

Test(report, of_nothing_does_not_divide_by_zero)
{
	struct report report = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		struct report_style style = { .columns = widths[i] };
		_cleanup_free_ char *text = NULL;

		text = print_view(&report, NULL, &style, VIEW_SUMMARY);
		assert_fits(text, widths[i]);
		cr_assert_null(strstr(text, "nan"));
	}
}

Test(report, of_figures_that_cannot_be_true_fits_too, .init = use_utf8)
{
	struct report_style style = { .columns = 80, .unicode = true };
	struct report report = big_report();
	_cleanup_free_ char *text = NULL;

	memset(&report.totals, 0xff, sizeof(report.totals));
	for (size_t i = 0; i < WAIT_COUNT; i++)
		report.totals.figures.waits[i].syscalls_count = 0;
	memset(&report.host.cpus, 0xff, sizeof(report.host.cpus));
	memset(cpus, 0xff, sizeof(cpus));
	memset(levels, 0xff, sizeof(levels));
	memset(buckets, 0xff, sizeof(buckets));
	report.parallelism.mean = INFINITY;
	report.probes.ns_per_event = 1e300;
	report.probes.share_of_cpu = 1e300;
	text = print_view(&report, NULL, &style, VIEW_SUMMARY);
	assert_fits(text, 80);
}

Test(report, tells_of_a_full_disk)
{
	struct report_style style = { .columns = 80 };
	struct report report = { 0 };
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");

	cr_assert_eq(report_print_view(full, &report, NULL, &style, VIEW_SUMMARY), -EIO);
}

Test(report, style_is_plain_and_80_columns_when_piped)
{
	_cleanup_fclose_ FILE *out = tmpfile();
	struct report_style style = report_style_for(out, COLOUR_AUTO);

	cr_assert_eq(style.columns, 80);
	cr_assert_not(style.colour);
	cr_assert(report_style_for(out, COLOUR_ALWAYS).colour);
}

/* A program that hangs, but for one that has ended. */
static char *summary_of_waiting(const char *kind, uint64_t running_ns)
{
	struct report_style style = { .columns = 80 };
	uint64_t pids[] = { 4242, 4250 };
	struct report_thread rows[] = { { .tid = 4242, .pid = 4242, .exited_ns = NO_VALUE },
					{ .tid = 4250, .pid = 4250, .exited_ns = 7 } };
	struct report report = {
		.target = { .kind = kind, .pids = pids, .pids_count = ARRAY_LEN(pids) },
		.totals.figures = { .running_ns = running_ns, .waiting_ns = 1000 },
		.threads = rows,
		.threads_count = ARRAY_LEN(rows),
	};

	report.totals.figures.waits[WAIT_CONDITION].time_ns = 1000;
	return print_view(&report, NULL, &style, VIEW_SUMMARY);
}

Test(report, of_who_hardly_runs_says_how_to_see_where_it_is)
{
	_cleanup_free_ char *waits = summary_of_waiting("attach", 0);
	_cleanup_free_ char *runs = summary_of_waiting("attach", 1000);
	_cleanup_free_ char *ended = summary_of_waiting("exec", 0);

	assert_says(waits, "  sudo partrace snapshot -p 4242 ");
	cr_assert_eq(count_of(runs, "snapshot"), 0);
	cr_assert_eq(count_of(ended, "snapshot"), 0);
}

Test(report, has_no_number_of_who_is_outside_the_pid_namespace)
{
	struct report_style style = { .columns = 200 };
	struct report_culprit culprit = { .name = "far", .kind = "other", .ahead_ns = 900 };
	struct report report = { .totals.figures.ready_ns = 1000,
				 .run_queue = {
					 .count = 9, .culprits = &culprit, .culprits_count = 1 } };
	_cleanup_free_ char *text = print_view(&report, NULL, &style, VIEW_SUMMARY);

	assert_says(text, "most of it far (outside this PID namespace)");
}
