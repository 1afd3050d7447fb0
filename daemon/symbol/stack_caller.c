// SPDX-License-Identifier: BSD-2-Clause
/* From a frame to its caller: by what the file tells of it, else by guessing. */
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/guess.h"
#include "daemon/symbol/rows.h"
#include "daemon/symbol/stack_walk.h"

/* Of the code that a program begins with, up to the call of what never returns. */
#define ENTRY_BYTES_MAX 64u

static bool view_is_code(void *context, uint64_t address)
{
	return walk_code_mapping(context, address) != NULL;
}

static struct module *module_at(struct walk *walk, uint64_t address, uint64_t *ret_bias)
{
	struct mapping *mapping = walk_code_mapping(walk, address);
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
	first = spot->bias + (spot->point->has_symbol
				      ? spot->point->start
				      : module_nameless_start(spot->module, spot->point->address));
	last = spot->point->has_symbol ? first : walk->registers.values[STACK_RIP];
	return guess_by_call(&view, &walk->registers, first, last, ret) ||
	       guess_by_frame_pointer(&view, &walk->registers, ret);
}

static bool begins_thread(struct walk *walk)
{
	const struct code_point *point = walk->spot.point;
	const struct guess_view view = view_of(walk);

	if (!point || !walk->spot.module)
		return false;
	if (point->row.kind != ROW_NONE || point->has_symbol)
		return point->row.kind == ROW_END || point->has_name_of_start;
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

bool walk_step(struct walk *walk, bool is_first, bool *ret_whole)
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
