/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of a process, as something else may stand in for it; and strings of CPython in it. */
#ifndef PARTRACE_SYMBOL_PYTHON_MEMORY_H
#define PARTRACE_SYMBOL_PYTHON_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/symbol/target_memory.h"

struct python_layout;

struct python_memory {
	/* How many bytes were read, or -errno. -EFAULT: nothing is there. */
	ssize_t (*read)(void *context, uint64_t address, void *buffer, size_t size);
	void *context;
};

/* A living process. {.pid} at first; `memory` is to be closed. */
struct python_process {
	pid_t pid;
	struct target_memory memory;
};

/* The same, of such a process: context is a struct python_process *. */
ssize_t python_memory_read(void *context, uint64_t address, void *buffer, size_t size);

/* All of it. -EAGAIN: no such memory, so the pointer was torn or old; -ESRCH, -EPERM. */
int python_read(const struct python_memory *memory, uint64_t address, void *buffer, size_t size);

/*
 * As python_read() of `size`, but up to `more` bytes that follow come along, where they are there:
 * a call costs more than they do. `ret` is how many there are in all.
 */
int python_read_ahead(const struct python_memory *memory, uint64_t address, void *buffer,
		      size_t size, size_t more, size_t *ret);

/* Is it one a process of 64 bits may have, to an object of CPython's? */
static inline int python_is_pointer(uint64_t address)
{
	return address >= 4096 && address < 1ull << 56 && address % 8 == 0;
}

static inline uint64_t python_field(const uint8_t *object, size_t offset)
{
	uint64_t value;

	__builtin_memcpy(&value, object + offset, sizeof(value));
	return value;
}

static inline uint32_t python_field32(const uint8_t *object, size_t offset)
{
	uint32_t value;

	__builtin_memcpy(&value, object + offset, sizeof(value));
	return value;
}

/*
 * A str as UTF-8, always terminated, cut where a character ends; what has no UTF-8 (a surrogate,
 * NUL) is U+FFFD. `type` is the address of PyUnicode_Type. -EAGAIN: no whole str is there.
 */
int python_text(const struct python_memory *memory, const struct python_layout *layout,
		uint64_t type, uint64_t address, char *text, size_t room);

#endif
