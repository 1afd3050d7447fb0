// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/symbols.h"

#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "daemon/symbol/mini_debug.h"

/* Symbols before the nearest one that are looked at: some lie inside others. */
#define NESTED_MAX 16u

void symbols_release(struct symbols *symbols)
{
	free(symbols->list);
	*symbols = (struct symbols){ 0 };
}

static bool append(struct symbols *symbols, size_t *room, const struct symbol *symbol)
{
	struct symbol *list = grow(symbols->list, symbols->count, room, sizeof(*list));

	if (!list)
		return false;
	symbols->list = list;
	symbols->list[symbols->count++] = *symbol;
	return true;
}

/* What programs call it, before what only its own file does: pthread_mutex_lock, not its aliases.
 */
static uint8_t rank_of(const char *name, const GElf_Sym *symbol)
{
	size_t underscores = strspn(name, "_");
	uint8_t rank = (uint8_t)(underscores < 8 ? underscores : 8);

	/* A mangled name begins with one that does not count. */
	if (!strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2))
		rank = 0;
	if (GELF_ST_BIND(symbol->st_info) == STB_LOCAL)
		rank += 16;
	if (GELF_ST_TYPE(symbol->st_info) == STT_NOTYPE)
		rank += 32;
	return rank;
}

static bool lies_in_code(const GElf_Sym *symbol, Elf *elf)
{
	GElf_Shdr header;
	Elf_Scn *section = elf ? elf_getscn(elf, symbol->st_shndx) : NULL;

	return section && gelf_getshdr(section, &header) && header.sh_flags & SHF_EXECINSTR;
}

enum symbol_use { USE_NONE, USE_FUNCTION, USE_OBJECT };

static enum symbol_use use_of(const GElf_Sym *symbol, Elf *elf)
{
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS)
		return USE_NONE;
	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return USE_FUNCTION;
	case STT_OBJECT:
	case STT_COMMON:
		return USE_OBJECT;
	case STT_NOTYPE: /* assembly */
		return lies_in_code(symbol, elf) ? USE_FUNCTION : USE_NONE;
	default:
		return USE_NONE;
	}
}

static int by_address(const void *one, const void *other)
{
	const struct symbol *a = one, *b = other;
	size_t a_length, b_length;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	a_length = strlen(a->name);
	b_length = strlen(b->name);
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* One name for each address: the best one, with the largest size that any of them tells. */
static void sort(struct symbols *symbols)
{
	size_t kept = 0;

	if (!symbols->count)
		return;
	qsort(symbols->list, symbols->count, sizeof(*symbols->list), by_address);
	for (size_t i = 1; i < symbols->count; i++) {
		struct symbol *last = &symbols->list[kept], *next = &symbols->list[i];

		if (next->address != last->address)
			symbols->list[++kept] = *next;
		else if (next->size > last->size)
			last->size = next->size;
	}
	symbols->count = kept + 1;
}

/* Of a compiler's or assembler's own; a named critical section of OpenMP's begins with a dot, too.
 */
static bool is_label(const char *name)
{
	return !*name || *name == '$' || !strncmp(name, ".L", 2);
}

int symbols_read(Dwfl_Module *elf, struct symbols *ret_functions, struct symbols *ret_objects)
{
	struct symbols kinds[2] = { 0 };
	size_t room[2] = { 0 };
	GElf_Addr ignored;
	int count;

	if (!mini_debug_is_sound(dwfl_module_getelf(elf, &ignored)))
		return -EFBIG;
	count = dwfl_module_getsymtab(elf);
	for (int i = 1; i < count && i < (int)SYMBOLS_MAX; i++) {
		GElf_Sym entry;
		GElf_Addr address, bias;
		Elf *file;
		const char *name =
			dwfl_module_getsym_info(elf, i, &entry, &address, NULL, &file, &bias);
		struct symbol symbol = { .address = address, .name = name, .size = entry.st_size };
		enum symbol_use use;

		if (!name || is_label(name))
			continue;
		use = use_of(&entry, file);
		symbol.rank = rank_of(name, &entry);
		if (use && !append(&kinds[use == USE_OBJECT], &room[use == USE_OBJECT], &symbol))
			break;
	}
	sort(&kinds[0]);
	sort(&kinds[1]);
	*ret_functions = kinds[0];
	*ret_objects = kinds[1];
	return count < 0 ? -ENOENT : 0;
}

static bool holds(const struct symbol *symbol, uint64_t address, uint64_t unsized)
{
	return address - symbol->address < (symbol->size ? symbol->size : unsized);
}

/* How many begin at the address or before it. */
static size_t count_up_to(const struct symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t symbols_end_before(const struct symbols *symbols, uint64_t address)
{
	size_t count = count_up_to(symbols, address);
	const struct symbol *last = count ? &symbols->list[count - 1] : NULL;
	uint64_t end = last ? last->address + last->size : 0;

	return end <= address ? end : 0;
}

const struct symbol *symbols_find(const struct symbols *symbols, uint64_t address,
				  uint64_t unsized_max)
{
	size_t count = count_up_to(symbols, address);

	for (size_t i = 0; i < NESTED_MAX && i < count; i++) {
		const struct symbol *symbol = &symbols->list[count - 1 - i];

		/* Only the nearest can go on until the next begins. */
		if (holds(symbol, address, i ? 0 : unsized_max))
			return symbol;
	}
	return NULL;
}
