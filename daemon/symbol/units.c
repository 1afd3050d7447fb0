// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/units.h"

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"

/* Ranges before the nearest one that are looked at: none should lie in another, but they may. */
#define OVERLAPS_MAX 8u

struct reading {
	struct units units;
	size_t units_room, ranges_room;
};

void units_release(struct units *units)
{
	for (size_t i = 0; i < units->units_count; i++)
		inlines_release(&units->units[i].inlines);
	free(units->units);
	free(units->list);
	*units = (struct units){ 0 };
}

static bool append_range(struct reading *reading, const struct unit_range *range)
{
	struct units *units = &reading->units;
	struct unit_range *list;

	if (units->count == UNITS_RANGES_MAX)
		return false;
	list = grow(units->list, units->count, &reading->ranges_room, sizeof(*list));
	if (!list)
		return false;
	units->list = list;
	units->list[units->count++] = *range;
	return true;
}

static bool append_unit(struct reading *reading, Dwarf_Die *die)
{
	struct units *units = &reading->units;
	struct unit *list;

	if (units->units_count == UNITS_RANGES_MAX)
		return false;
	list = grow(units->units, units->units_count, &reading->units_room, sizeof(*list));
	if (!list)
		return false;
	units->units = list;
	units->units[units->units_count++] = (struct unit){ .offset = dwarf_dieoffset(die) };
	return true;
}

static bool append_with_ranges(struct reading *reading, Dwarf_Die *die)
{
	struct units *units = &reading->units;
	Dwarf_Addr base, begin, end;
	ptrdiff_t at = 0;

	if (!append_unit(reading, die))
		return false;
	while ((at = dwarf_ranges(die, at, &base, &begin, &end)) > 0) {
		struct unit_range range = { begin + units->bias, end + units->bias,
					    units->units_count - 1 };

		/* What the linker has thrown away lies at 0. */
		if (begin && begin < end && !append_range(reading, &range))
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
	struct reading reading = { 0 };
	struct units *units = &reading.units;
	Dwarf_Die *die = NULL;

	units->inlines_left = UNITS_INLINES_MAX;
	units->dwarf = dwfl_module_getdwarf(elf, &units->bias);
	while (units->dwarf && (die = dwfl_module_nextcu(elf, die, &units->bias)))
		if (!append_with_ranges(&reading, die))
			break;
	if (units->count)
		qsort(units->list, units->count, sizeof(*units->list), by_begin);
	*ret = *units;
}

static const char *line_in(struct units *units, struct unit *unit, uint64_t address,
			   uint64_t *ret_line)
{
	const char *file;
	Dwarf_Line *line;
	Dwarf_Die die;
	int number;

	if (!dwarf_offdie(units->dwarf, unit->offset, &die))
		return NULL;
	if (!unit->has_inlines) {
		unit->has_inlines = true;
		inlines_read(&die, units->inlines_left, &unit->inlines);
		units->inlines_left -= unit->inlines.count;
	}
	file = inlines_call(&unit->inlines, &die, address - units->bias, ret_line);
	if (file)
		return file;
	line = dwarf_getsrc_die(&die, address - units->bias);
	if (!line || dwarf_lineno(line, &number) != 0 || number <= 0)
		return NULL;
	*ret_line = (uint64_t)number;
	return dwarf_linesrc(line, NULL, NULL);
}

const char *units_line(struct units *units, uint64_t address, uint64_t *ret_line)
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
			return line_in(units, &units->units[range->unit], address, ret_line);
	}
	return NULL;
}
