// SPDX-License-Identifier: BSD-2-Clause
/* What lies at an address of a process's data. */
#include <string.h>

#include "base/units.h"
#include "daemon/symbol/names.h"
#include "daemon/symbol/sigbus.h"
#include "daemon/symbol/symbolizer_parts.h"

/* Memory that processes share is no file to the reader, whatever it is to the kernel. */
static bool is_memory(const char *path)
{
	return !strcmp(path, "/dev/zero") || !strncmp(path, "/memfd:", strlen("/memfd:")) ||
	       !strncmp(path, "/dev/shm/", strlen("/dev/shm/")) ||
	       !strncmp(path, "/SYSV", strlen("/SYSV"));
}

static const char *mapping_name(const struct mapping *mapping)
{
	if (mapping->is_shared && is_memory(mapping->path))
		return "shared";
	if (mapping->inode)
		return "file";
	if (!strcmp(mapping->path, "[heap]"))
		return "heap";
	if (!strncmp(mapping->path, "[stack", strlen("[stack")))
		return "stack";
	return "anonymous";
}

/*
 * Variables that begin as zeros lie behind their file's last page, in memory that belongs to no
 * file (and that the kernel may take for a part of the heap).
 */
static struct mapping *mapping_of_file(const struct maps *maps, struct mapping *mapping)
{
	struct mapping *at = mapping;

	while (!at->inode && at > maps->list && at[-1].end == at->start)
		at--;
	return at->inode && !at->is_shared ? at : NULL;
}

static void name_symbol(struct symbolizer *symbolizer, struct module *module, uint64_t address,
			struct symbol_place *place)
{
	const struct symbol *symbol = module_object(module, address);
	const char *file;

	place->offset = address;
	if (!symbol)
		return;
	place->symbol = names_keep(symbolizer->texts, symbol->name);
	if (!place->symbol)
		return;
	place->offset = address - symbol->address;
	file = module_data_line(module, symbol->address, &place->line);
	place->file = file ? symbolizer_text(symbolizer, file) : NULL;
	if (!place->file)
		place->line = UINT64_MAX;
}

static bool name_in_module(struct symbolizer *symbolizer, struct process *process,
			   struct mapping *mapping, uint64_t address, struct symbol_place *place)
{
	struct mapping *file = mapping_of_file(&process->maps, mapping);
	struct module *module = file ? modules_get(symbolizer->modules, process->pid, file) : NULL;
	uint64_t bias;

	if (!module || module_bias(module, file, &bias) < 0 ||
	    !module_segment(module, address - bias))
		return false;
	place->module = symbolizer_path(symbolizer, file);
	place->mapping = "file";
	place->device_major = file->device_major;
	place->device_minor = file->device_minor;
	place->inode = file->inode;
	if (file == mapping)
		place->file_offset = address - file->start + file->file_offset;
	name_symbol(symbolizer, module, address - bias, place);
	return true;
}

static void name_mapping(struct symbolizer *symbolizer, struct mapping *mapping, uint64_t address,
			 struct symbol_place *place)
{
	place->mapping = mapping_name(mapping);
	place->offset = address - mapping->start;
	place->is_shared = mapping->is_shared;
	place->module = symbolizer_path(symbolizer, mapping);
	if (!mapping->inode)
		return;
	place->offset += mapping->file_offset;
	place->device_major = mapping->device_major;
	place->device_minor = mapping->device_minor;
	place->inode = mapping->inode;
	place->file_offset = place->offset;
}

int symbolizer_place(struct symbolizer *symbolizer, pid_t pid, uint64_t address,
		     struct symbol_place *ret)
{
	struct symbol_place place = { .mapping = "unknown", .line = UINT64_MAX };
	uint64_t now_ns = monotonic_ns();
	struct process *process;
	struct mapping *mapping;
	int r = symbolizer_process(symbolizer, pid, now_ns, &process);

	if (r < 0)
		return r;
	mapping = maps_find(&process->maps, address);
	if (!mapping) {
		process_look_again(process, now_ns);
		mapping = maps_find(&process->maps, address);
	}
	modules_use(symbolizer->modules);
	sigbus_begin();
	if (mapping &&
	    (mapping->is_shared || !name_in_module(symbolizer, process, mapping, address, &place)))
		name_mapping(symbolizer, mapping, address, &place);
	sigbus_end();
	*ret = place;
	return 0;
}
