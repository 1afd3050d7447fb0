// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/debug_file.h"
#include "daemon/symbol/files.h"

/* Functions in assembly may tell no size. */
#define UNSIZED_FUNCTION_MAX 256u
#define NAMELESS_MAX         4096u
#define PAGE_MASK            4095ull

struct modules {
	struct module slots[MODULES_MAX];
	uint64_t uses;
	uint64_t ids;
};

int modules_new(struct modules **ret)
{
	struct modules *modules = calloc(1, sizeof(*modules));

	if (!modules)
		return -ENOMEM;
	elf_version(EV_CURRENT);
	*ret = modules;
	return 0;
}

static void module_release(struct module *module)
{
	symbols_release(&module->functions);
	symbols_release(&module->objects);
	globals_release(&module->globals);
	units_release(&module->units);
	if (module->dwfl)
		dwfl_end(module->dwfl);
	free(module->path);
	*module = (struct module){ 0 };
}

void modules_free(struct modules *modules)
{
	for (size_t i = 0; modules && i < MODULES_MAX; i++)
		module_release(&modules->slots[i]);
	free(modules);
}

size_t modules_count(const struct modules *modules)
{
	size_t count = 0;

	for (size_t i = 0; i < MODULES_MAX; i++)
		count += modules->slots[i].id != 0;
	return count;
}

void modules_use(struct modules *modules)
{
	modules->uses++;
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
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool is_right = elf && elf_kind(elf) == ELF_K_ELF && is_for_this_machine(elf);

	if (is_right)
		read_segments(module, elf);
	elf_end(elf);
	return is_right && module->segments_count;
}

static void report(struct module *module, int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = debug_file_find,
	};
	void **userdata;

	module->dwfl = dwfl_begin(&callbacks);
	if (!module->dwfl)
		return;
	dwfl_report_begin(module->dwfl);
	module->elf = dwfl_report_elf(module->dwfl, module->path, module->path, fd, 0, true);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (!module->elf) {
		dwfl_end(module->dwfl);
		module->dwfl = NULL;
		return;
	}
	/* dwfl_report_elf() owns it only now. */
	dwfl_module_info(module->elf, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = module;
}

static void module_open(struct module *module, int fd)
{
	int own;

	if (!module->path || !look_at(module, fd))
		return;
	own = dup(fd);
	if (own < 0)
		return;
	report(module, own);
	if (!module->dwfl)
		close(own);
}

/* ---- finding ---- */

static bool is_file_of(const struct module *module, const struct mapping *mapping)
{
	return module->id && module->inode == mapping->inode &&
	       module->device_major == mapping->device_major &&
	       module->device_minor == mapping->device_minor;
}

static bool is_same(const struct module *module, const struct mapping *mapping,
		    const struct stat *status)
{
	return is_file_of(module, mapping) && module->size == (uint64_t)status->st_size &&
	       module->changed_ns == timespec_ns(status->st_mtim);
}

/* NULL when all are in use right now. */
static struct module *take_slot(struct modules *modules)
{
	struct module *found = NULL;

	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct module *module = &modules->slots[i];

		if (!module->id)
			return module;
		if (module->used != modules->uses && (!found || module->used < found->used))
			found = module;
	}
	if (found)
		module_release(found);
	return found;
}

static struct module *add(struct modules *modules, pid_t pid, const struct mapping *mapping, int fd,
			  const struct stat *status)
{
	struct module *module = take_slot(modules);

	if (!module)
		return NULL;
	*module = (struct module){
		.id = ++modules->ids * MODULES_MAX + (uint64_t)(module - modules->slots),
		.device_major = mapping->device_major,
		.device_minor = mapping->device_minor,
		.inode = mapping->inode,
		.size = (uint64_t)status->st_size,
		.changed_ns = timespec_ns(status->st_mtim),
		.path = strdup(mapping->path),
		.pid = pid,
	};
	module_open(module, fd);
	return module;
}

/* A file that cannot be opened any more may still be known. */
static struct module *find(struct modules *modules, pid_t pid, const struct mapping *mapping)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	fd = files_open_mapping(pid, mapping, &status);
	for (size_t i = 0; i < MODULES_MAX; i++) {
		struct module *module = &modules->slots[i];

		if (fd < 0 ? is_file_of(module, mapping) : is_same(module, mapping, &status))
			return module;
	}
	return fd < 0 ? NULL : add(modules, pid, mapping, fd, &status);
}

/* Memory of no file is none, but for the one that the kernel brings along. */
static bool may_be_module(const struct mapping *mapping)
{
	return mapping->module != MAPPING_NO_MODULE &&
	       (mapping->inode || !strcmp(mapping->path, "[vdso]"));
}

struct module *modules_get(struct modules *modules, pid_t pid, struct mapping *mapping)
{
	struct module *module = &modules->slots[mapping->module % MODULES_MAX];

	if (!may_be_module(mapping))
		return NULL;
	if (!mapping->module || module->id != mapping->module) {
		module = find(modules, pid, mapping);
		mapping->module = module ? module->id : MAPPING_NO_MODULE;
	}
	if (!module)
		return NULL;
	module->used = modules->uses;
	/* Its debug file is looked for in the root of a process that is there. */
	module->pid = pid;
	return module->dwfl ? module : NULL;
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

bool module_read(const struct module *module, uint64_t address, void *buffer, size_t size)
{
	const struct module_segment *segment = module_segment(module, address);
	GElf_Addr bias;
	Elf *elf = segment ? dwfl_module_getelf(module->elf, &bias) : NULL;
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
	if (module->has_symbols)
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

const char *module_code_line(struct module *module, uint64_t address, uint64_t *ret_line)
{
	if (!module->has_units) {
		module->has_units = true;
		units_read(module->elf, &module->units);
	}
	return units_line(&module->units, address, ret_line);
}

const char *module_data_line(struct module *module, uint64_t address, uint64_t *ret_line)
{
	if (!module->has_globals) {
		module->has_globals = true;
		globals_read(module->elf, &module->globals);
	}
	return globals_find(&module->globals, address, ret_line);
}
