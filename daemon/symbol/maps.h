/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies where in a process's memory, out of the text of /proc/PID/maps. Pure. */
#ifndef PARTRACE_SYMBOL_MAPS_H
#define PARTRACE_SYMBOL_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's own default for one process (vm.max_map_count) is 65,530. */
#define MAPS_MAX 65536u

#define MAPPING_NO_MODULE UINT64_MAX /* asked: it is none */

struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t file_offset;
	uint64_t inode; /* 0: no file */
	uint32_t device_major;
	uint32_t device_minor;
	bool is_executable;
	bool is_shared;
	const char *path; /* into the maps' text; "" for none; without " (deleted)" */
	/* Which of the modules it is, as their owner remembers it; 0 before it has been asked. */
	uint64_t module;
	const char *kept_path; /* interned, once somebody wanted it */
};

struct maps {
	char *text;
	struct mapping *list; /* ascending, none overlaps the next */
	size_t count;
};

/* Takes `text` (malloc'ed, NUL-terminated), also when it fails: lines that are none are left out.
 */
int maps_parse(char *text, struct maps *ret);
void maps_release(struct maps *maps);

/* NULL when nothing is mapped there. */
struct mapping *maps_find(const struct maps *maps, uint64_t address);

#endif
