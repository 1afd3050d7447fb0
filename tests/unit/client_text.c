// SPDX-License-Identifier: BSD-2-Clause
/* Arguments of a command are bytes; a report is UTF-8. */
#include <criterion/criterion.h>

#include "base/utf8.h"
#include "cli/client/text.h"

static void assert_becomes(const char *bytes, const char *expected)
{
	json_t *text = text_json(bytes);

	cr_assert_str_eq(json_string_value(text), expected);
	json_decref(text);
}

Test(client_text, what_is_utf8_stays_as_it_is)
{
	assert_becomes("", "");
	assert_becomes("grün \xf0\x9f\x90\x9d \x1b[31m\"\\", "grün \xf0\x9f\x90\x9d \x1b[31m\"\\");
}

Test(client_text, only_the_bytes_that_are_none_are_replaced)
{
	assert_becomes("a\xff\xfe.txt", "a\xef\xbf\xbd\xef\xbf\xbd.txt");
	assert_becomes("cut off \xe2\x82", "cut off \xef\xbf\xbd\xef\xbf\xbd");
	assert_becomes("\xc3\xbc\x80", "\xc3\xbc\xef\xbf\xbd");
}

Test(client_text, overlong_forms_surrogates_and_points_beyond_the_last_are_no_utf8)
{
	static const char *const none[] = {
		"\xc0\xaf",         "\xe0\x80\xaf",         "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x80"
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		cr_assert_eq(utf8_length(none[i]), 0, "the %zuth", i);
}
