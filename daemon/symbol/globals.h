/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the variables of a file with fixed addresses are declared, out of its DWARF. */
#ifndef PARTRACE_SYMBOL_GLOBALS_H
#define PARTRACE_SYMBOL_GLOBALS_H

#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

/* Entries of DWARF that are looked at; a large C++ program's last variables may have no line. */
#define GLOBALS_ENTRIES_MAX 4000000u

struct global {
	uint64_t address;
	Dwarf_Die die; /* its definition; valid as long as the module */
};

struct globals {
	struct global *list; /* ascending */
	size_t count;
};

/* Empty when there is no DWARF. */
void globals_read(Dwfl_Module *elf, struct globals *ret);
void globals_release(struct globals *globals);

/* Where the one that begins there is declared; NULL: not known. It lives as long as the module. */
const char *globals_find(const struct globals *globals, uint64_t address, uint64_t *ret_line);

#endif
