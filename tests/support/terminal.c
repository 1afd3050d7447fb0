// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/terminal.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/owned.h"

void assert_fits(const char *text, unsigned int columns)
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

void use_utf8(void)
{
	cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
}
