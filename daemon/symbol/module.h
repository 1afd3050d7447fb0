/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files, each opened once for all processes that map it: known by device, inode, size and time
 * of change. Addresses here are the file's own (st_value's), whatever they are in a process.
 */
#ifndef PARTRACE_SYMBOL_MODULE_H
#define PARTRACE_SYMBOL_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <elfutils/libdwfl.h>

#include "daemon/symbol/globals.h"
#include "daemon/symbol/maps.h"
#include "daemon/symbol/symbols.h"
#include "daemon/symbol/units.h"

#define MODULES_MAX         256u
#define MODULE_SEGMENTS_MAX 16u

struct module_segment {
	uint64_t offset;
	uint64_t address;
	uint64_t file_size;
	uint64_t memory_size;
	bool is_executable;
};

struct module {
	uint64_t id; /* never used again; its remainder by MODULES_MAX is the slot; 0: free */
	uint64_t used;
	uint32_t device_major, device_minor;
	uint64_t inode;      /* 0: the vDSO, which is the same for all */
	uint64_t size;       /* of the file; with its time of change, tells one that was */
	uint64_t changed_ns; /* written anew */
	char *path;
	int fd;     /* the file: of `dwfl`, or our own while that rests; -1: no ELF file that can be
		       read here */
	Dwfl *dwfl; /* NULL: none, or at rest */
	Dwfl_Module *elf;
	struct module_segment segments[MODULE_SEGMENTS_MAX];
	size_t segments_count;
	uint64_t entry; /* where the program begins; 0 for most libraries */
	struct symbols functions, objects;
	struct globals globals;
	struct units units;
	bool has_symbols, has_globals, has_units; /* have been looked for */
	bool is_debug_foreign; /* its debug file is in a process's root, and may go with it */
	pid_t pid;             /* in whose root its debug file is looked for, too */
};

struct modules;

/* 0 or -ENOMEM. */
int modules_new(struct modules **ret);
/* Closes all files; what was returned ends with it. */
void modules_free(struct modules *modules);
/* Those that are remembered. */
size_t modules_count(const struct modules *modules);

/*
 * The module that is mapped there, opened if need be; NULL when there is none. What has been
 * returned since modules_use() stays; the one used longest ago makes room for others.
 */
struct module *modules_get(struct modules *modules, pid_t pid, struct mapping *mapping);
void modules_use(struct modules *modules);

/*
 * Lets go of all that was read of them, until somebody asks for it. Files stay open, and what was
 * found in them is found again; what lived as long as the module ends. False: nothing was let go.
 */
bool modules_rest(struct modules *modules);

/* For modules.c: reads the file that is open there, and lets go of all that was read of it. */
void module_open(struct module *module, int fd);
bool module_rest(struct module *module);
void module_release(struct module *module);

/* Has an ELF file that is read now; one at rest is woken. */
bool module_is_awake(struct module *module);

/* How far the module is moved in a process where this mapping is a part of it; or -ENXIO. */
int module_bias(const struct module *module, const struct mapping *mapping, uint64_t *ret);
/* The segment that holds the address, also beyond what of it is in the file (.bss); or NULL. */
const struct module_segment *module_segment(const struct module *module, uint64_t address);
/* What the file holds there: code, not data that was written since. False beyond its end. */
bool module_read(struct module *module, uint64_t address, void *buffer, size_t size);

/* The function that the module's own address is in; NULL: none is known. */
const struct symbol *module_function(struct module *module, uint64_t address);
/* Where the code without a name that the address is in may begin: behind what has one. */
uint64_t module_nameless_start(struct module *module, uint64_t address);
/* The variable that it is in, likewise. */
const struct symbol *module_object(struct module *module, uint64_t address);
/* Where a variable is, by its name as in the file, without a version; 0: there is none. */
uint64_t module_variable(struct module *module, const char *name);
/* Source of the code at, or of the variable that begins at, an address; NULL: not known. */
const char *module_code_line(struct module *module, uint64_t address, uint64_t *ret_line);
const char *module_data_line(struct module *module, uint64_t address, uint64_t *ret_line);

#endif
