/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/owned.h"
#include "cli/report/section.h"

static void assert_labels(struct report_thread *threads, size_t count, const char *const *labels)
{
	struct report report = { .threads = threads, .threads_count = count };
	_cleanup_free_ struct namesakes *namesakes = namesakes_of(&report);
	struct page page = { .report = &report, .namesakes = namesakes };
	char label[SECTION_THREAD_BYTES];

	for (size_t i = 0; i < count; i++) {
		section_thread_label(&page, &threads[i], label);
		cr_assert_str_eq(label, labels[i]);
	}
}

Test(thread_names, tell_namesakes_apart_by_their_start)
{
	struct report_thread threads[] = {
		{ .tid = 1, .pid = 1, .name = "app", .start = "main" },
		{ .tid = 2, .pid = 1, .name = "app", .start = "consume", .started_ns = 5 },
		{ .tid = 3, .pid = 1, .name = "app", .start = "consume", .started_ns = 4 },
		{ .tid = 4, .pid = 1, .name = "app" },
		{ .tid = 5, .pid = 1, .name = "other", .start = "main" },
	};
	static const char *const labels[] = { "app/main (1)", "app/consume #2 (2)",
					      "app/consume #1 (3)", "app (4)", "other (5)" };

	assert_labels(threads, ARRAY_LEN(threads), labels);
}

Test(thread_names, go_by_birth_where_the_start_does_not_tell)
{
	struct report_thread threads[] = {
		{ .tid = 2, .pid = 1, .name = "app", .start = "consume", .started_ns = 5 },
		{ .tid = 3, .pid = 1, .name = "app", .start = "consume", .started_ns = 4 },
		{ .tid = 4, .pid = 1, .name = "app", .started_ns = 6 },
		{ .tid = 5, .pid = 5, .name = "app", .start = "main" },
	};
	static const char *const labels[] = { "app #2 (2)", "app #1 (3)", "app #3 (4)", "app (5)" };

	assert_labels(threads, ARRAY_LEN(threads), labels);
}

Test(thread_names, of_two_processes_and_of_none_are_not_mixed)
{
	struct report_thread threads[] = {
		{ .tid = 1, .pid = 1, .name = "app", .started_ns = 9 },
		{ .tid = 2, .pid = 2, .name = "app", .started_ns = 1 },
		{ .tid = 3, .pid = 1, .name = "app", .started_ns = 7 },
		{ .tid = 4, .pid = 1 },
		{ .tid = 5, .pid = 1 },
		{ .tid = 6, .pid = 1, .name = "app", .started_ns = 7 },
	};
	static const char *const labels[] = { "app #3 (1)", "app (2)", "app #1 (3)",
					      " (4)",       " (5)",    "app #2 (6)" };

	assert_labels(threads, ARRAY_LEN(threads), labels);
}

/* Comparing each with each would be 10,000,000,000 pairs. */
Test(thread_names, of_a_hundred_thousand_namesakes_are_told_apart_in_no_time, .timeout = 10)
{
	size_t count = 100000;
	_cleanup_free_ struct report_thread *threads = calloc(count, sizeof(*threads));
	struct report report = { .threads = threads, .threads_count = count };
	_cleanup_free_ struct namesakes *namesakes = NULL;

	for (size_t i = 0; i < count; i++)
		threads[i] = (struct report_thread){ .tid = count - i,
						     .pid = 1,
						     .name = "pool",
						     .start = i % 2 ? "consume" : "produce",
						     .started_ns = count - i };
	namesakes = namesakes_of(&report);
	for (size_t i = 0; i < count; i++) {
		cr_assert(namesakes[i].by_start);
		cr_assert_eq(namesakes[i].rank, (count - i - 1) / 2 + 1, "of %zu", i);
	}
}

Test(thread_names, of_any_length_fit)
{
	char name[300], start[300];
	struct report_thread threads[] = {
		{ .tid = UINT32_MAX, .pid = 1, .name = name, .start = start },
		{ .tid = 2, .pid = 1, .name = name, .start = start },
		{ .tid = 3, .pid = 1, .name = name, .start = "main" },
	};
	struct report report = { .threads = threads, .threads_count = ARRAY_LEN(threads) };
	_cleanup_free_ struct namesakes *namesakes = NULL;
	struct page page = { .report = &report };
	char label[SECTION_THREAD_BYTES];

	memset(name, 'n', sizeof(name));
	memset(start, 's', sizeof(start));
	name[sizeof(name) - 1] = start[sizeof(start) - 1] = '\0';
	namesakes = namesakes_of(&report);
	page.namesakes = namesakes;
	section_thread_label(&page, &threads[0], label);
	cr_assert_str_eq(label + strlen(label) - 17, "s #2 (4294967295)", "%s", label);
}
