/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callers of code that says nothing about its frames: musl is built without call frame information
 * and without frame pointers, code of a JIT has the latter at best. A return address is believed
 * only where the code before it is a call that leads to where the callee is.
 */
#ifndef PARTRACE_SYMBOL_GUESS_H
#define PARTRACE_SYMBOL_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/symbol/rows.h"

#define GUESS_WORDS_MAX 512u /* of a frame that are looked through */

/* What the guesses need to know of the process; `context` is handed on. */
struct guess_view {
	bool (*read)(void *context, uint64_t address, uint64_t *ret);
	/* Is there code that can be run? */
	bool (*is_code)(void *context, uint64_t address);
	/* Bytes of code; false when they are not known. */
	bool (*read_code)(void *context, uint64_t address, uint8_t *buffer, size_t size);
	/* Where the function begins that is at the address; false when there is no symbol. */
	bool (*function)(void *context, uint64_t address, uint64_t *ret_start, uint64_t *ret_end);
	void *context;
};

/* By the frame pointer: true when it points at a saved one and a return address. */
bool guess_by_frame_pointer(const struct guess_view *view, const struct registers *registers,
			    struct registers *ret);

/*
 * By looking for a call of the function that begins between `first` and `last` (or of one that
 * jumps there); without a symbol it may begin anywhere before where it is.
 */
bool guess_by_call(const struct guess_view *view, const struct registers *registers, uint64_t first,
		   uint64_t last, struct registers *ret);

/* Does the thread end when the callee returns there? */
bool guess_is_start(const struct guess_view *view, uint64_t address);

#endif
