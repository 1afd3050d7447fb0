// SPDX-License-Identifier: BSD-2-Clause
#include <criterion/criterion.h>
#include <string.h>

#include "base/log.h"

static void assert_folded(const char *text, unsigned int columns, const char *expected)
{
	char folded[128];

	strcpy(folded, text);
	log_fold(folded, columns);
	cr_assert_str_eq(folded, expected);
}

Test(base_log, a_line_that_fits_stays_whole)
{
	assert_folded("one two", 7, "one two");
	assert_folded("", 7, "");
}

Test(base_log, a_longer_one_is_broken_between_words)
{
	assert_folded("one two three four", 7, "one two\nthree\nfour");
	assert_folded("one two three", 8, "one two\nthree");
}

Test(base_log, a_word_that_is_longer_than_a_line_stays_whole)
{
	assert_folded("a /very/long/path b", 7, "a\n/very/long/path\nb");
}

Test(base_log, columns_are_characters_and_not_bytes)
{
	assert_folded("äöü äöü", 7, "äöü äöü");
}
