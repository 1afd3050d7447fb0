/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which compilation unit of a file's DWARF the code at an address belongs to. libdw asks
 * .debug_aranges for that, which clang and Rust do not write; the units themselves always tell.
 */
#ifndef PARTRACE_SYMBOL_UNITS_H
#define PARTRACE_SYMBOL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "daemon/symbol/inlines.h"

#define UNITS_RANGES_MAX  1000000u /* 24 bytes each; code beyond them has no lines */
#define UNITS_INLINES_MAX 1000000u /* of all units of a file, 48 bytes each */

struct unit {
	Dwarf_Off offset; /* of its first entry */
	bool has_inlines; /* have been read */
	struct inlines inlines;
};

struct unit_range {
	uint64_t begin;
	uint64_t end;
	size_t unit;
};

struct units {
	Dwarf *dwarf; /* NULL: there is none */
	Dwarf_Addr bias;
	struct unit *units;
	size_t units_count;
	struct unit_range *list; /* ascending by begin */
	size_t count;
	size_t inlines_left; /* that may still be kept */
};

void units_read(Dwfl_Module *elf, struct units *ret);
void units_release(struct units *units);

/*
 * The source of the code there, in the function that the symbol names and not in what is inlined
 * into it; NULL: not known. It lives as long as the module.
 */
const char *units_line(struct units *units, uint64_t address, uint64_t *ret_line);

#endif
