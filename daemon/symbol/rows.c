// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/rows.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/owned.h"
#include "daemon/symbol/expression.h"

/* enum stack_register of each rule. */
static const uint8_t registers_of_rules[ROW_RULES] = {
	[ROW_RBX] = STACK_RBX, [ROW_RBP] = STACK_RBP, [ROW_R12] = STACK_R12, [ROW_R13] = STACK_R13,
	[ROW_R14] = STACK_R14, [ROW_R15] = STACK_R15, [ROW_RIP] = STACK_RIP,
};

/* Offsets that a frame can have. */
static bool is_plain_offset(uint64_t offset)
{
	return (int64_t)offset > -(1ll << 30) && (int64_t)offset < 1ll << 30;
}

/* ---- reading ---- */

/* Register + offset, which is what a compiler says. */
static bool read_plain_cfa(Dwarf_Frame *frame, struct row *row)
{
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_frame_cfa(frame, &ops, &count) != 0 || count != 1)
		return false;
	if (ops->atom >= DW_OP_breg0 && ops->atom < DW_OP_breg0 + STACK_REGISTERS &&
	    is_plain_offset(ops->number)) {
		row->cfa_register = (uint8_t)(ops->atom - DW_OP_breg0);
		row->cfa_offset = (int32_t)ops->number;
		return true;
	}
	if (ops->atom != DW_OP_bregx || ops->number >= STACK_REGISTERS ||
	    !is_plain_offset(ops->number2))
		return false;
	row->cfa_register = (uint8_t)ops->number;
	row->cfa_offset = (int32_t)ops->number2;
	return true;
}

/* As libdw tells it: no operations and none of its own memory is "same", with it "undefined". */
static bool read_plain_rule(Dwarf_Frame *frame, int number, int32_t *ret)
{
	Dwarf_Op memory[3], *ops;
	size_t count;

	if (dwarf_frame_register(frame, number, memory, &ops, &count) != 0)
		return false;
	if (count == 0)
		*ret = ops == memory ? ROW_UNKNOWN : ROW_SAME;
	else if (count == 1 && ops[0].atom == DW_OP_call_frame_cfa)
		*ret = 0;
	else if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa &&
		 ops[1].atom == DW_OP_plus_uconst && is_plain_offset(ops[1].number))
		*ret = (int32_t)ops[1].number;
	else
		return false;
	return true;
}

static void read_row(Dwarf_Frame *frame, struct row *row)
{
	bool is_plain = read_plain_cfa(frame, row) && !row->is_signal;
	int32_t rule;

	if (read_plain_rule(frame, STACK_RIP, &rule) && rule == ROW_UNKNOWN) {
		row->kind = ROW_END;
		return;
	}
	for (size_t i = 0; is_plain && i < ROW_RULES; i++)
		is_plain = read_plain_rule(frame, registers_of_rules[i], &row->rules[i]);
	row->kind = is_plain ? ROW_PLAIN : ROW_COMPLEX;
}

static Dwarf_Frame *frame_at(Dwarf_CFI *cfi, uint64_t address)
{
	Dwarf_Frame *frame = NULL;

	return cfi && dwarf_cfi_addrframe(cfi, address, &frame) == 0 ? frame : NULL;
}

void row_read(struct module *module, uint64_t address, struct row *ret)
{
	_cleanup_free_ Dwarf_Frame *frame = NULL;
	struct row row = { .kind = ROW_NONE };
	Dwarf_Addr bias = 0;

	if (!module_is_awake(module)) {
		*ret = row;
		return;
	}
	frame = frame_at(dwfl_module_eh_cfi(module->elf, &bias), address - bias);
	/* Go has only this one; it may mean to open a debug file. */
	if (!frame)
		frame = frame_at(dwfl_module_dwarf_cfi(module->elf, &bias), address - bias);
	if (frame && dwarf_frame_info(frame, NULL, NULL, &row.is_signal) == STACK_RIP)
		read_row(frame, &row);
	if (row.kind == ROW_COMPLEX)
		row.frame = TAKE_PTR(frame);
	*ret = row;
}

/* ---- following ---- */

static bool follow_plain(const struct row *row, const struct registers *registers,
			 bool (*read)(void *context, uint64_t address, uint64_t *ret),
			 void *context, struct registers *ret)
{
	struct registers caller = { .known = 1u << STACK_RSP };
	uint64_t cfa = registers->values[row->cfa_register] + (uint64_t)(int64_t)row->cfa_offset;

	if (!(registers->known >> row->cfa_register & 1))
		return false;
	caller.values[STACK_RSP] = cfa;
	for (size_t i = 0; i < ROW_RULES; i++) {
		uint8_t number = registers_of_rules[i];
		uint64_t *value = &caller.values[number];

		if (row->rules[i] == ROW_SAME) {
			*value = registers->values[number];
			caller.known |= registers->known & 1u << number;
		} else if (row->rules[i] != ROW_UNKNOWN &&
			   read(context, cfa + (uint64_t)(int64_t)row->rules[i], value)) {
			caller.known |= 1u << number;
		}
	}
	*ret = caller;
	return caller.known >> STACK_RIP & 1;
}

static void follow_register(Dwarf_Frame *frame, int number, const struct expression_input *input,
			    struct registers *caller)
{
	struct expression_result result;
	Dwarf_Op memory[3], *ops;
	uint64_t value;
	size_t count;

	if (dwarf_frame_register(frame, number, memory, &ops, &count) != 0)
		return;
	if (count == 0) {
		if (ops == memory || !(input->known >> number & 1))
			return;
		value = input->registers[number];
	} else {
		if (expression_evaluate(ops, count, input, &result) < 0)
			return;
		value = result.value;
		if (!result.is_value && !input->read(input->context, value, &value))
			return;
	}
	caller->values[number] = value;
	caller->known |= 1u << number;
}

static bool follow_complex(const struct row *row, struct expression_input *input,
			   struct registers *ret)
{
	struct registers caller = { 0 };
	struct expression_result cfa;
	Dwarf_Op *ops;
	size_t count;

	if (dwarf_frame_cfa(row->frame, &ops, &count) != 0 ||
	    expression_evaluate(ops, count, input, &cfa) < 0)
		return false;
	input->has_cfa = true;
	input->cfa = cfa.value;
	caller.values[STACK_RSP] = cfa.value;
	caller.known = 1u << STACK_RSP;
	for (int number = 0; number < STACK_REGISTERS; number++)
		if (number != STACK_RSP || row->is_signal)
			follow_register(row->frame, number, input, &caller);
	*ret = caller;
	return caller.known >> STACK_RIP & 1;
}

bool row_follow(const struct row *row, const struct registers *registers,
		bool (*read)(void *context, uint64_t address, uint64_t *ret), void *context,
		struct registers *ret)
{
	struct expression_input input = {
		.registers = registers->values,
		.known = registers->known,
		.read = read,
		.context = context,
	};

	if (row->kind == ROW_PLAIN)
		return follow_plain(row, registers, read, context, ret);
	return row->kind == ROW_COMPLEX && follow_complex(row, &input, ret);
}
