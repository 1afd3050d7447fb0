// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/stack_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

#define PIECE_BYTES 4096u
#define STRAYS_MAX  256u

void stack_memory_begin(struct stack_memory *memory)
{
	memory->more_size = 0;
	memory->more_ended = !memory->may_read_on;
	memory->strays = 0;
}

void stack_memory_end(struct stack_memory *memory)
{
	if (memory->more)
		explicit_bzero(memory->more, memory->more_size);
	memory->more_size = 0;
}

void stack_memory_release(struct stack_memory *memory)
{
	stack_memory_end(memory);
	target_memory_close(&memory->process);
	free(memory->more);
	memory->more = NULL;
	memory->more_room = 0;
}

static size_t read_process(struct stack_memory *memory, uint64_t address, void *buffer, size_t size)
{
	ssize_t got = target_memory_read_now(&memory->process, memory->pid, address, buffer, size);

	return got > 0 ? (size_t)got : 0;
}

static bool make_room(struct stack_memory *memory, size_t size)
{
	size_t room = memory->more_room ? memory->more_room : 4 * PIECE_BYTES;
	uint8_t *more;

	if (size <= memory->more_room)
		return true;
	while (room < size)
		room *= 2;
	more = malloc(room);
	if (!more)
		return false;
	/* Not realloc(), which would leave a copy of the stack behind. */
	if (memory->more_size) {
		memcpy(more, memory->more, memory->more_size);
		explicit_bzero(memory->more, memory->more_size);
	}
	free(memory->more);
	memory->more = more;
	memory->more_room = room;
	return true;
}

/* One piece more, up to the end of a page, which is also where a stack ends. */
static bool read_on(struct stack_memory *memory)
{
	uint64_t at = memory->from + memory->copy_size + memory->more_size;
	size_t piece = PIECE_BYTES - at % PIECE_BYTES, got;

	if (memory->more_ended || memory->more_size + piece > STACK_READ_ON_MAX ||
	    !make_room(memory, memory->more_size + piece))
		return false;
	got = read_process(memory, at, memory->more + memory->more_size, piece);
	memory->more_size += got;
	memory->more_ended = got < piece;
	return got > 0;
}

static bool read_stray(struct stack_memory *memory, uint64_t address, uint64_t *ret)
{
	if (!memory->may_read_on || memory->strays == STRAYS_MAX)
		return false;
	memory->strays++;
	return read_process(memory, address, ret, sizeof(*ret)) == sizeof(*ret);
}

/* A word may begin in the copy and end beyond it. */
static void take(const struct stack_memory *memory, size_t offset, uint64_t *ret)
{
	uint8_t bytes[sizeof(*ret)] = { 0 };

	for (size_t i = 0; i < sizeof(bytes); i++, offset++)
		bytes[i] = offset < memory->copy_size ? memory->copy[offset]
						      : memory->more[offset - memory->copy_size];
	memcpy(ret, bytes, sizeof(bytes));
}

bool stack_memory_read(void *context, uint64_t address, uint64_t *ret)
{
	struct stack_memory *memory = context;
	uint64_t offset = address - memory->from;

	if (offset < memory->copy_size && memory->copy_size - offset >= sizeof(*ret)) {
		memcpy(ret, memory->copy + offset, sizeof(*ret));
		return true;
	}
	if (offset >= memory->copy_size + STACK_READ_ON_MAX)
		return read_stray(memory, address, ret);
	while (offset + sizeof(*ret) > memory->copy_size + memory->more_size)
		if (!read_on(memory))
			return false;
	take(memory, offset, ret);
	return true;
}
