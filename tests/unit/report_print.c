/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/print.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <wchar.h>

#include "base/owned.h"

#define MANY 10000u

static const unsigned int widths[] = { 60, 80, 120, 200 };

static char *print_view(const struct report *report, const json_t *workload,
			const struct report_style *style, enum report_view view)
{
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(report_print_view(out, report, workload, style, view), 0);
	fclose(out);
	return text;
}

static char *print_to_text(const struct report *report, const json_t *workload,
			   const struct report_style *style)
{
	return print_view(report, workload, style, VIEW_SUMMARY);
}

/* Measured by the C library, not by the code under test. */
static void assert_fits(const char *text, unsigned int columns)
{
	wchar_t wide[2048];

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		_cleanup_free_ char *copy = strndup(line, strcspn(line, "\n"));
		size_t length = mbstowcs(wide, copy, ARRAY_LEN(wide));

		cr_assert_neq(length, (size_t)-1, "not valid text: %s", copy);
		cr_assert_leq(wcswidth(wide, length), (int)columns, "%s", copy);
		cr_assert_geq(wcswidth(wide, length), 0, "unprintable: %s", copy);
	}
}

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static json_t *truth(void)
{
	return json_pack("{s:i,s:I,s:{s:I,s:I,s:i,s:i,s:i,s:I,s:I,s:i,s:I}}", "tasks", 100,
			 "elapsed_ns", (json_int_t)5070000000, "truth", "running_ns",
			 (json_int_t)10025000000, "ready_ns", (json_int_t)30190000000, "voluntary",
			 21, "involuntary", 2498, "lock_waits", 1200, "lock_wait_ns",
			 (json_int_t)8450000000, "locked_ns", (json_int_t)5000000, "io_waits", 100,
			 "io_wait_ns", (json_int_t)10020000000);
}

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

/* As hard as it gets: hostile names, every cause of waiting, many of everything. */
static struct report big_report(void)
{
	static const char *const names[] = { "\033[31mred\n", "日本語スレッド名前", "worker",
					     "\xff\xfe", "" };
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
	for (int i = 0; i < WAIT_COUNT; i++)
		report.totals.figures.waits[i] = (struct report_wait){ .count = 9,
								       .time_ns = 1ull << (49 - i),
								       .ready_ns = 77 };
	report.totals.figures.stolen_ns = 1ull << 45;
	report.totals.figures.yields = 12;
	return report;
}

static void use_utf8(void)
{
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

Test(report, fits_every_width, .init = use_utf8)
{
	struct report report = big_report();
	json_t *workload = truth();

	for (size_t i = 0; i < ARRAY_LEN(widths) * 4; i++) {
		struct report_style style = { .columns = widths[i / 4], .unicode = i & 1 };
		_cleanup_free_ char *text = NULL;

		report.completeness.complete = i & 2;
		report.target.kind = i & 2 ? "run" : "exec";
		text = print_to_text(&report, workload, &style);
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

	cr_assert_geq(count_lines(text), 2 * MANY);
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
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert_lt(count_lines(text), 60);
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

		text = print_to_text(&report, NULL, &style);
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
	memset(&report.host.cpus, 0xff, sizeof(report.host.cpus));
	memset(cpus, 0xff, sizeof(cpus));
	memset(levels, 0xff, sizeof(levels));
	memset(buckets, 0xff, sizeof(buckets));
	report.parallelism.mean = INFINITY;
	report.probes.ns_per_event = 1e300;
	report.probes.share_of_cpu = 1e300;
	text = print_to_text(&report, NULL, &style);
	assert_fits(text, 80);
}

Test(report, says_first_that_it_is_incomplete_and_withholds_the_verdict)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .completeness.missed_switches = 12, .probes.events = 88 };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert_eq(strncmp(text, "INCOMPLETE  12 missed switches.\n", 32), 0, "%s", text);
	cr_assert(strstr(text, "\nWITHHELD  12.0 % of switches were lost"));
	cr_assert_null(strstr(text, "PARALLELISM"));
}

Test(report, starts_with_the_verdict_when_complete)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .completeness.complete = true, .host.cpus = 2 };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert_eq(strncmp(text, "PARALLELISM 0.00 of 2 CPUs  No thread", 37), 0, "%s", text);
}

Test(report, tells_what_may_be_a_little_off_without_being_lost)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .completeness.complete = true,
				 .window.duration_ns = 1000000,
				 .parallelism = { .unsettled = 3, .late_ns = 4000 } };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert(strstr(text, "complete, 0 lost; 3 looks at the criticality sums may be one "
			       "interval off; levels of parallelism ~ 0.4 % (learnt too late)\n"),
		  "%s", text);
	cr_assert(strstr(text, "PARALLELISM"), "it withholds no verdict");
}

Test(report, does_not_tell_what_is_too_little_to_matter)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .completeness.complete = true,
				 .window.duration_ns = 1000000,
				 .parallelism = { .unsettled = 0, .late_ns = 1000 } };
	_cleanup_free_ char *text = print_to_text(&report, NULL, &style);

	cr_assert(strstr(text, "complete, 0 lost\n"), "%s", text);
	report.parallelism.unsettled = report.parallelism.late_ns = NO_VALUE;
	free(text);
	text = print_to_text(&report, NULL, &style);
	cr_assert(strstr(text, "complete, 0 lost\n"), "%s", text);
}

Test(report, shows_the_workloads_own_figures_beside_the_probes)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .completeness.complete = true };
	json_t *workload = truth();
	_cleanup_free_ char *text = NULL;

	report.totals.figures.running_ns = 10030000000;
	report.target = (struct report_target){ .kind = "run", .workload = "cpu", .workers = 8 };
	text = print_to_text(&report, workload, &style);
	cr_assert(strstr(text, "the workload         10.03 s      30.19 s       8.45 s"));
	cr_assert(strstr(text, "100 tasks in 5.07 s | 19.7 tasks/s | 100.2 ms running/task"));
	cr_assert(strstr(text, "100 round trips | mean 100.2 ms"));
	json_decref(workload);
}

Test(report, shows_what_only_this_workload_knows_by_the_names_of_its_keys)
{
	struct report_style style = { .columns = 200 };
	struct report report = { .target = { .kind = "run", .workload = "x", .workers = 2 } };
	json_t *workload = truth(), *own = json_object_get(workload, "truth");
	_cleanup_free_ char *text = NULL;

	json_object_set_new(own, "lost_updates", json_integer(12345));
	json_object_set_new(own, "gil_wait_ns", json_integer(2500000));
	json_object_set_new(own, "starved_tid", json_integer(4711));
	json_object_set_new(own, "slow_tid", json_null());
	json_object_set_new(own, "channels",
			    json_pack("[{s:s,s:f},{s:s,s:f}]", "channel", "pipe", "per_byte_ns",
				      0.25, "channel", "\033[2Jx", "per_byte_ns", 1500.0));
	text = print_to_text(&report, workload, &style);
	cr_assert(strstr(text, "lost updates 12,345 | gil wait 2.50 ms | starved tid 4711\n"), "%s",
		  text);
	cr_assert(strstr(text, "  channels       pipe | per byte 0.25 ns\n"), "%s", text);
	cr_assert(strstr(text, "per byte 1.50 us"), "%s", text);
	cr_assert_null(strstr(text, "slow"));
	cr_assert_null(strchr(text, '\033'));
	json_decref(workload);
}

Test(report, takes_a_truth_of_the_wrong_types_for_none)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .target.kind = "run" };
	json_t *workload = json_pack("{s:s,s:i,s:{s:s,s:i}}", "tasks", "many", "elapsed_ns", -4,
				     "truth", "running_ns", "long", "ready_ns", -1);
	_cleanup_free_ char *text = print_to_text(&report, workload, &style);

	cr_assert_null(strstr(text, "As measured by"));
	json_decref(workload);
}

Test(report, unprobed_says_that_it_was_not_probed)
{
	struct report_style style = { .columns = 80 };
	struct report report = { .target = { .kind = "run", .workload = "cpu", .workers = 8 } };
	_cleanup_free_ char *text = NULL;
	json_t *workload = truth();
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(report_print_unprobed(out, &report, workload, &style), 0);
	fclose(out);
	cr_assert_eq(strncmp(text, "cpu | 8 threads | 100 tasks", 27), 0);
	cr_assert(strstr(text, "Not probed"));
	cr_assert_null(strstr(text, "the probes"));
	json_decref(workload);
}

Test(report, tells_of_a_full_disk)
{
	struct report_style style = { .columns = 80 };
	struct report report = { 0 };
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");

	cr_assert_eq(report_print(full, &report, NULL, &style), -EIO);
}

Test(report, style_is_plain_and_80_columns_when_piped)
{
	_cleanup_fclose_ FILE *out = tmpfile();
	struct report_style style = report_style_for(out, COLOUR_AUTO);

	cr_assert_eq(style.columns, 80);
	cr_assert_not(style.colour);
	cr_assert(report_style_for(out, COLOUR_ALWAYS).colour);
}
