// SPDX-License-Identifier: BSD-2-Clause
/* A stack, from where the thread stopped to its start. */
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/sigbus.h"
#include "daemon/symbol/stack_walk.h"

/* ---- where is it ---- */

struct mapping *walk_code_mapping(struct walk *walk, uint64_t address)
{
	struct mapping *mapping = maps_find(&walk->process->maps, address);

	return mapping && mapping->is_executable ? mapping : NULL;
}

static struct spot find_spot(struct walk *walk, uint64_t address)
{
	struct symbolizer *symbolizer = walk->symbolizer;
	struct spot spot = { .mapping = walk_code_mapping(walk, address) };

	if (!spot.mapping && !walk->has_looked_again) {
		/* A library may have been loaded since; once a stack, for many addresses are none.
		 */
		walk->has_looked_again = true;
		process_look_again(walk->process, walk->now_ns);
		spot.mapping = walk_code_mapping(walk, address);
	}
	if (!spot.mapping)
		return spot;
	spot.module = modules_get(symbolizer->modules, walk->process->pid, spot.mapping);
	if (spot.module && module_bias(spot.module, spot.mapping, &spot.bias) < 0)
		spot.module = NULL;
	if (spot.module)
		spot.point = code_at(symbolizer->code, spot.module, address - spot.bias);
	return spot;
}

/* ---- what is it called ---- */

static void name_without_module(struct walk *walk, uint64_t address, struct symbol_frame *frame)
{
	struct symbolizer *symbolizer = walk->symbolizer;
	struct mapping *mapping = walk->spot.mapping;
	const char *name;

	name = process_jit_name(walk->process, address, mapping && mapping->is_executable,
				walk->now_ns, &frame->offset);
	if (name) {
		frame->kind = FRAME_JIT;
		frame->function = symbolizer_text(symbolizer, name);
		frame->offset += frame->address - address;
		return;
	}
	frame->kind = FRAME_UNKNOWN;
	frame->offset = frame->address;
	if (!mapping)
		return;
	frame->offset = frame->address - mapping->start + mapping->file_offset;
	frame->module = symbolizer_path(symbolizer, mapping);
}

/* The C library's way back from a signal's handler mostly has no symbol. */
#define SIGNAL_FRAME "<signal handler called>"

/* `address` is where it stands, or what called; the frame's own is what comes after that. */
static void name_frame(struct walk *walk, uint64_t address, struct symbol_frame *frame)
{
	const struct spot *spot = &walk->spot;
	const struct code_point *point = spot->point;

	*frame = (struct symbol_frame){
		.address = walk->registers.values[STACK_RIP],
		.line = UINT64_MAX,
	};
	if (!point) {
		name_without_module(walk, address, frame);
		return;
	}
	frame->kind = FRAME_NATIVE;
	frame->module = symbolizer_path(walk->symbolizer, spot->mapping);
	frame->function = point->function;
	frame->offset = frame->address - spot->bias - (point->function ? point->start : 0);
	frame->file = point->file;
	frame->line = point->line;
	if (!point->function && point->row.is_signal) {
		frame->function = SIGNAL_FRAME;
		frame->offset = 0;
	}
}

/* ---- all of it ---- */

static int walk_stack(struct walk *walk, struct symbol_frame *frames, size_t room, bool *ret_whole)
{
	size_t count = 0;
	bool goes_on = true;

	while (goes_on && count < room) {
		uint64_t address = walk->registers.values[STACK_RIP];

		address -= !walk->is_exact;
		walk->spot = find_spot(walk, address);
		name_frame(walk, address, &frames[count++]);
		goes_on = walk_step(walk, count == 1, ret_whole);
	}
	return (int)count;
}

int symbolizer_stack(struct symbolizer *symbolizer, pid_t pid, const struct raw_stack *stack,
		     struct symbol_frame *frames, size_t room, bool *ret_whole)
{
	struct stack_memory *memory = &symbolizer->memory;
	struct walk walk = {
		.symbolizer = symbolizer,
		.now_ns = monotonic_ns(),
		.registers.known = (1u << STACK_REGISTERS) - 1,
		.is_exact = true,
	};
	bool whole = false;
	int r = symbolizer_process(symbolizer, pid, walk.now_ns, &walk.process);

	if (r < 0)
		return r;
	memcpy(walk.registers.values, stack->registers, sizeof(stack->registers));
	memory->pid = pid;
	memory->from = stack->registers[STACK_RSP];
	memory->copy = stack->bytes;
	memory->copy_size = stack->size;
	memory->may_read_on = stack->may_read_on;
	modules_use(symbolizer->modules);
	sigbus_begin();
	stack_memory_begin(memory);
	r = walk_stack(&walk, frames, room, &whole);
	stack_memory_end(memory);
	sigbus_end();
	*ret_whole = whole;
	return r;
}
