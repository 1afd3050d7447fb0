/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a walk along a stack: stack.c knows where a frame is, stack_caller.c who called it.
 */
#ifndef PARTRACE_SYMBOL_STACK_WALK_H
#define PARTRACE_SYMBOL_STACK_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/symbol/symbolizer_parts.h"

/* Where one frame is: all that is known before its caller is looked for. */
struct spot {
	struct mapping *mapping; /* NULL: nothing that could be run is there */
	struct module *module;   /* NULL: no ELF file */
	uint64_t bias;
	const struct code_point *point; /* NULL without a module */
};

struct walk {
	struct symbolizer *symbolizer;
	struct process *process;
	uint64_t now_ns;
	bool has_looked_again;
	struct registers registers;
	bool is_exact; /* the frame stands at its address, not behind a call */
	struct spot spot;
};

/* The mapping at an address, if code can be run there; or NULL. */
struct mapping *walk_code_mapping(struct walk *walk, uint64_t address);

/* To the caller of the frame. False at the stack's end, which *ret_whole tells the kind of. */
bool walk_step(struct walk *walk, bool is_first, bool *ret_whole);

#endif
