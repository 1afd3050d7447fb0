/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where CPython keeps what, by version: offsets in bytes. 3.11 and 3.12 as offsetof() tells with
 * the internal headers of 3.11.2, 3.11.7 and 3.12.1; 3.13 publishes its own (_Py_DebugOffsets),
 * and so does its free-threaded build (3.13t), whose objects begin with 16 bytes more.
 */
#ifndef PARTRACE_SYMBOL_PYTHON_LAYOUT_H
#define PARTRACE_SYMBOL_PYTHON_LAYOUT_H

#include <stdint.h>

#include "daemon/symbol/python_memory.h"

/* The same in 3.11, 3.12 and 3.13. */
#define PYTHON_TEXT_WIDTH(bits) ((bits) >> 2 & 7)
#define PYTHON_TEXT_COMPACT     (1u << 5)
#define PYTHON_TEXT_ASCII       (1u << 6)

/* As much of an object as any field of the layout needs. */
#define PYTHON_THREAD_MAX 512
#define PYTHON_FRAME_MAX  128
#define PYTHON_CODE_MAX   256
#define PYTHON_BYTES_MAX  64 /* the head of bytes, before the data */
#define PYTHON_TEXT_MAX   64 /* the head of a str, as far as its state */

/* In the GIL, after its head: interval, last_holder, locked. */
#define PYTHON_GIL_HOLDER 8

#define PYTHON_NONE UINT32_MAX

/* How frames say where one _PyEval_EvalFrameDefault ends and the next begins. */
enum python_owner {
	PYTHON_OWNER_THREAD,
	PYTHON_OWNER_GENERATOR,
	PYTHON_OWNER_FRAME_OBJECT,
	PYTHON_OWNER_C_STACK, /* 3.12 and later: a frame that stands for the call from C */
	PYTHON_OWNER_COUNT,
};

struct python_layout {
	uint32_t runtime_interpreters; /* the newest */
	uint32_t runtime_main;         /* the first */
	uint32_t runtime_gil;          /* the GIL itself, 3.11; else PYTHON_NONE */
	uint32_t gil_head;             /* bytes before its interval: 3.13t has `enabled` there */
	uint32_t interpreter_next;
	uint32_t interpreter_threads;
	uint32_t interpreter_gil; /* a pointer to it, 3.12 and later; else PYTHON_NONE */
	uint32_t thread_previous;
	uint32_t thread_next;
	uint32_t thread_interpreter;
	uint32_t thread_native_id;
	uint32_t thread_frame;  /* a pointer to a _PyCFrame, or to the frame itself */
	uint32_t c_frame_frame; /* in the _PyCFrame; PYTHON_NONE: there is none */
	uint32_t frame_code;
	uint32_t frame_previous;
	uint32_t frame_instruction;
	uint32_t frame_owner;    /* a byte */
	uint32_t frame_is_entry; /* a byte, 3.11; else PYTHON_NONE */
	uint32_t code_first_line;
	uint32_t code_file;
	uint32_t code_name;
	uint32_t code_lines;
	uint32_t code_instructions;
	uint32_t object_type;
	uint32_t object_size; /* of those of variable size: how many items */
	uint32_t bytes_data;
	uint32_t text_length;
	uint32_t text_state;
	uint32_t text_ascii_data;
	uint32_t text_other_data;
	uint32_t thread_size; /* how much of each is read */
	uint32_t frame_size;
	uint32_t code_size;
	uint32_t text_size;
};

/*
 * `version` as Py_Version tells (0x030b02f0 is 3.11.2); `runtime` is where _PyRuntime is.
 * -EOPNOTSUPP: another version, or a table that can't be right.
 */
int python_layout(const struct python_memory *memory, uint64_t runtime, uint32_t version,
		  struct python_layout *ret);

#endif
