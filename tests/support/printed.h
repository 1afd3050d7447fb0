/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed to a stream, as text, and what is looked for in it. */
#ifndef PARTRACE_TESTS_PRINTED_H
#define PARTRACE_TESTS_PRINTED_H

#include <stdio.h>

/* The text that `print`, one expression, writes to the stream `out`; the caller frees it. */
#define PRINTED(out, print)                                                                        \
	({                                                                                         \
		char *printed_text = NULL;                                                         \
		size_t printed_size;                                                               \
		FILE *out = open_memstream(&printed_text, &printed_size);                          \
                                                                                                   \
		print;                                                                             \
		fclose(out);                                                                       \
		printed_text;                                                                      \
	})

void assert_says(const char *text, const char *what);
/* How often `what` stands in it. */
unsigned int count_of(const char *text, const char *what);

/* The same text, in which each row of spaces and line ends is one space: words wrap anywhere. */
char *unwrapped(char *text);

#endif
