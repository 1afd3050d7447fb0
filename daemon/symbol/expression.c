// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/expression.h"

#include <dwarf.h>
#include <errno.h>

#define DEPTH_MAX 64u
#define STEPS_MAX 1024u

struct machine {
	const struct expression_input *input;
	uint64_t stack[DEPTH_MAX];
	size_t depth;
	bool is_value;
};

static bool push(struct machine *machine, uint64_t value)
{
	if (machine->depth == DEPTH_MAX)
		return false;
	machine->stack[machine->depth++] = value;
	return true;
}

static bool push_register(struct machine *machine, uint64_t number, uint64_t offset)
{
	const struct expression_input *input = machine->input;

	if (number >= STACK_REGISTERS || !(input->known >> number & 1))
		return false;
	return push(machine, input->registers[number] + offset);
}

/* The sign goes on from the left. */
static uint64_t shift_down(uint64_t value, uint64_t by)
{
	uint64_t sign = value >> 63 ? UINT64_MAX : 0;

	return by < 64 ? value >> by | (by ? sign << (64 - by) : 0) : sign;
}

static bool calculate(unsigned int atom, uint64_t left, uint64_t right, uint64_t *ret)
{
	switch (atom) {
	case DW_OP_and:
		*ret = left & right;
		return true;
	case DW_OP_or:
		*ret = left | right;
		return true;
	case DW_OP_xor:
		*ret = left ^ right;
		return true;
	case DW_OP_plus:
		*ret = left + right;
		return true;
	case DW_OP_minus:
		*ret = left - right;
		return true;
	case DW_OP_mul:
		*ret = left * right;
		return true;
	case DW_OP_shl:
		*ret = right < 64 ? left << right : 0;
		return true;
	case DW_OP_shr:
		*ret = right < 64 ? left >> right : 0;
		return true;
	case DW_OP_shra:
		*ret = shift_down(left, right);
		return true;
	default:
		return false;
	}
}

static bool compare(unsigned int atom, int64_t left, int64_t right, uint64_t *ret)
{
	switch (atom) {
	case DW_OP_eq:
		*ret = left == right;
		return true;
	case DW_OP_ne:
		*ret = left != right;
		return true;
	case DW_OP_lt:
		*ret = left < right;
		return true;
	case DW_OP_le:
		*ret = left <= right;
		return true;
	case DW_OP_gt:
		*ret = left > right;
		return true;
	case DW_OP_ge:
		*ret = left >= right;
		return true;
	default:
		return false;
	}
}

/* Both kinds take two values and leave one. */
static bool combine(struct machine *machine, unsigned int atom)
{
	uint64_t left, right;
	uint64_t *top;

	if (machine->depth < 2)
		return false;
	right = machine->stack[--machine->depth];
	top = &machine->stack[machine->depth - 1];
	left = *top;
	return calculate(atom, left, right, top) ||
	       compare(atom, (int64_t)left, (int64_t)right, top);
}

static bool change_top(struct machine *machine, const Dwarf_Op *op)
{
	const struct expression_input *input = machine->input;
	uint64_t *top = machine->depth ? &machine->stack[machine->depth - 1] : NULL;

	if (!top)
		return false;
	switch (op->atom) {
	case DW_OP_dup:
		return push(machine, *top);
	case DW_OP_drop:
		machine->depth--;
		return true;
	case DW_OP_deref:
		return input->read(input->context, *top, top);
	case DW_OP_neg:
		*top = -*top;
		return true;
	case DW_OP_not:
		*top = ~*top;
		return true;
	case DW_OP_plus_uconst:
		*top += op->number;
		return true;
	case DW_OP_stack_value:
		machine->is_value = true;
		return true;
	default:
		return combine(machine, op->atom);
	}
}

static bool step(struct machine *machine, const Dwarf_Op *op)
{
	const struct expression_input *input = machine->input;

	switch (op->atom) {
	case DW_OP_nop:
		return true;
	case DW_OP_lit0 ... DW_OP_lit31:
		return push(machine, op->atom - DW_OP_lit0);
	case DW_OP_addr:
	case DW_OP_const1u ... DW_OP_consts:
		return push(machine, op->number);
	case DW_OP_breg0 ... DW_OP_breg31:
		return push_register(machine, op->atom - DW_OP_breg0, op->number);
	case DW_OP_bregx:
		return push_register(machine, op->number, op->number2);
	case DW_OP_reg0 ... DW_OP_reg31:
		machine->is_value = true;
		return push_register(machine, op->atom - DW_OP_reg0, 0);
	case DW_OP_regx:
		machine->is_value = true;
		return push_register(machine, op->number, 0);
	case DW_OP_call_frame_cfa:
		return input->has_cfa && push(machine, input->cfa);
	default:
		return change_top(machine, op);
	}
}

/* Where a jump leads: the index of the operation that begins there. */
static size_t target_of(const Dwarf_Op *ops, size_t count, const Dwarf_Op *op)
{
	uint64_t offset = op->offset + 3 + (uint64_t)(int64_t)(int16_t)op->number;
	size_t i = 0;

	while (i < count && ops[i].offset != offset)
		i++;
	return i;
}

int expression_evaluate(const Dwarf_Op *ops, size_t count, const struct expression_input *input,
			struct expression_result *ret)
{
	struct machine machine = { .input = input };
	size_t at = 0;

	for (unsigned int steps = 0; at < count; steps++) {
		const Dwarf_Op *op = &ops[at++];

		if (steps == STEPS_MAX)
			return -EINVAL;
		if (op->atom == DW_OP_skip) {
			at = target_of(ops, count, op);
		} else if (op->atom == DW_OP_bra) {
			if (!machine.depth)
				return -EINVAL;
			if (machine.stack[--machine.depth])
				at = target_of(ops, count, op);
		} else if (!step(&machine, op)) {
			return -EINVAL;
		}
	}
	if (!machine.depth)
		return -EINVAL;
	*ret = (struct expression_result){ machine.stack[machine.depth - 1], machine.is_value };
	return 0;
}
