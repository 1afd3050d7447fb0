// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/server/writer.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>

static const char *written(const char *text)
{
	static struct writer writer;

	writer_release(&writer);
	write_text(&writer, text);
	return writer.text;
}

Test(writer, escapes_what_json_must_not_contain)
{
	cr_assert_str_eq(written("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
}

Test(writer, replaces_bytes_that_are_no_utf8)
{
	cr_assert_str_eq(written("a\xff\xc0\x80z"), "\"a\\ufffd\\ufffd\\ufffdz\"");
	cr_assert_str_eq(written("\xc3\xa4"), "\"\xc3\xa4\"");
}

Test(writer, writes_a_report_that_a_parser_accepts)
{
	struct report_thread thread = { .tid = 7, .name = "x", .exited_ns = NO_VALUE };
	struct report report = { .threads = &thread,
				 .threads_count = 1,
				 .probes.ns_per_event = NAN };
	struct writer writer = { 0 };
	json_t *document;

	write_object(&writer, &report, report_fields);
	document = json_loads(writer.text, 0, NULL);
	cr_assert(document, "%s", writer.text);
	cr_assert(
		json_is_null(json_object_get(json_object_get(document, "probes"), "ns_per_event")));
	cr_assert(json_is_null(json_object_get(
		json_array_get(json_object_get(document, "threads"), 0), "exited_ns")));
	cr_assert_eq(json_array_size(json_object_get(document, "locks")), 0);
	json_decref(document);
	writer_release(&writer);
}

/* ---- long documents, in pieces ---- */

#define THREADS 100
#define FRAMES  3

static void make_threads(struct report *report)
{
	static struct report_frame frames[FRAMES] = { { .function = "inner" },
						      { .function = "\"quoted\"" },
						      { .function = "main" } };
	static struct report_thread threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		threads[i] = (struct report_thread){ .tid = i,
						     .frames = frames,
						     .frames_count = i % (FRAMES + 1) };
	*report = (struct report){ .threads = threads, .threads_count = THREADS };
}

Test(writer, fills_in_pieces_what_it_writes_at_once)
{
	struct writer at_once = { 0 }, draft = { .leaves_gaps = true }, whole = { 0 };
	struct report report;
	size_t pieces = 1;

	make_threads(&report);
	write_object(&at_once, &report, report_fields);
	write_object(&draft, &report, report_fields);
	cr_assert_eq(draft.gaps_count, THREADS - THREADS / (FRAMES + 1));
	while (!writer_fill(&draft, &whole, 0))
		pieces++;
	cr_assert_gt(pieces, 2, "it does not stop when its time is over");
	cr_assert_str_eq(whole.text, at_once.text);
	cr_assert_null(draft.text);
	writer_release(&whole);
	writer_release(&at_once);
}

Test(writer, says_so_when_a_draft_had_no_memory)
{
	struct writer draft = { .failed = true }, whole = { 0 };

	cr_assert(writer_fill(&draft, &whole, 0));
	cr_assert(whole.failed);
	writer_release(&whole);
}
