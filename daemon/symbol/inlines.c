// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/inlines.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"

#define DEPTH_MAX 32u

struct reading {
	struct inlines inlines;
	size_t room;
	size_t entries; /* looked at */
	size_t max;     /* functions that are kept */
};

void inlines_release(struct inlines *inlines)
{
	free(inlines->list);
	*inlines = (struct inlines){ 0 };
}

static bool append(struct reading *reading, const struct inline_function *function)
{
	struct inlines *inlines = &reading->inlines;
	struct inline_function *list;

	if (inlines->count == reading->max)
		return false;
	list = grow(inlines->list, inlines->count, &reading->room, sizeof(*list));
	if (!list)
		return false;
	inlines->list = list;
	inlines->list[inlines->count++] = *function;
	return true;
}

/*
 * A function may be in several pieces: what is seldom run lies apart. Many functions may name the
 * same pieces, so that a small file has any number of them.
 */
static void append_function(struct reading *reading, Dwarf_Die *die)
{
	struct inline_function function = { .die = *die };
	Dwarf_Addr base;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &function.begin, &function.end)) > 0)
		if (function.begin && function.begin < function.end && !append(reading, &function))
			return;
}

static void look_below(struct reading *reading, Dwarf_Die *parent, unsigned int depth)
{
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	for (; r == 0 && reading->entries < INLINES_ENTRIES_MAX; r = dwarf_siblingof(&die, &die)) {
		int tag = dwarf_tag(&die);

		reading->entries++;
		if (tag == DW_TAG_subprogram)
			append_function(reading, &die);
		else if ((tag == DW_TAG_namespace || tag == DW_TAG_structure_type ||
			  tag == DW_TAG_class_type) &&
			 depth < DEPTH_MAX)
			look_below(reading, &die, depth + 1);
	}
}

static int by_begin(const void *one, const void *other)
{
	const struct inline_function *a = one, *b = other;

	return a->begin < b->begin ? -1 : a->begin > b->begin;
}

void inlines_read(Dwarf_Die *unit, size_t max, struct inlines *ret)
{
	struct reading reading = { .max = max };

	look_below(&reading, unit, 0);
	if (reading.inlines.count)
		qsort(reading.inlines.list, reading.inlines.count, sizeof(struct inline_function),
		      by_begin);
	*ret = reading.inlines;
}

static const struct inline_function *function_at(const struct inlines *inlines, uint64_t address)
{
	size_t low = 0, high = inlines->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (inlines->list[middle].begin <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < inlines->list[low - 1].end ? &inlines->list[low - 1] : NULL;
}

/* The outermost one that holds the address, through the blocks around it. */
static bool find_inlined(Dwarf_Die *parent, uint64_t address, Dwarf_Die *ret)
{
	unsigned int depth = 0, entries = 0;
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	while (r == 0 && entries++ < INLINES_ENTRIES_MAX && depth < DEPTH_MAX) {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_inlined_subroutine && dwarf_haspc(&die, address) == 1) {
			*ret = die;
			return true;
		}
		if (tag == DW_TAG_lexical_block && dwarf_haspc(&die, address) == 1) {
			depth++;
			r = dwarf_child(&die, &die);
		} else {
			r = dwarf_siblingof(&die, &die);
		}
	}
	return false;
}

static bool number_of(Dwarf_Die *die, unsigned int name, Dwarf_Word *ret)
{
	Dwarf_Attribute attribute;

	return dwarf_attr(die, name, &attribute) && dwarf_formudata(&attribute, ret) == 0;
}

const char *inlines_call(const struct inlines *inlines, Dwarf_Die *unit, uint64_t address,
			 uint64_t *ret_line)
{
	const struct inline_function *function = function_at(inlines, address);
	Dwarf_Die die, call;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t count;

	if (!function)
		return NULL;
	die = function->die;
	if (!find_inlined(&die, address, &call) || !number_of(&call, DW_AT_call_file, &file) ||
	    !number_of(&call, DW_AT_call_line, &line) || !line ||
	    dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count)
		return NULL;
	*ret_line = line;
	return dwarf_filesrc(files, file, NULL, NULL);
}
