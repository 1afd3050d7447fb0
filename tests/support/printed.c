// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/printed.h"

#include <criterion/criterion.h>
#include <string.h>

void assert_says(const char *text, const char *what)
{
	cr_assert(strstr(text, what), "no \"%s\" in\n%s", what, text);
}

unsigned int count_of(const char *text, const char *what)
{
	unsigned int count = 0;

	for (; (text = strstr(text, what)); text++)
		count++;
	return count;
}

char *unwrapped(char *text)
{
	size_t at = 0;

	for (const char *from = text; *from; from++) {
		char next = *from == '\n' ? ' ' : *from;

		if (next != ' ' || !at || text[at - 1] != ' ')
			text[at++] = next;
	}
	text[at] = '\0';
	return text;
}
