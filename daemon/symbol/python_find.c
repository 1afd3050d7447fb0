// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/python_find.h"

#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/owned.h"
#include "daemon/symbol/claims.h"
#include "daemon/symbol/files.h"

/* The executable and each libpython: more than two are not ordinary, but a plug-in may do it. */
#define OBJECTS_MAX 8
/* Of tables, in one file: more was made to keep us busy; a static build has 2 MiB. */
#define TABLES_BYTES_MAX (64ull << 20)

/* The lowest mapping of a file. */
struct object {
	uint64_t start, end, offset, inode;
	char path[PATH_MAX];
};

struct wanted {
	const char *name;
	size_t field; /* of struct python_place */
};

static const struct wanted wanted[] = {
	{ "_PyRuntime", offsetof(struct python_place, runtime) },
	{ "Py_Version", offsetof(struct python_place, version) },
	{ "PyCode_Type", offsetof(struct python_place, code_type) },
	{ "PyUnicode_Type", offsetof(struct python_place, unicode_type) },
	{ "PyBytes_Type", offsetof(struct python_place, bytes_type) },
};

static void elf_endp(Elf **elf)
{
	if (*elf)
		elf_end(*elf);
}

/* What is added to the file's addresses: where its first mapped page went. */
static int load_bias(Elf *elf, const struct object *object, uint64_t *ret)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < count && i < 64; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_LOAD ||
		    (segment.p_offset & -page) != object->offset)
			continue;
		*ret = object->start - (segment.p_vaddr & -page);
		return 0;
	}
	return -EBADMSG;
}

/* An object found first wins, as for the dynamic linker: an executable may hold the copies. */
static void take_symbol(const char *name, uint64_t address, struct python_place *place)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		uint64_t *field = (uint64_t *)((char *)place + wanted[i].field);

		if (*field == 0 && strcmp(name, wanted[i].name) == 0)
			*field = address;
	}
}

/* A file, and how much of it may still be taken into memory: tables may claim the same bytes. */
struct source {
	Elf *elf;
	uint64_t bias;
	uint64_t bytes_left;
};

static bool may_load(struct source *source, size_t section)
{
	GElf_Shdr header;

	if (!gelf_getshdr(elf_getscn(source->elf, section), &header) ||
	    header.sh_size > source->bytes_left)
		return false;
	source->bytes_left -= header.sh_size;
	return true;
}

static void scan_symbols(struct source *source, Elf_Scn *section, const GElf_Shdr *header,
			 struct python_place *place)
{
	Elf_Data *data = NULL;
	size_t count;

	if (may_load(source, elf_ndxscn(section)) && may_load(source, header->sh_link))
		data = elf_getdata(section, NULL);
	count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
	for (size_t i = 1; i < count && i < INT_MAX; i++) {
		const char *name;
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol))
			return;
		if (symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT)
			continue;
		name = elf_strptr(source->elf, header->sh_link, symbol.st_name);
		if (name && name[0] == (name[1] == 'P' ? '_' : 'P'))
			take_symbol(name, symbol.st_value + source->bias, place);
	}
}

/* Tables of one kind. `.PyRuntime` is there from 3.10 on: who has none needs no long look. */
static bool scan_sections(struct source *source, uint32_t type, struct python_place *place)
{
	Elf_Scn *section = NULL;
	bool has_runtime = false;
	size_t names;

	if (elf_getshdrstrndx(source->elf, &names) < 0 || !may_load(source, names))
		return false;
	while ((section = elf_nextscn(source->elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(source->elf, names, header.sh_name);
		has_runtime |= name && strcmp(name, ".PyRuntime") == 0;
		if (header.sh_type == type)
			scan_symbols(source, section, &header, place);
	}
	return has_runtime;
}

static void scan_object(pid_t pid, const struct object *object, struct python_place *place)
{
	const struct mapping mapping = { .start = object->start,
					 .end = object->end,
					 .inode = object->inode,
					 .path = object->path };
	struct stat status;
	_cleanup_close_ int fd = files_open_mapping(pid, &mapping, &status);
	struct source source = { .bytes_left = TABLES_BYTES_MAX };
	_cleanup_(elf_endp) Elf *elf = NULL;

	/* Read, not mapped: whoever owns the file may cut it short meanwhile. */
	if (fd < 0 || !claims_of_file_are_plain(fd) || elf_version(EV_CURRENT) == EV_NONE ||
	    !(elf = elf_begin(fd, ELF_C_READ, NULL)) || load_bias(elf, object, &source.bias) < 0)
		return;
	source.elf = elf;
	if (scan_sections(&source, SHT_DYNSYM, place) && !place->runtime)
		scan_sections(&source, SHT_SYMTAB, place);
}

static bool is_candidate(const char *path, const char *executable)
{
	const char *slash = strrchr(path, '/');

	return strcmp(path, executable) == 0 ||
	       (slash && strncmp(slash + 1, "libpython", strlen("libpython")) == 0);
}

static bool parse_mapping(const char *line, struct object *ret)
{
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %" SCNu64 " %n", &ret->start,
		   &ret->end, &ret->offset, &ret->inode, &path) != 4 ||
	    line[path] != '/')
		return false;
	snprintf(ret->path, sizeof(ret->path), "%s", line + path);
	ret->path[strcspn(ret->path, "\n")] = '\0';
	return true;
}

/* Calls scan_object() for the lowest mapping of the executable, and of each libpython after it. */
static int scan_mappings(pid_t pid, const char *executable, bool libraries,
			 struct python_place *place)
{
	_cleanup_fclose_ FILE *maps = NULL;
	_cleanup_free_ char *line = NULL;
	char seen[PATH_MAX] = "", name[64];
	struct object object;
	size_t size = 0;
	int left = OBJECTS_MAX;

	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	maps = fopen(name, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (left > 0 && getline(&line, &size, maps) > 0) {
		bool is_executable;

		if (!parse_mapping(line, &object) || !is_candidate(object.path, executable))
			continue;
		is_executable = strcmp(object.path, executable) == 0;
		if (is_executable == libraries || strcmp(object.path, seen) == 0)
			continue;
		snprintf(seen, sizeof(seen), "%s", object.path);
		scan_object(pid, &object, place);
		left--;
	}
	return ferror(maps) ? -ESRCH : 0;
}

int python_find(pid_t pid, struct python_place *ret)
{
	struct python_place place = { 0 };
	char name[64], executable[PATH_MAX];
	ssize_t length;
	int r;

	snprintf(name, sizeof(name), "/proc/%d/exe", pid);
	length = readlink(name, executable, sizeof(executable) - 1);
	if (length < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	executable[length] = '\0';
	r = scan_mappings(pid, executable, false, &place);
	if (r == 0)
		r = scan_mappings(pid, executable, true, &place);
	if (r < 0)
		return r;
	if (!place.runtime)
		return -ENOENT;
	if (!place.code_type || !place.unicode_type || !place.bytes_type)
		return -EOPNOTSUPP;
	*ret = place;
	return 0;
}
