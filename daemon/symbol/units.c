// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/units.h"

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdlib.h>

/* Ranges before the nearest one that are looked at: none should lie in another, but they may. */
#define OVERLAPS_MAX 8u

void units_release(struct units *units)
{
	free(units->list);
	*units = (struct units){ 0 };
}

static bool append(struct units *units, size_t *room, const struct unit_range *range)
{
	if (units->count == UNITS_RANGES_MAX)
		return false;
	if (units->count == *room) {
		size_t more = *room ? *room * 2 : 256;
		struct unit_range *list = reallocarray(units->list, more, sizeof(*list));

		if (!list)
			return false;
		units->list = list;
		*room = more;
	}
	units->list[units->count++] = *range;
	return true;
}

static bool append_unit(struct units *units, size_t *room, Dwarf_Die *unit)
{
	Dwarf_Addr base, begin, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &begin, &end)) > 0) {
		struct unit_range range = { begin + units->bias, end + units->bias,
					    dwarf_dieoffset(unit) };

		/* What the linker has thrown away lies at 0. */
		if (begin && begin < end && !append(units, room, &range))
			return false;
	}
	return true;
}

static int by_begin(const void *one, const void *other)
{
	const struct unit_range *a = one, *b = other;

	return a->begin < b->begin ? -1 : a->begin > b->begin;
}

void units_read(Dwfl_Module *elf, struct units *ret)
{
	struct units units = { 0 };
	Dwarf_Die *unit = NULL;
	size_t room = 0;

	units.dwarf = dwfl_module_getdwarf(elf, &units.bias);
	while (units.dwarf && (unit = dwfl_module_nextcu(elf, unit, &units.bias)))
		if (!append_unit(&units, &room, unit))
			break;
	if (units.count)
		qsort(units.list, units.count, sizeof(*units.list), by_begin);
	*ret = units;
}

static const char *line_in(const struct units *units, Dwarf_Off unit, uint64_t address,
			   uint64_t *ret_line)
{
	Dwarf_Line *line;
	Dwarf_Die die;
	int number;

	if (!dwarf_offdie(units->dwarf, unit, &die))
		return NULL;
	line = dwarf_getsrc_die(&die, address - units->bias);
	if (!line || dwarf_lineno(line, &number) != 0 || number <= 0)
		return NULL;
	*ret_line = (uint64_t)number;
	return dwarf_linesrc(line, NULL, NULL);
}

const char *units_line(const struct units *units, uint64_t address, uint64_t *ret_line)
{
	size_t low = 0, high = units->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (units->list[middle].begin <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; i < OVERLAPS_MAX && low > 0; i++) {
		const struct unit_range *range = &units->list[--low];

		if (address < range->end)
			return line_in(units, range->unit, address, ret_line);
	}
	return NULL;
}
