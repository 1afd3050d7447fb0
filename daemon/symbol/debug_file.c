// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/debug_file.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>

#include "base/owned.h"
#include "daemon/symbol/claims.h"
#include "daemon/symbol/files.h"
#include "daemon/symbol/module.h"
#include "daemon/symbol/packed.h"

#define BUILD_ID_MAX 64

/* A file may lie under the wrong name, and whoever owns the process may have put it there. */
static bool is_right(int fd, const unsigned char *wanted, int size)
{
	Elf *elf = claims_of_file_are_plain(fd) ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
	const void *found = NULL;
	bool same = elf && elf_kind(elf) == ELF_K_ELF &&
		    dwelf_elf_gnu_build_id(elf, &found) == size &&
		    !memcmp(found, wanted, (size_t)size) && packed_is_bounded(elf);

	elf_end(elf);
	return same;
}

static int find_by_build_id(const unsigned char *id, int size, struct module *module)
{
	char path[64 + 2 * BUILD_ID_MAX];
	struct stat status;
	int length, fd;

	length = snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (int i = 1; i < size; i++)
		length += snprintf(path + length, sizeof(path) - (size_t)length, "%02x", id[i]);
	snprintf(path + length, sizeof(path) - (size_t)length, ".debug");
	fd = files_open_here(path, &status);
	if (fd < 0) {
		fd = files_open_in_root(module->pid, path, &status);
		module->is_debug_foreign = fd >= 0;
	}
	if (fd >= 0 && !is_right(fd, id, size)) {
		close(fd);
		return -1;
	}
	return fd < 0 ? -1 : fd;
}

/* As `objcopy --add-gnu-debuglink` names it, in the places in which gdb looks, in this order. */
static int find_by_link(const unsigned char *id, int size, const char *link, struct module *module)
{
	static const char *const places[] = { "%.*s/%s", "%.*s/.debug/%s",
					      "/usr/lib/debug%.*s/%s" };
	const char *slash = strrchr(module->path, '/');
	char path[PATH_MAX];
	struct stat status;

	if (!link || !*link || strchr(link, '/') || !slash)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int length = snprintf(path, sizeof(path), places[i], (int)(slash - module->path),
				      module->path, link);
		int fd = length < (int)sizeof(path) ? files_open_in_root(module->pid, path, &status)
						    : -ENAMETOOLONG;

		if (fd < 0)
			continue;
		if (is_right(fd, id, size)) {
			module->is_debug_foreign = true;
			return fd;
		}
		close(fd);
	}
	return -1;
}

int debug_file_find(Dwfl_Module *elf, void **userdata, const char *name, Dwarf_Addr base,
		    const char *path, const char *link, GElf_Word link_crc, char **ret_path)
{
	struct module *module = *userdata;
	const unsigned char *id;
	GElf_Addr address;
	int size = dwfl_module_build_id(elf, &id, &address);

	if (size >= 2 && size <= BUILD_ID_MAX) {
		int fd = find_by_build_id(id, size, module);

		return fd < 0 ? find_by_link(id, size, link, module) : fd;
	}
	/* Its checksum is compared, so a file of that name on this machine does for a container. */
	return dwfl_standard_find_debuginfo(elf, userdata, name, base, path, link, link_crc,
					    ret_path);
}
