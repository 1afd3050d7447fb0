/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which compilation unit of a file's DWARF the code at an address belongs to. libdw asks
 * .debug_aranges for that, which clang and Rust do not write; the units themselves always tell.
 */
#ifndef PARTRACE_SYMBOL_UNITS_H
#define PARTRACE_SYMBOL_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

#define UNITS_RANGES_MAX 1000000u /* 24 bytes each; code beyond them has no lines */

struct unit_range {
	uint64_t begin;
	uint64_t end;
	Dwarf_Off unit; /* of its first entry */
};

struct units {
	Dwarf *dwarf; /* NULL: there is none */
	Dwarf_Addr bias;
	struct unit_range *list; /* ascending by begin */
	size_t count;
};

void units_read(Dwfl_Module *elf, struct units *ret);
void units_release(struct units *units);

/* The source of the code there; NULL: not known. It lives as long as the module. */
const char *units_line(const struct units *units, uint64_t address, uint64_t *ret_line);

#endif
