// SPDX-License-Identifier: BSD-2-Clause
/* A stack, from where the thread stopped to its start. */
#include <errno.h>
#include <string.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/guess.h"
#include "daemon/symbol/rows.h"
#include "daemon/symbol/sigbus.h"
#include "daemon/symbol/symbolizer_parts.h"

/* Of the code that a program begins with, up to the call of what never returns. */
#define ENTRY_BYTES_MAX 64u

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

/* ---- where is it ---- */

static struct mapping *code_mapping(struct walk *walk, uint64_t address)
{
	struct mapping *mapping = maps_find(&walk->process->maps, address);

	return mapping && mapping->is_executable ? mapping : NULL;
}

static struct spot find_spot(struct walk *walk, uint64_t address)
{
	struct symbolizer *symbolizer = walk->symbolizer;
	struct spot spot = { .mapping = code_mapping(walk, address) };

	if (!spot.mapping && !walk->has_looked_again) {
		/* A library may have been loaded since; once a stack, for many addresses are none.
		 */
		walk->has_looked_again = true;
		process_look_again(walk->process, walk->now_ns);
		spot.mapping = code_mapping(walk, address);
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

	name = process_jit_name(walk->process, address, walk->now_ns, &frame->offset);
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
}

/* ---- who called it ---- */

static bool view_is_code(void *context, uint64_t address)
{
	return code_mapping(context, address) != NULL;
}

static struct module *module_at(struct walk *walk, uint64_t address, uint64_t *ret_bias)
{
	struct mapping *mapping = code_mapping(walk, address);
	struct module *module =
		mapping ? modules_get(walk->symbolizer->modules, walk->process->pid, mapping)
			: NULL;

	return module && module_bias(module, mapping, ret_bias) == 0 ? module : NULL;
}

static bool view_read(void *context, uint64_t address, uint64_t *ret)
{
	struct walk *walk = context;

	return stack_memory_read(&walk->symbolizer->memory, address, ret);
}

static bool view_read_code(void *context, uint64_t address, uint8_t *buffer, size_t size)
{
	uint64_t bias;
	struct module *module = module_at(context, address, &bias);

	return module && module_read(module, address - bias, buffer, size);
}

static bool view_function(void *context, uint64_t address, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t bias;
	struct module *module = module_at(context, address, &bias);
	const struct symbol *symbol = module ? module_function(module, address - bias) : NULL;

	if (!symbol)
		return false;
	*ret_start = symbol->address + bias;
	*ret_end = *ret_start + symbol->size;
	return true;
}

/* A call of a function that is not there: it has not even begun. */
static bool return_at_once(struct walk *walk, struct registers *ret)
{
	uint64_t sp = walk->registers.values[STACK_RSP];

	*ret = walk->registers;
	if (!view_read(walk, sp, &ret->values[STACK_RIP]) ||
	    !view_is_code(walk, ret->values[STACK_RIP]))
		return false;
	ret->values[STACK_RSP] = sp + 8;
	return true;
}

static struct guess_view view_of(struct walk *walk)
{
	return (struct guess_view){
		.read = view_read,
		.is_code = view_is_code,
		.read_code = view_read_code,
		.function = view_function,
		.context = walk,
	};
}

static bool guess_caller(struct walk *walk, bool is_first, struct registers *ret)
{
	const struct guess_view view = view_of(walk);
	const struct spot *spot = &walk->spot;
	uint64_t first, last;

	if (!spot->mapping)
		return is_first && return_at_once(walk, ret);
	if (!spot->point)
		return guess_by_frame_pointer(&view, &walk->registers, ret);
	first = spot->bias + (spot->point->symbol
				      ? spot->point->start
				      : module_nameless_start(spot->module, spot->point->address));
	last = spot->point->symbol ? first : walk->registers.values[STACK_RIP];
	return guess_by_call(&view, &walk->registers, first, last, ret) ||
	       guess_by_frame_pointer(&view, &walk->registers, ret);
}

/* Assembly that begins a thread; where it says nothing of its frame, there is none below it. */
static bool has_name_of_start(const struct code_point *point)
{
	static const char *const starts[] = { "_start",   "_start_c", "__clone",  "clone",
					      "__clone3", "clone3",   "_dlstart", "_dlstart_c" };
	/* Go's are like no function of C's; they do have frames, but nothing of use below them. */
	static const char *const go[] = { "runtime.goexit", "runtime.mstart", "runtime.mcall",
					  "runtime.rt0_go" };

	for (size_t i = 0; point->row.kind == ROW_NONE && i < ARRAY_LEN(starts); i++)
		if (!strcmp(point->symbol, starts[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(go); i++)
		if (!strncmp(point->symbol, go[i], strlen(go[i])))
			return true;
	return false;
}

static bool begins_thread(struct walk *walk)
{
	const struct code_point *point = walk->spot.point;
	const struct guess_view view = view_of(walk);

	if (!point || !walk->spot.module)
		return false;
	if (point->row.kind != ROW_NONE || point->symbol)
		return point->row.kind == ROW_END || (point->symbol && has_name_of_start(point));
	/* Neither names nor frames: the program's first instructions, or a thread's last ones. */
	return point->address - walk->spot.module->entry < ENTRY_BYTES_MAX ||
	       guess_is_start(&view, walk->registers.values[STACK_RIP]);
}

/*
 * Only where nothing is told, or by a register that a guess before has lost: a row that leads out
 * of the copy is right, and what looks like a call in the rest of the copy is not.
 */
static bool may_guess(const struct walk *walk)
{
	const struct code_point *point = walk->spot.point;

	return !point || point->row.kind == ROW_NONE ||
	       (point->row.kind == ROW_PLAIN &&
		!(walk->registers.known >> point->row.cfa_register & 1));
}

/* False at the stack's end, which *ret_whole tells the kind of. */
static bool step(struct walk *walk, bool is_first, bool *ret_whole)
{
	const struct code_point *point = walk->spot.point;
	uint64_t sp = walk->registers.values[STACK_RSP];
	struct registers caller;
	bool is_signal = point && point->row.is_signal;

	*ret_whole = begins_thread(walk);
	if (*ret_whole)
		return false;
	if (!(point && row_follow(&point->row, &walk->registers, stack_memory_read,
				  &walk->symbolizer->memory, &caller)) &&
	    !(may_guess(walk) && guess_caller(walk, is_first, &caller)))
		return false;
	*ret_whole = caller.values[STACK_RIP] == 0;
	/* Stacks grow in one direction, but for a signal's own. */
	if (*ret_whole || (caller.values[STACK_RSP] <= sp && !is_signal))
		return false;
	walk->registers = caller;
	walk->is_exact = is_signal;
	return true;
}

static int walk_stack(struct walk *walk, struct symbol_frame *frames, size_t room, bool *ret_whole)
{
	size_t count = 0;
	bool goes_on = true;

	while (goes_on && count < room) {
		uint64_t address = walk->registers.values[STACK_RIP];

		address -= !walk->is_exact;
		walk->spot = find_spot(walk, address);
		name_frame(walk, address, &frames[count++]);
		goes_on = step(walk, count == 1, ret_whole);
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
	int r = processes_get(symbolizer->processes, pid, walk.now_ns, &walk.process);

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
