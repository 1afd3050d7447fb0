/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the header of an ELF file claims: libelf takes memory for as many sections as there are said
 * to be, and a file of holes has room for any number of them.
 */
#ifndef PARTRACE_SYMBOL_CLAIMS_H
#define PARTRACE_SYMBOL_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

/* Of 64 bits, with at most 65,535 sections and 65,534 segments? Asked before elf_begin(). */
bool claims_are_plain(const void *file, size_t size);
bool claims_of_file_are_plain(int fd);

#endif
