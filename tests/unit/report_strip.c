/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/strip.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct report_style unicode = { .columns = 80, .unicode = true };
static const struct report_style ascii = { .columns = 80 };

static void assert_strip(const struct report_style *style, const struct report_life *life,
			 size_t columns, const char *expected)
{
	struct line line;

	line_start(&line, style);
	strip_add(&line, life, columns);
	cr_assert_str_eq(line.text, expected);
}

Test(strip, has_a_look_for_each_state)
{
	static const uint8_t running[] = { 100, 75, 74, 50, 10, 0, 0, 0 };
	static const uint8_t ready[] = { 0, 25, 26, 50, 50, 50, 49, 0 };
	static const uint8_t waiting[] = { 0, 0, 0, 0, 40, 50, 51, 0 };
	struct report_life life = { { running, 8 }, { ready, 8 }, { waiting, 8 } };

	assert_strip(&unicode, &life, 64, "██▓▓░░· ");
	assert_strip(&ascii, &life, 64, "##++--. ");
}

Test(strip, joins_columns_where_they_have_no_room)
{
	static const uint8_t running[] = { 100, 50, 0, 0, 0, 0 };
	static const uint8_t ready[] = { 0, 50, 100, 0, 0, 0 };
	static const uint8_t waiting[] = { 0, 0, 0, 100, 0, 0 };
	struct report_life life = { { running, 6 }, { ready, 6 }, { waiting, 6 } };

	assert_strip(&ascii, &life, 3, "#- ");
}

Test(strip, of_lists_that_differ_in_length_or_are_not_there)
{
	static const uint8_t running[] = { 80, 80, 80 };
	static const uint8_t ready[] = { 20 };
	struct report_life life = { { running, 3 }, { ready, 1 }, { NULL, 0 } };
	struct report_life none = { 0 };

	assert_strip(&ascii, &life, 64, "###");
	assert_strip(&ascii, &none, 64, "");
	assert_strip(&ascii, &life, 0, "");
}

Test(strip, is_never_wider_than_the_daemons_columns)
{
	static const uint8_t running[4096] = { 0 };
	static uint8_t waiting[4096];
	struct report_life life = { { running, 4096 }, { NULL, 0 }, { waiting, 4096 } };
	struct line line;

	memset(waiting, 255, sizeof(waiting));
	line_start(&line, &unicode);
	strip_add(&line, &life, 400);
	cr_assert_eq(line.used, STRIP_COLUMNS_MAX);
}

Test(strip, explains_its_looks_within_sixty_columns)
{
	struct line line;

	line_start(&line, &unicode);
	strip_add_legend(&line);
	cr_assert_leq(line.used, 60);
}
