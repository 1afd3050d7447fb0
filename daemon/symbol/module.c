// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/symbol/claims.h"
#include "daemon/symbol/debug_file.h"
#include "daemon/symbol/packed.h"

/* Functions in assembly may tell no size. */
#define UNSIZED_FUNCTION_MAX 256u
#define NAMELESS_MAX         4096u
#define PAGE_MASK            4095ull

/* The file is closed with it. */
static void release_read(struct module *module)
{
	symbols_release(&module->functions);
	symbols_release(&module->objects);
	globals_release(&module->globals);
	units_release(&module->units);
	module->has_symbols = module->has_globals = module->has_units = false;
	dwfl_end(module->dwfl);
	module->dwfl = NULL;
	module->elf = NULL;
	module->fd = -1;
}

void module_release(struct module *module)
{
	if (module->dwfl)
		release_read(module);
	else if (module->id && module->fd >= 0)
		close(module->fd);
	free(module->path);
	*module = (struct module){ 0 };
}

/* ---- opening ---- */

static bool is_for_this_machine(Elf *elf)
{
	GElf_Ehdr header;

	return gelf_getehdr(elf, &header) && gelf_getclass(elf) == ELFCLASS64 &&
	       header.e_machine == EM_X86_64 &&
	       (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

static void read_segments(struct module *module, Elf *elf)
{
	GElf_Ehdr file;
	size_t count;

	if (gelf_getehdr(elf, &file))
		module->entry = file.e_entry;
	if (elf_getphdrnum(elf, &count) < 0)
		return;
	for (size_t i = 0; i < count && module->segments_count < MODULE_SEGMENTS_MAX; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD)
			continue;
		module->segments[module->segments_count++] = (struct module_segment){
			.offset = header.p_offset,
			.address = header.p_vaddr,
			.file_size = header.p_filesz,
			.memory_size = header.p_memsz,
			.is_executable = header.p_flags & PF_X,
		};
	}
}

/* Looked at before libdwfl does, which would unpack compressed files, too. */
static bool look_at(struct module *module, int fd)
{
	Elf *elf = claims_of_file_are_plain(fd) ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
	bool is_right = elf && elf_kind(elf) == ELF_K_ELF && is_for_this_machine(elf) &&
			packed_is_bounded(elf);

	if (is_right)
		read_segments(module, elf);
	elf_end(elf);
	return is_right && module->segments_count;
}

/* Takes `fd`, also when it fails. */
static void report(struct module *module, int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = debug_file_find,
	};
	void **userdata;

	module->fd = -1;
	module->dwfl = dwfl_begin(&callbacks);
	if (!module->dwfl) {
		close(fd);
		return;
	}
	dwfl_report_begin(module->dwfl);
	module->elf = dwfl_report_elf(module->dwfl, module->path, module->path, fd, 0, true);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (!module->elf) {
		dwfl_end(module->dwfl);
		module->dwfl = NULL;
		close(fd);
		return;
	}
	module->fd = fd;
	/* dwfl_report_elf() owns it only now. */
	dwfl_module_info(module->elf, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = module;
}

void module_open(struct module *module, int fd)
{
	int own;

	module->fd = -1;
	if (!module->path || !look_at(module, fd))
		return;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own >= 0)
		report(module, own);
}

/* libdwfl may have closed it: then the number is free, or another file's. */
static bool is_still_open(const struct module *module)
{
	struct stat status;

	return fstat(module->fd, &status) == 0 && (uint64_t)status.st_size == module->size &&
	       (!module->inode || status.st_ino == module->inode);
}

bool module_rest(struct module *module)
{
	int own;

	if (!module->dwfl || module->is_debug_foreign || !is_still_open(module))
		return false;
	own = fcntl(module->fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return false;
	release_read(module);
	module->fd = own;
	return true;
}

bool module_is_awake(struct module *module)
{
	if (!module->dwfl && module->fd >= 0)
		report(module, module->fd);
	return module->dwfl != NULL;
}

/* ---- addresses ---- */

/*
 * A page may hold the end of one segment and the beginning of the next, and is mapped for each. A
 * segment's own mapping may be split, but it begins no earlier.
 */
int module_bias(const struct module *module, const struct mapping *mapping, uint64_t *ret)
{
	const struct module_segment *found = NULL;

	for (size_t i = 0; i < module->segments_count; i++) {
		const struct module_segment *segment = &module->segments[i];

		if ((segment->offset & ~PAGE_MASK) > mapping->file_offset ||
		    segment->offset + segment->file_size <= mapping->file_offset)
			continue;
		if (!found || segment->is_executable == mapping->is_executable ||
		    found->is_executable != mapping->is_executable)
			found = segment;
	}
	if (!found)
		return -ENXIO;
	*ret = mapping->start - ((found->address & ~PAGE_MASK) + mapping->file_offset -
				 (found->offset & ~PAGE_MASK));
	return 0;
}

const struct module_segment *module_segment(const struct module *module, uint64_t address)
{
	for (size_t i = 0; i < module->segments_count; i++) {
		const struct module_segment *segment = &module->segments[i];

		if (address - segment->address < segment->memory_size)
			return segment;
	}
	return NULL;
}

bool module_read(struct module *module, uint64_t address, void *buffer, size_t size)
{
	const struct module_segment *segment = module_segment(module, address);
	GElf_Addr bias;
	Elf *elf =
		segment && module_is_awake(module) ? dwfl_module_getelf(module->elf, &bias) : NULL;
	uint64_t into = segment ? address - segment->address : 0;
	size_t file_size;
	char *bytes = elf ? elf_rawfile(elf, &file_size) : NULL;

	if (!bytes || into >= segment->file_size || segment->file_size - into < size ||
	    segment->offset > file_size || file_size - segment->offset < into + size)
		return false;
	memcpy(buffer, bytes + segment->offset + into, size);
	return true;
}

/* ---- names ---- */

static void want_symbols(struct module *module)
{
	if (module->has_symbols || !module_is_awake(module))
		return;
	module->has_symbols = true;
	symbols_read(module->elf, &module->functions, &module->objects);
}

const struct symbol *module_function(struct module *module, uint64_t address)
{
	want_symbols(module);
	return symbols_find(&module->functions, address, UNSIZED_FUNCTION_MAX);
}

uint64_t module_nameless_start(struct module *module, uint64_t address)
{
	const struct module_segment *segment = module_segment(module, address);
	uint64_t start = segment ? segment->address : address;
	uint64_t end;

	want_symbols(module);
	end = symbols_end_before(&module->functions, address);
	if (end > start)
		start = end;
	return address - start > NAMELESS_MAX ? address - NAMELESS_MAX : start;
}

const struct symbol *module_object(struct module *module, uint64_t address)
{
	want_symbols(module);
	return symbols_find(&module->objects, address, 1);
}

uint64_t module_variable(struct module *module, const char *name)
{
	size_t length = strlen(name);

	want_symbols(module);
	for (size_t i = 0; i < module->objects.count; i++) {
		const struct symbol *symbol = &module->objects.list[i];

		if (!strncmp(symbol->name, name, length) &&
		    (!symbol->name[length] || symbol->name[length] == '@'))
			return symbol->address;
	}
	return 0;
}

const char *module_code_line(struct module *module, uint64_t address, uint64_t *ret_line)
{
	if (!module->has_units && module_is_awake(module)) {
		module->has_units = true;
		units_read(module->elf, &module->units);
	}
	return units_line(&module->units, address, ret_line);
}

const char *module_data_line(struct module *module, uint64_t address, uint64_t *ret_line)
{
	if (!module->has_globals && module_is_awake(module)) {
		module->has_globals = true;
		globals_read(module->elf, &module->globals);
	}
	return globals_find(&module->globals, address, ret_line);
}
