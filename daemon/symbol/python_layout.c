// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/python_layout.h"

#include <errno.h>
#include <string.h>

#include "base/owned.h"

static const struct python_layout layout_3_11 = {
	.runtime_interpreters = 40,
	.runtime_main = 48,
	.runtime_gil = 360,
	.interpreter_next = 0,
	.interpreter_threads = 16,
	.interpreter_gil = PYTHON_NONE,
	.thread_previous = 0,
	.thread_next = 8,
	.thread_interpreter = 16,
	.thread_native_id = 160,
	.thread_frame = 56,
	.c_frame_frame = 8,
	.frame_code = 32,
	.frame_previous = 48,
	.frame_instruction = 56,
	.frame_owner = 69,
	.frame_is_entry = 68,
	.code_first_line = 72,
	.code_file = 112,
	.code_name = 120,
	.code_lines = 136,
	.code_instructions = 184,
	.object_type = 8,
	.object_size = 16,
	.bytes_data = 32,
	.text_length = 16,
	.text_state = 32,
	.text_ascii_data = 48,
	.text_other_data = 72,
};

static const struct python_layout layout_3_12 = {
	.runtime_interpreters = 40,
	.runtime_main = 48,
	.runtime_gil = PYTHON_NONE,
	.interpreter_next = 0,
	.interpreter_threads = 72,
	.interpreter_gil = 384,
	.thread_previous = 0,
	.thread_next = 8,
	.thread_interpreter = 16,
	.thread_native_id = 144,
	.thread_frame = 56,
	.c_frame_frame = 0,
	.frame_code = 0,
	.frame_previous = 8,
	.frame_instruction = 56,
	.frame_owner = 70,
	.frame_is_entry = PYTHON_NONE,
	.code_first_line = 68,
	.code_file = 112,
	.code_name = 120,
	.code_lines = 136,
	.code_instructions = 192,
	.object_type = 8,
	.object_size = 16,
	.bytes_data = 32,
	.text_length = 16,
	.text_state = 32,
	.text_ascii_data = 40,
	.text_other_data = 56,
};

/* The head of _Py_DebugOffsets of 3.13, each a uint64_t; what is not used has no name. */
enum debug_offset {
	DEBUG_COOKIE,
	DEBUG_VERSION,
	DEBUG_RUNTIME_INTERPRETERS = 5,
	DEBUG_INTERPRETER_NEXT = 8,
	DEBUG_INTERPRETER_THREADS = 9,
	DEBUG_INTERPRETER_GIL = 14,
	DEBUG_GIL,
	DEBUG_GIL_HOLDER = 18,
	DEBUG_THREAD_PREVIOUS = 20,
	DEBUG_THREAD_NEXT,
	DEBUG_THREAD_INTERPRETER,
	DEBUG_THREAD_FRAME,
	DEBUG_THREAD_NATIVE_ID = 25,
	DEBUG_FRAME_PREVIOUS = 29,
	DEBUG_FRAME_CODE,
	DEBUG_FRAME_INSTRUCTION,
	DEBUG_FRAME_OWNER = 33,
	DEBUG_CODE_FILE = 35,
	DEBUG_CODE_NAME,
	DEBUG_CODE_LINES = 38,
	DEBUG_CODE_FIRST_LINE,
	DEBUG_CODE_INSTRUCTIONS = 43,
	DEBUG_OBJECT_TYPE = 45,
	DEBUG_BYTES_SIZE = 65,
	DEBUG_BYTES_DATA,
	DEBUG_TEXT_STATE = 68,
	DEBUG_TEXT_LENGTH,
	DEBUG_TEXT_ASCII_DATA,
	DEBUG_COUNT,
};

struct offset_rule {
	uint32_t field; /* of struct python_layout */
	uint32_t index; /* in the table */
	uint32_t limit; /* the field lies whole below it */
};

#define RULE(name, source, below)                                                                  \
	{                                                                                          \
		offsetof(struct python_layout, name), source, below                                \
	}

static const struct offset_rule rules[] = {
	RULE(runtime_interpreters, DEBUG_RUNTIME_INTERPRETERS, 1 << 20),
	RULE(interpreter_next, DEBUG_INTERPRETER_NEXT, 1 << 20),
	RULE(interpreter_threads, DEBUG_INTERPRETER_THREADS, 1 << 20),
	RULE(interpreter_gil, DEBUG_INTERPRETER_GIL, 1 << 20),
	RULE(thread_previous, DEBUG_THREAD_PREVIOUS, PYTHON_THREAD_MAX),
	RULE(thread_next, DEBUG_THREAD_NEXT, PYTHON_THREAD_MAX),
	RULE(thread_interpreter, DEBUG_THREAD_INTERPRETER, PYTHON_THREAD_MAX),
	RULE(thread_native_id, DEBUG_THREAD_NATIVE_ID, PYTHON_THREAD_MAX),
	RULE(thread_frame, DEBUG_THREAD_FRAME, PYTHON_THREAD_MAX),
	RULE(frame_code, DEBUG_FRAME_CODE, PYTHON_FRAME_MAX),
	RULE(frame_previous, DEBUG_FRAME_PREVIOUS, PYTHON_FRAME_MAX),
	RULE(frame_instruction, DEBUG_FRAME_INSTRUCTION, PYTHON_FRAME_MAX),
	RULE(frame_owner, DEBUG_FRAME_OWNER, PYTHON_FRAME_MAX),
	RULE(code_first_line, DEBUG_CODE_FIRST_LINE, PYTHON_CODE_MAX),
	RULE(code_file, DEBUG_CODE_FILE, PYTHON_CODE_MAX),
	RULE(code_name, DEBUG_CODE_NAME, PYTHON_CODE_MAX),
	RULE(code_lines, DEBUG_CODE_LINES, PYTHON_CODE_MAX),
	RULE(code_instructions, DEBUG_CODE_INSTRUCTIONS, 1 << 12),
	RULE(object_type, DEBUG_OBJECT_TYPE, PYTHON_BYTES_MAX),
	RULE(object_size, DEBUG_BYTES_SIZE, PYTHON_BYTES_MAX),
	RULE(bytes_data, DEBUG_BYTES_DATA, PYTHON_BYTES_MAX),
	RULE(text_length, DEBUG_TEXT_LENGTH, PYTHON_TEXT_MAX),
	RULE(text_state, DEBUG_TEXT_STATE, PYTHON_TEXT_MAX),
	RULE(text_ascii_data, DEBUG_TEXT_ASCII_DATA, 1 << 12),
};

static int read_3_13(const struct python_memory *memory, uint64_t runtime,
		     struct python_layout *ret)
{
	/* Not in the table: a compact str that isn't ASCII has two more words. */
	struct python_layout layout = {
		.runtime_gil = PYTHON_NONE,
		.c_frame_frame = PYTHON_NONE,
		.frame_is_entry = PYTHON_NONE,
	};
	uint64_t table[DEBUG_COUNT], gil_head;
	int r = python_read(memory, runtime, table, sizeof(table));

	if (r < 0)
		return r;
	gil_head = table[DEBUG_GIL_HOLDER] - table[DEBUG_GIL] - PYTHON_GIL_HOLDER;
	if (memcmp(&table[DEBUG_COOKIE], "xdebugpy", 8) != 0 ||
	    table[DEBUG_VERSION] >> 16 != 0x030d || gil_head > 8)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		uint64_t offset = table[rules[i].index];

		if (offset > rules[i].limit - 8)
			return -EOPNOTSUPP;
		memcpy((char *)&layout + rules[i].field, &(uint32_t){ (uint32_t)offset }, 4);
	}
	if (layout.bytes_data < layout.object_type + 8 ||
	    layout.bytes_data < layout.object_size + 8)
		return -EOPNOTSUPP;
	layout.runtime_main = layout.runtime_interpreters + 8;
	layout.gil_head = (uint32_t)gil_head;
	layout.text_other_data = layout.text_ascii_data + 16;
	*ret = layout;
	return 0;
}

static void reach(uint32_t *size, uint32_t offset, uint32_t bytes)
{
	if (offset != PYTHON_NONE && *size < offset + bytes)
		*size = offset + bytes;
}

/* No byte more than is needed: the next page may not be there. */
static void set_sizes(struct python_layout *layout)
{
	reach(&layout->thread_size, layout->thread_previous, 8);
	reach(&layout->thread_size, layout->thread_next, 8);
	reach(&layout->thread_size, layout->thread_interpreter, 8);
	reach(&layout->thread_size, layout->thread_native_id, 8);
	reach(&layout->thread_size, layout->thread_frame, 8);
	reach(&layout->frame_size, layout->frame_code, 8);
	reach(&layout->frame_size, layout->frame_previous, 8);
	reach(&layout->frame_size, layout->frame_instruction, 8);
	reach(&layout->frame_size, layout->frame_owner, 1);
	reach(&layout->frame_size, layout->frame_is_entry, 1);
	reach(&layout->code_size, layout->code_first_line, 4);
	reach(&layout->code_size, layout->code_file, 8);
	reach(&layout->code_size, layout->code_name, 8);
	reach(&layout->code_size, layout->code_lines, 8);
	reach(&layout->code_size, layout->object_type, 8);
	reach(&layout->code_size, layout->object_size, 8);
	reach(&layout->text_size, layout->object_type, 8);
	reach(&layout->text_size, layout->text_length, 8);
	reach(&layout->text_size, layout->text_state, 8);
}

static int choose(const struct python_memory *memory, uint64_t runtime, uint32_t version,
		  struct python_layout *ret)
{
	switch (version >> 16) {
	case 0x030b:
		*ret = layout_3_11;
		return 0;
	case 0x030c:
		*ret = layout_3_12;
		return 0;
	case 0x030d:
		return read_3_13(memory, runtime, ret);
	default:
		return -EOPNOTSUPP;
	}
}

int python_layout(const struct python_memory *memory, uint64_t runtime, uint32_t version,
		  struct python_layout *ret)
{
	int r = choose(memory, runtime, version, ret);

	if (r == 0)
		set_sizes(ret);
	return r;
}
