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
