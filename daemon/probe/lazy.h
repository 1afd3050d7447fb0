/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A BPF array in memory, mapped by and by: the kernel makes all of what is mapped resident at once.
 * It lies at one address range from the start; what is not mapped yet reads as zeros.
 */
#ifndef PARTRACE_PROBE_LAZY_H
#define PARTRACE_PROBE_LAZY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lazy_array {
	int fd; /* the map's */
	uint8_t *memory;
	size_t element_bytes;
	size_t count;
	size_t chunk; /* elements that are whole pages together */
	bool *mapped; /* [chunks] */
};

/* `element_bytes` * `count` must be whole pages. 0 or -errno. */
int lazy_open(struct lazy_array *array, int fd, size_t element_bytes, size_t count);
void lazy_close(struct lazy_array *array);

/* The element, mapped; NULL when that fails or there is no such. */
void *lazy_at(struct lazy_array *array, size_t index);

#endif
