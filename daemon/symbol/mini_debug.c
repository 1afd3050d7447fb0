// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/mini_debug.h"

#include <stdint.h>
#include <string.h>

#include <gelf.h>
#include <lzma.h>

#define PIECE_BYTES 65536u
/* As xz -9 needs, twice. */
#define DECODER_BYTES_MAX (128ull * 1024 * 1024)

static bool unpacks_within(const Elf_Data *packed, uint64_t max)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	uint8_t piece[PIECE_BYTES];
	lzma_ret r = lzma_stream_decoder(&stream, DECODER_BYTES_MAX, 0);

	stream.next_in = packed->d_buf;
	stream.avail_in = packed->d_size;
	while (r == LZMA_OK && stream.total_out <= max) {
		stream.next_out = piece;
		stream.avail_out = sizeof(piece);
		r = lzma_code(&stream, LZMA_FINISH);
	}
	lzma_end(&stream);
	return stream.total_out <= max && r != LZMA_MEMLIMIT_ERROR && r != LZMA_MEM_ERROR;
}

static bool is_mini_debug(Elf *elf, size_t names, Elf_Scn *section)
{
	GElf_Shdr header;
	const char *name =
		gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

	return name && !strcmp(name, ".gnu_debugdata");
}

bool mini_debug_is_bounded(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names) < 0)
		return true;
	while ((section = elf_nextscn(elf, section))) {
		const Elf_Data *packed =
			is_mini_debug(elf, names, section) ? elf_rawdata(section, NULL) : NULL;

		if (packed && packed->d_buf && !unpacks_within(packed, MINI_DEBUG_BYTES_MAX))
			return false;
	}
	return true;
}
