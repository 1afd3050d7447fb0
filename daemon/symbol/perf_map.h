/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of code that a runtime made up as it went: lines "START SIZE NAME", numbers in hex, as the
 * JVM's agents, Node and CPython write them to /tmp/perf-PID.map. Pure; anything else in it is left
 * out.
 */
#ifndef PARTRACE_SYMBOL_PERF_MAP_H
#define PARTRACE_SYMBOL_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

#define PERF_MAP_ENTRIES_MAX 262144u
#define PERF_MAP_BYTES_MAX   (32u * 1024u * 1024u)
#define PERF_MAP_NAME_MAX    512u

struct perf_map_entry {
	uint64_t start;
	uint64_t size;
	uint32_t name; /* where it begins in the text */
	uint32_t line; /* the later one is right: code is thrown away and its place used again */
};

struct perf_map {
	char *text;
	struct perf_map_entry *entries; /* ascending */
	size_t count;
	uint32_t malformed; /* whole lines that are none of those above, empty ones apart */
	uint32_t beyond;    /* lines after PERF_MAP_ENTRIES_MAX of them */
};

/* Takes `text` (malloc'ed, `size` bytes and a NUL after them), also when it fails. */
int perf_map_parse(char *text, size_t size, struct perf_map *ret);
void perf_map_release(struct perf_map *map);

/* NULL when it does not say; else the name, and how far the address is into it. */
const char *perf_map_find(const struct perf_map *map, uint64_t address, uint64_t *ret_offset);

#endif
