/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at all threads is one moment for the report, but takes milliseconds in which they go on;
 * what they do meanwhile has to be guessed back. On a busy machine the daemon would lose the CPU
 * many times in it, and milliseconds would become tenths of a second: for so long it goes first.
 */
#ifndef PARTRACE_HURRY_H
#define PARTRACE_HURRY_H

#include <stdbool.h>

/* True where it worked, for hurry_end; without the right to it nothing changes. */
bool hurry_begin(void);
void hurry_end(bool hurried);

#endif
