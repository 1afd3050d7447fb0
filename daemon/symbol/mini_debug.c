// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/mini_debug.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gelf.h>
#include <lzma.h>

#include "base/owned.h"
#include "daemon/symbol/claims.h"

#define PIECE_BYTES 65536u
/* As xz -9 needs, twice. */
#define DECODER_BYTES_MAX (128ull * 1024 * 1024)

struct unpacked {
	char *bytes;
	size_t size, room;
};

static void unpacked_release(struct unpacked *unpacked)
{
	free(unpacked->bytes);
}

static bool make_room(struct unpacked *unpacked)
{
	size_t room = unpacked->room ? 2 * unpacked->room : PIECE_BYTES;
	char *grown;

	if (unpacked->room - unpacked->size >= PIECE_BYTES)
		return true;
	grown = realloc(unpacked->bytes, room);
	if (!grown)
		return false;
	unpacked->bytes = grown;
	unpacked->room = room;
	return true;
}

/* False when it is more than `max`; what is malformed ends where it is. */
static bool unpack(const Elf_Data *packed, uint64_t max, struct unpacked *unpacked)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret r = lzma_stream_decoder(&stream, DECODER_BYTES_MAX, 0);

	stream.next_in = packed->d_buf;
	stream.avail_in = packed->d_size;
	while (r == LZMA_OK && unpacked->size <= max) {
		if (!make_room(unpacked)) {
			r = LZMA_MEM_ERROR;
			break;
		}
		stream.next_out = (uint8_t *)unpacked->bytes + unpacked->size;
		stream.avail_out = PIECE_BYTES;
		r = lzma_code(&stream, LZMA_FINISH);
		unpacked->size = stream.total_out;
	}
	lzma_end(&stream);
	return unpacked->size <= max && r != LZMA_MEMLIMIT_ERROR && r != LZMA_MEM_ERROR;
}

/* What libdwfl looks at only after it has taken it for its own: it is freed then, and used. */
static bool is_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	const Elf_Data *symbols = elf_getdata(section, NULL);
	uint64_t count = header->sh_size / sizeof(Elf64_Sym);

	return header->sh_entsize == sizeof(Elf64_Sym) && symbols &&
	       symbols->d_size / sizeof(Elf64_Sym) >= count && header->sh_info <= count &&
	       elf_strptr(elf, header->sh_link, 0) &&
	       elf_getdata(elf_getscn(elf, header->sh_link), NULL);
}

/* No program's names are packed twice, or have more sections than a symbol can name. */
static bool is_sound(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (!gelf_getshdr(section, &header) || header.sh_flags & SHF_COMPRESSED ||
		    header.sh_type == SHT_SYMTAB_SHNDX ||
		    (header.sh_type == SHT_SYMTAB && !is_table(elf, section, &header)))
			return false;
	return true;
}

static bool unpacks_soundly(const Elf_Data *packed, uint64_t max)
{
	_cleanup_(unpacked_release) struct unpacked unpacked = { 0 };
	Elf *elf = NULL;
	bool sound;

	if (!unpack(packed, max, &unpacked))
		return false;
	/* libdwfl sees itself that it is none. */
	if (unpacked.size < SELFMAG || memcmp(unpacked.bytes, ELFMAG, SELFMAG))
		return true;
	if (claims_are_plain(unpacked.bytes, unpacked.size))
		elf = elf_memory(unpacked.bytes, unpacked.size);
	sound = elf && is_sound(elf);
	elf_end(elf);
	return sound;
}

static bool is_mini_debug(Elf *elf, size_t names, Elf_Scn *section)
{
	GElf_Shdr header;
	const char *name =
		gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

	return name && !strcmp(name, ".gnu_debugdata");
}

bool mini_debug_is_sound(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names) < 0)
		return true;
	/* The first of that name is the one that libdwfl unpacks. */
	while ((section = elf_nextscn(elf, section)))
		if (is_mini_debug(elf, names, section)) {
			const Elf_Data *packed = elf_rawdata(section, NULL);

			return !packed || !packed->d_buf ||
			       unpacks_soundly(packed, MINI_DEBUG_BYTES_MAX);
		}
	return true;
}
