// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/globals.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"

#define DEPTH_MAX 32u

struct reading {
	struct globals globals;
	size_t room;
	size_t entries; /* looked at */
	Dwarf_Addr bias;
};

void globals_release(struct globals *globals)
{
	free(globals->list);
	*globals = (struct globals){ 0 };
}

static void append(struct reading *reading, const struct global *global)
{
	struct globals *globals = &reading->globals;
	struct global *list = grow(globals->list, globals->count, &reading->room, sizeof(*list));

	if (!list)
		return;
	globals->list = list;
	globals->list[globals->count++] = *global;
}

/* DW_OP_addr alone: neither on a stack nor in thread-local storage. */
static bool has_address(Dwarf_Die *die, Dwarf_Addr *ret)
{
	Dwarf_Attribute attribute, address;
	Dwarf_Op *ops;
	size_t count;

	if (!dwarf_attr(die, DW_AT_location, &attribute) ||
	    dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1)
		return false;
	if (ops[0].atom == DW_OP_addr) {
		*ret = ops[0].number;
		return true;
	}
	return (ops[0].atom == DW_OP_addrx || ops[0].atom == DW_OP_GNU_addr_index) &&
	       dwarf_getlocation_attr(&attribute, ops, &address) == 0 &&
	       dwarf_formaddr(&address, ret) == 0;
}

static void look_at(struct reading *reading, Dwarf_Die *die)
{
	struct global global = { .die = *die };

	if (!has_address(die, &global.address))
		return;
	global.address += reading->bias;
	append(reading, &global);
}

static bool may_hold_variables(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
	       tag == DW_TAG_module;
}

static void look_below(struct reading *reading, Dwarf_Die *parent, unsigned int depth)
{
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	for (; r == 0 && reading->entries < GLOBALS_ENTRIES_MAX; r = dwarf_siblingof(&die, &die)) {
		int tag = dwarf_tag(&die);

		reading->entries++;
		if (tag == DW_TAG_variable)
			look_at(reading, &die);
		else if (may_hold_variables(tag) && depth < DEPTH_MAX)
			look_below(reading, &die, depth + 1);
	}
}

static int by_address(const void *one, const void *other)
{
	const struct global *a = one, *b = other;

	return a->address < b->address ? -1 : a->address > b->address;
}

void globals_read(Dwfl_Module *elf, struct globals *ret)
{
	struct reading reading = { 0 };
	Dwarf_Die *unit = NULL;

	while (reading.entries < GLOBALS_ENTRIES_MAX &&
	       (unit = dwfl_module_nextcu(elf, unit, &reading.bias)))
		look_below(&reading, unit, 0);
	if (reading.globals.count)
		qsort(reading.globals.list, reading.globals.count, sizeof(struct global),
		      by_address);
	*ret = reading.globals;
}

/*
 * Only now, for a unit's table of files is large. A definition's declaration may be elsewhere: in
 * its class, or before it.
 */
const char *globals_find(const struct globals *globals, uint64_t address, uint64_t *ret_line)
{
	struct global key = { .address = address }, *found;
	Dwarf_Attribute attribute;
	Dwarf_Word line;
	const char *file;

	found = globals->count
			? bsearch(&key, globals->list, globals->count, sizeof(key), by_address)
			: NULL;
	if (!found || !dwarf_attr_integrate(&found->die, DW_AT_decl_line, &attribute) ||
	    dwarf_formudata(&attribute, &line) != 0)
		return NULL;
	file = dwarf_decl_file(&found->die);
	if (file)
		*ret_line = line;
	return file;
}
