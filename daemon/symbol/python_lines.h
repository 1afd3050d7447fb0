/* SPDX-License-Identifier: BSD-2-Clause */
/* CPython's location table (co_linetable, 3.11 and later): from an instruction to its line. */
#ifndef PARTRACE_SYMBOL_PYTHON_LINES_H
#define PARTRACE_SYMBOL_PYTHON_LINES_H

#include <stddef.h>
#include <stdint.h>

/* An entry for one code unit: a head and four numbers of 32 bits, six bits a byte. */
#define PYTHON_LINES_ENTRY_MAX 25

/*
 * The line of the code unit (2 bytes) of this index; below 0 is before the first: `first_line`.
 * -ENODATA: the table says it has no line. -EBADMSG: not such a table, or it ends before `unit`.
 */
int python_line(const uint8_t *table, size_t size, int64_t first_line, int64_t unit, uint64_t *ret);

#endif
