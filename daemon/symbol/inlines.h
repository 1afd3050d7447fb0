/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a function stands while it is in code that was inlined into it. The line table tells the
 * line of the innermost function, of a library's header most often; whoever reads the name of the
 * function wants the line in that.
 */
#ifndef PARTRACE_SYMBOL_INLINES_H
#define PARTRACE_SYMBOL_INLINES_H

#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#define INLINES_ENTRIES_MAX 200000u /* of a unit that are looked at for functions, and of one */

struct inline_function {
	uint64_t begin; /* as DWARF has it */
	uint64_t end;
	Dwarf_Die die;
};

/* The functions of a unit. */
struct inlines {
	struct inline_function *list; /* ascending */
	size_t count;
};

/* At most `max` pieces of functions; code beyond them is as if nothing were inlined into it. */
void inlines_read(Dwarf_Die *unit, size_t max, struct inlines *ret);
void inlines_release(struct inlines *inlines);

/* The call in the function itself that led to the address; NULL: there is none that is inlined. */
const char *inlines_call(const struct inlines *inlines, Dwarf_Die *unit, uint64_t address,
			 uint64_t *ret_line);

#endif
