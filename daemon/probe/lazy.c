// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/lazy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096u

static size_t bytes_of(const struct lazy_array *array)
{
	return array->element_bytes * array->count;
}

/* The fewest elements that are whole pages together. */
static size_t chunk_of(size_t element_bytes)
{
	size_t chunk = 1;

	while (chunk * element_bytes % PAGE_BYTES)
		chunk++;
	return chunk;
}

int lazy_open(struct lazy_array *array, int fd, size_t element_bytes, size_t count)
{
	void *memory;

	*array = (struct lazy_array){ .fd = fd,
				      .element_bytes = element_bytes,
				      .count = count,
				      .chunk = chunk_of(element_bytes) };
	if (count % array->chunk)
		return -EINVAL;
	array->mapped = calloc(count / array->chunk, sizeof(*array->mapped));
	if (!array->mapped)
		return -ENOMEM;
	memory = mmap(NULL, bytes_of(array), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		      -1, 0);
	if (memory == MAP_FAILED) {
		free(array->mapped);
		array->mapped = NULL;
		return -errno;
	}
	array->memory = memory;
	return 0;
}

void lazy_close(struct lazy_array *array)
{
	if (array->memory)
		munmap(array->memory, bytes_of(array));
	free(array->mapped);
	*array = (struct lazy_array){ 0 };
}

void *lazy_at(struct lazy_array *array, size_t index)
{
	size_t chunk = index / array->chunk, bytes = array->chunk * array->element_bytes;

	if (index >= array->count)
		return NULL;
	if (!array->mapped[chunk]) {
		if (mmap(array->memory + chunk * bytes, bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, array->fd, (off_t)(chunk * bytes)) == MAP_FAILED)
			return NULL;
		array->mapped[chunk] = true;
	}
	return array->memory + index * array->element_bytes;
}
