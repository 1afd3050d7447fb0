// SPDX-License-Identifier: BSD-2-Clause
/* The page: its markup is whole, whatever is missing or wrong in the document. */
#include "cli/page/page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "cli/page/data.h"
#include "tests/support/golden.h"
#include "tests/support/printed.h"
#include "tests/unit/page_scene.h"

Test(page, holds_of_more_than_a_thousand_threads_only_what_it_shows_of_them)
{
	json_t *document = golden_document("contended.json");
	json_t *threads = json_object_get(document, "threads"), *data;
	const json_t *first;
	size_t count = json_array_size(threads);
	_cleanup_free_ char *page = NULL;

	while (json_array_size(threads) <= PAGE_WHOLE_THREADS)
		json_array_append(threads,
				  json_array_get(threads, json_array_size(threads) % count));
	page = page_of(document);
	cr_assert(strstr(page, "of its threads what is shown of them"));
	data = data_of(page);
	cr_assert_eq(json_array_size(json_object_get(data, "threads")), PAGE_WHOLE_THREADS + 1);
	first = json_array_get(json_object_get(data, "threads"), 0);
	cr_assert_null(json_object_get(first, "life"));
	cr_assert(json_equal(json_object_get(first, "running_ns"),
			     json_object_get(json_array_get(threads, 0), "running_ns")));
	cr_assert(json_equal(json_object_get(data, "locks"), json_object_get(document, "locks")));
	json_decref(data);
	json_decref(document);
}

Test(page, leaves_the_document_as_it_was)
{
	json_t *document = json_loads(SWEEP, 0, NULL), *before = json_deep_copy(document);
	_cleanup_free_ char *page = page_of(document);

	cr_assert(json_equal(document, before));
	json_decref(before);
	json_decref(document);
}

Test(page, of_an_empty_report_is_whole_and_small_and_fetches_nothing)
{
	_cleanup_free_ char *page = page_of_text("{\"schema\": \"partrace.report/1\"}");

	assert_balanced(page);
	cr_assert_lt(strlen(page), 100000);
	cr_assert(strstr(page, "There is no verdict"));
	cr_assert_null(strstr(page, "card verdict ok"), "not known is not good");
	cr_assert(strstr(page, "default-src 'none'"));
	cr_assert_null(strstr(page, " src="));
	cr_assert_null(strstr(page, "@import"));
	cr_assert_null(strstr(page, "url("));
}

Test(page, of_a_report_without_locks_or_findings_is_whole)
{
	_cleanup_free_ char *page = page_of_text(
		"{\"schema\": \"partrace.report/1\", \"probes\": {}, \"locks\": [],"
		" \"findings\": [], \"verdict\": null, \"target\": {\"what\": \"orderd\"}}");

	assert_balanced(page);
	cr_assert(strstr(page, "<h1>orderd</h1>"));
	cr_assert(strstr(page, "Nothing stands out"));
}

Test(page, takes_wrong_types_for_nothing)
{
	_cleanup_free_ char *page = page_of_text(
		"{\"schema\": \"partrace.report/1\", \"findings\": [7, null], \"target\": [],"
		" \"completeness\": {\"complete\": false, \"reasons\": {\"a\": 1}}, \"host\": 3}");

	assert_balanced(page);
}

Test(page, says_what_was_lost_before_the_verdict)
{
	_cleanup_free_ char *page = page_of_text(
		"{\"schema\": \"partrace.report/1\", \"probes\": {}, \"completeness\": "
		"{\"complete\": "
		"false, \"reasons\": [\"12 % were lost\"]}, \"findings\": [{\"id\": \"lock-bound\","
		" \"severity\": \"problem\", \"title\": \"A `lock`\"}]}");
	const char *loss = strstr(page, "12 % were lost"), *verdict = strstr(page, "A <code>lock");

	assert_balanced(page);
	cr_assert(loss && verdict && loss < verdict);
}

Test(page, keeps_control_characters_out_and_a_lone_backtick_in)
{
	_cleanup_free_ char *page = page_of_text(
		"{\"schema\": \"partrace.report/1\", \"findings\": [{\"id\": \"idle\", \"title\": "
		"\"a\\u0007b` c\"}]}");

	cr_assert(strstr(page, "a\xef\xbf\xbd"
			       "b` c"));
}

Test(page, of_anything_else_is_refused_before_a_byte_is_written)
{
	json_t *document = json_pack("{s:s}", "schema", "partrace.interval/1");
	_cleanup_free_ char *text = PRINTED(out, cr_assert_eq(page_write(document, out), -EBADMSG));

	cr_assert_str_eq(text, "");
	json_decref(document);
}

Test(page, that_does_not_fit_the_disk_is_an_error)
{
	json_t *document = json_loads(SWEEP, 0, NULL);
	FILE *full = fopen("/dev/full", "we");

	cr_assert_eq(page_write(document, full), -ENOSPC);
	fclose(full);
	json_decref(document);
}
