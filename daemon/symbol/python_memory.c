// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/python_memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/symbol/python_layout.h"

#define REPLACEMENT    0xfffd
#define TEXT_BYTES_MAX 1024
/* Most names and paths come with the first read of their str. */
#define TEXT_AHEAD 160

ssize_t python_memory_read(void *context, uint64_t address, void *buffer, size_t size)
{
	struct python_process *process = context;
	ssize_t got = target_memory_read_now(&process->memory, process->pid, address, buffer, size);

	return got == -EIO ? -EFAULT : got;
}

int python_read(const struct python_memory *memory, uint64_t address, void *buffer, size_t size)
{
	ssize_t got = memory->read(memory->context, address, buffer, size);

	if (got == -EFAULT || (got >= 0 && (size_t)got != size))
		return -EAGAIN;
	return got < 0 ? (int)got : 0;
}

int python_read_ahead(const struct python_memory *memory, uint64_t address, void *buffer,
		      size_t size, size_t more, size_t *ret)
{
	ssize_t got = memory->read(memory->context, address, buffer, size + more);
	int r = 0;

	if (got < (ssize_t)size) {
		r = python_read(memory, address, buffer, size);
		got = (ssize_t)size;
	}
	if (r == 0)
		*ret = (size_t)got;
	return r;
}

/* How many bytes it takes; none is written where they do not all fit. */
static size_t put_utf8(uint32_t point, char *out, size_t room)
{
	static const uint8_t head[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	if (bytes > room)
		return bytes;
	for (size_t i = bytes - 1; i > 0; i--, point >>= 6)
		out[i] = (char)(0x80 | (point & 0x3f));
	out[0] = (char)(head[bytes] | point);
	return bytes;
}

static uint32_t code_point(const uint8_t *data, unsigned int width, size_t index)
{
	uint32_t point = 0;

	memcpy(&point, data + index * width, width);
	return point;
}

static int encode(const uint8_t *data, unsigned int width, size_t length, bool ascii, char *text,
		  size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		uint32_t point = code_point(data, width, i);
		size_t bytes;

		if (point > (ascii ? 0x7fu : 0x10ffffu))
			return -EAGAIN;
		if (point == 0 || (point >= 0xd800 && point < 0xe000))
			point = REPLACEMENT;
		bytes = put_utf8(point, text + used, room - 1 - used);
		if (bytes > room - 1 - used)
			break;
		used += bytes;
	}
	text[used] = '\0';
	return 0;
}

/* Where its characters are, and how many: as many as are looked at. */
struct text {
	unsigned int width;
	bool ascii;
	uint64_t offset, take;
};

static int parse_head(const uint8_t *head, const struct python_layout *layout, uint64_t type,
		      size_t room, struct text *ret)
{
	unsigned int state = python_field32(head, layout->text_state);
	uint64_t length = python_field(head, layout->text_length);
	struct text text = { .width = PYTHON_TEXT_WIDTH(state),
			     .ascii = state & PYTHON_TEXT_ASCII };

	if (python_field(head, layout->object_type) != type || !(state & PYTHON_TEXT_COMPACT) ||
	    (text.width != 1 && text.width != 2 && text.width != 4) ||
	    (text.ascii && text.width != 1) || length > 1 << 24)
		return -EAGAIN;
	text.take = length < room ? length : room;
	if (text.take > TEXT_BYTES_MAX / text.width)
		text.take = TEXT_BYTES_MAX / text.width;
	text.offset = text.ascii ? layout->text_ascii_data : layout->text_other_data;
	*ret = text;
	return 0;
}

int python_text(const struct python_memory *memory, const struct python_layout *layout,
		uint64_t type, uint64_t address, char *text, size_t room)
{
	uint8_t head[PYTHON_TEXT_MAX + TEXT_AHEAD], rest[TEXT_BYTES_MAX];
	const uint8_t *data = rest;
	struct text found = { 0 };
	size_t got = 0, bytes;
	int r;

	if (!python_is_pointer(address))
		return -EAGAIN;
	r = python_read_ahead(memory, address, head, layout->text_size, TEXT_AHEAD, &got);
	if (r == 0)
		r = parse_head(head, layout, type, room, &found);
	if (r < 0)
		return r;
	bytes = found.take * found.width;
	if (found.offset + bytes <= got)
		data = head + found.offset;
	else
		r = python_read(memory, address + found.offset, rest, bytes);
	return r < 0 ? r : encode(data, found.width, found.take, found.ascii, text, room);
}
