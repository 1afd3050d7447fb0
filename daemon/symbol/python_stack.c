// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/python_lines.h"
#include "daemon/symbol/python_parts.h"

/* No function is as long as that; a line beyond is not worth the reading. */
#define TABLE_MAX (1 << 20)
/* Most tables come with the first read. */
#define TABLE_AHEAD 512

/* One _PyInterpreterFrame that runs code. */
struct link {
	uint64_t code;
	uint64_t instruction;
	bool is_entry;
};

struct chain {
	struct link *links;
	size_t room, count;
};

static void chain_release(struct chain *chain)
{
	free(chain->links);
}

static int chain_allocate(struct chain *chain, size_t room)
{
	chain->room = room;
	chain->links = calloc(room, sizeof(*chain->links));
	return chain->links ? 0 : -ENOMEM;
}

/* Where a call from C is marked by a frame of its own, the one called by it is the entry. */
static void end_entry(struct chain *chain)
{
	if (chain->count)
		chain->links[chain->count - 1].is_entry = true;
}

static int read_link(struct python *python, uint64_t address, struct chain *chain,
		     uint64_t *ret_previous)
{
	const struct python_layout *layout = &python->layout;
	bool has_marks = layout->frame_is_entry == PYTHON_NONE;
	uint8_t frame[PYTHON_FRAME_MAX], owner;
	int r;

	if (!python_is_pointer(address))
		return -EAGAIN;
	r = python_read(&python->memory, address, frame, layout->frame_size);
	if (r < 0)
		return r;
	owner = frame[layout->frame_owner];
	if (owner >= PYTHON_OWNER_COUNT || (owner == PYTHON_OWNER_C_STACK && !has_marks))
		return -EAGAIN;
	*ret_previous = python_field(frame, layout->frame_previous);
	if (owner == PYTHON_OWNER_C_STACK) {
		end_entry(chain);
		return 0;
	}
	if (chain->count < chain->room)
		chain->links[chain->count] = (struct link){
			.code = python_field(frame, layout->frame_code),
			.instruction = python_field(frame, layout->frame_instruction),
			.is_entry = !has_marks && frame[layout->frame_is_entry],
		};
	chain->count++;
	return 0;
}

/* One frame more than there is room for is looked at: it tells whether the last is an entry. */
static int read_chain(struct python *python, uint64_t address, struct chain *chain)
{
	/* Between two that run code stands at most one mark. */
	size_t steps = 2 * chain->room + 3;
	int r = 0;

	chain->count = 0;
	while (r == 0 && address && steps-- && chain->count <= chain->room)
		r = read_link(python, address, chain, &address);
	if (r < 0)
		return r;
	if (chain->count > chain->room)
		chain->count = chain->room;
	else if (!address)
		end_entry(chain);
	return 0;
}

/* The innermost may have gone on, as long as it is in the same function. */
static bool is_same(const struct chain *a, const struct chain *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->links[i].code != b->links[i].code ||
		    a->links[i].is_entry != b->links[i].is_entry ||
		    (i && a->links[i].instruction != b->links[i].instruction))
			return false;
	return true;
}

/* The part of a location table that can tell of the first `units`. */
struct table {
	uint8_t *bytes; /* in `object`, or owned */
	size_t size;
	uint8_t object[PYTHON_BYTES_MAX + TABLE_AHEAD];
	uint8_t *owned;
};

static void table_release(struct table *table)
{
	free(table->owned);
}

static int read_table(struct python *python, uint64_t address, uint64_t units, struct table *table)
{
	const struct python_layout *layout = &python->layout;
	uint64_t size, enough = units * PYTHON_LINES_ENTRY_MAX;
	size_t got;
	int r;

	if (!python_is_pointer(address))
		return -EAGAIN;
	r = python_read_ahead(&python->memory, address, table->object, layout->bytes_data,
			      TABLE_AHEAD, &got);
	if (r < 0)
		return r;
	size = python_field(table->object, layout->object_size);
	if (python_field(table->object, layout->object_type) != python->place.bytes_type ||
	    size > INT32_MAX)
		return -EAGAIN;
	size = size < enough ? size : enough;
	table->size = size < TABLE_MAX ? size : TABLE_MAX;
	table->bytes = table->object + layout->bytes_data;
	if (layout->bytes_data + table->size <= got)
		return 0;
	table->bytes = table->owned = malloc(table->size);
	if (!table->owned)
		return -ENOMEM;
	return python_read(&python->memory, address + layout->bytes_data, table->owned,
			   table->size);
}

static int read_line(struct python *python, const struct link *link, const uint8_t *code,
		     uint64_t *ret)
{
	const struct python_layout *layout = &python->layout;
	int64_t offset = (int64_t)(link->instruction - (link->code + layout->code_instructions));
	int64_t unit = offset / 2, first = (int32_t)python_field32(code, layout->code_first_line);
	_cleanup_(table_release) struct table table = { .owned = NULL };
	int r;

	/* A frame that has just begun stands before its first instruction. */
	if (offset % 2 || unit < -1 || unit >= (int32_t)python_field32(code, layout->object_size))
		return -EAGAIN;
	r = read_table(python, python_field(code, layout->code_lines), (uint64_t)(unit + 1),
		       &table);
	if (r < 0)
		return r;
	*ret = 0;
	r = python_line(table.bytes, table.size, first, unit, ret);
	/* Of a table longer than that the end is not known; it may have no line there, either. */
	return r == -EBADMSG && table.size < TABLE_MAX ? -EAGAIN : 0;
}

static int read_frame(struct python *python, const struct link *link, struct python_frame *frame)
{
	const struct python_layout *layout = &python->layout;
	uint64_t type = python->place.unicode_type;
	uint8_t code[PYTHON_CODE_MAX];
	int r;

	if (!python_is_pointer(link->code))
		return -EAGAIN;
	r = python_read(&python->memory, link->code, code, layout->code_size);
	if (r == 0 && python_field(code, layout->object_type) != python->place.code_type)
		r = -EAGAIN;
	if (r == 0)
		r = python_text(&python->memory, layout, type,
				python_field(code, layout->code_name), frame->function,
				sizeof(frame->function));
	if (r == 0)
		r = python_text(&python->memory, layout, type,
				python_field(code, layout->code_file), frame->file,
				sizeof(frame->file));
	if (r == 0)
		r = read_line(python, link, code, &frame->line);
	frame->is_entry = link->is_entry;
	return r;
}

/* Does the copy of its C stack name another innermost frame than it has now? */
static bool has_moved_on(const struct python *python, uint64_t held, uint64_t innermost,
			 const struct python_copy *copy)
{
	uint64_t at = held + python->layout.c_frame_frame - copy->from, then;

	if (python->layout.c_frame_frame == PYTHON_NONE || copy->size < sizeof(then) ||
	    at > copy->size - sizeof(then))
		return false;
	memcpy(&then, copy->bytes + at, sizeof(then));
	return then != innermost;
}

/*
 * Codes and their strings do not change, and live as long as the frame runs them; so it is the
 * chain that has to be the same twice.
 */
static int read_stack(struct python *python, uint64_t native_id, const struct python_copy *copy,
		      struct chain *chain, struct chain *again, struct python_frame *frames)
{
	uint64_t innermost, held;
	int r = python_find_frame(python, native_id, &innermost, &held);

	if (r == 0 && has_moved_on(python, held, innermost, copy))
		return -ESTALE;
	if (r == 0)
		r = read_chain(python, innermost, chain);
	if (r == 0)
		r = read_chain(python, innermost, again);
	if (r < 0)
		return r;
	if (!is_same(chain, again))
		return -EAGAIN;
	for (size_t i = 0; i < chain->count && r == 0; i++)
		r = read_frame(python, &chain->links[i], &frames[i]);
	return r < 0 ? r : (int)chain->count;
}

int python_stack(struct python *python, pid_t tid, struct python_frame *frames, size_t room)
{
	return python_stack_then(python, tid, &(struct python_copy){ .size = 0 }, frames, room);
}

int python_stack_then(struct python *python, pid_t tid, const struct python_copy *copy,
		      struct python_frame *frames, size_t room)
{
	_cleanup_(chain_release) struct chain chain = { 0 }, again = { 0 };
	uint64_t inside;
	int r = python_tid_inside(python, tid, &inside);

	if (room > PYTHON_FRAMES_MAX)
		room = PYTHON_FRAMES_MAX;
	if (r < 0 || room == 0)
		return r;
	if (chain_allocate(&chain, room) < 0 || chain_allocate(&again, room) < 0)
		return -ENOMEM;
	r = -EAGAIN;
	for (int i = 0; i < PYTHON_ATTEMPTS && r == -EAGAIN; i++)
		r = read_stack(python, inside, copy, &chain, &again, frames);
	return r;
}
