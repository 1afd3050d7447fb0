// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/claims.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

/* Where there are more, the first section's header has their number. */
bool claims_are_plain(const void *file, size_t size)
{
	Elf64_Ehdr header;

	if (size < sizeof(header))
		return false;
	memcpy(&header, file, sizeof(header));
	return !memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_ident[EI_CLASS] == ELFCLASS64 &&
	       (header.e_shnum || !header.e_shoff) && header.e_phnum != PN_XNUM;
}

bool claims_of_file_are_plain(int fd)
{
	Elf64_Ehdr header;

	return pread(fd, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
	       claims_are_plain(&header, sizeof(header));
}
