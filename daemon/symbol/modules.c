// SPDX-License-Identifier: BSD-2-Clause
/* Which modules are open, and which of them is mapped where. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/files.h"
#include "daemon/symbol/module.h"

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
		.fd = -1,
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
		uint64_t refused = files_refused();

		module = find(modules, pid, mapping);
		/* One that could not be opened for now is asked for again. */
		if (module || files_refused() == refused)
			mapping->module = module ? module->id : MAPPING_NO_MODULE;
	}
	if (!module)
		return NULL;
	module->used = modules->uses;
	/* Its debug file is looked for in the root of a process that is there. */
	module->pid = pid;
	return module->fd >= 0 ? module : NULL;
}

bool modules_rest(struct modules *modules)
{
	bool rested = false;

	for (size_t i = 0; i < MODULES_MAX; i++)
		rested |= module_rest(&modules->slots[i]);
	return rested;
}
