// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/packed.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <gelf.h>

/* The older form, which the name tells: "ZLIB", then the size as eight bytes, the highest first. */
static uint64_t size_of_named(Elf_Scn *section, const char *name)
{
	const Elf_Data *data = NULL;
	uint64_t size = 0;

	if (name && !strncmp(name, ".zdebug", strlen(".zdebug")))
		data = elf_rawdata(section, NULL);
	if (data && data->d_buf && data->d_size >= 12 && !memcmp(data->d_buf, "ZLIB", 4))
		memcpy(&size, (const char *)data->d_buf + 4, sizeof(size));
	return be64toh(size);
}

static uint64_t unpacked_size(Elf *elf, size_t names, Elf_Scn *section)
{
	GElf_Shdr header;
	GElf_Chdr packed;

	if (!gelf_getshdr(section, &header))
		return 0;
	if (header.sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &packed) ? packed.ch_size : 0;
	return size_of_named(section, elf_strptr(elf, names, header.sh_name));
}

bool packed_is_bounded(Elf *elf)
{
	uint64_t left = PACKED_BYTES_MAX;
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return true;
	while ((section = elf_nextscn(elf, section))) {
		uint64_t size = unpacked_size(elf, names, section);

		if (size > left)
			return false;
		left -= size;
	}
	return true;
}
