/* SPDX-License-Identifier: BSD-2-Clause */
/* The symbols of an ELF file, sorted by address: functions or variables. */
#ifndef PARTRACE_SYMBOL_SYMBOLS_H
#define PARTRACE_SYMBOL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#define SYMBOLS_MAX 2000000u /* of a file; the rest of it has no names */

struct symbol {
	uint64_t address;
	const char *name;   /* as in the file, with its version; it lives as long as the module */
	uint64_t size : 56; /* 0: not told */
	uint64_t rank : 8;  /* of several names for one address, the lowest is the best known */
};

struct symbols {
	struct symbol *list;
	size_t count;
};

/*
 * From .symtab (of the file or its debug file), .dynsym and .gnu_debugdata. -EFBIG, and nothing is
 * read: that one is too large to be unpacked (mini_debug.h).
 */
int symbols_read(Dwfl_Module *elf, struct symbols *ret_functions, struct symbols *ret_objects);
void symbols_release(struct symbols *symbols);

/*
 * The symbol that the address lies in; NULL when none. One of unknown size ends where the next
 * begins, at most `unsized_max` after it began.
 */
const struct symbol *symbols_find(const struct symbols *symbols, uint64_t address,
				  uint64_t unsized_max);

/* Where the last symbol before the address ends; 0 when there is none. */
uint64_t symbols_end_before(const struct symbols *symbols, uint64_t address);

#endif
