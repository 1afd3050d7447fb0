/* SPDX-License-Identifier: BSD-2-Clause */
/* What a terminal makes of a text. */
#ifndef PARTRACE_TESTS_TERMINAL_H
#define PARTRACE_TESTS_TERMINAL_H

/* Each line is valid, printable and no wider; as the C library has it, not the code under test. */
void assert_fits(const char *text, unsigned int columns);

/* The locale of most terminals; for .init of tests that print beyond ASCII. */
void use_utf8(void);

#endif
