// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/expression.h"

#include <dwarf.h>
#include <errno.h>

#include <criterion/criterion.h>

#include "base/owned.h"

static const uint64_t registers[STACK_REGISTERS] = {
	[STACK_RAX] = 5, [STACK_RSP] = 0x1000, [STACK_RIP] = 0x2000b
};

static bool read_twice(void *context, uint64_t address, uint64_t *ret)
{
	(void)context;
	*ret = address * 2;
	return address != 0;
}

static struct expression_input input = {
	.registers = registers,
	.known = 1u << STACK_RAX | 1u << STACK_RSP | 1u << STACK_RIP,
	.has_cfa = true,
	.cfa = 0x7000,
	.read = read_twice,
};
static struct expression_result result;

#define EVALUATE(...)                                                                              \
	({                                                                                         \
		Dwarf_Op ops_[] = { __VA_ARGS__ };                                                 \
		expression_evaluate(ops_, ARRAY_LEN(ops_), &input, &result);                       \
	})

#define OP(name)                                                                                   \
	{                                                                                          \
		.atom = DW_OP_##name                                                               \
	}
#define OP1(name, operand)                                                                         \
	{                                                                                          \
		.atom = DW_OP_##name, .number = (Dwarf_Word)(operand)                              \
	}
#define AT(where, name)                                                                            \
	{                                                                                          \
		.atom = DW_OP_##name, .offset = (where)                                            \
	}
#define AT1(where, name, operand)                                                                  \
	{                                                                                          \
		.atom = DW_OP_##name, .number = (Dwarf_Word)(operand), .offset = (where)           \
	}

/* rsp + 8 + ((rip & 15) >= 11 ? 8 : 0), as linkers write it. */
Test(symbol_expression, finds_the_frame_of_an_entry_of_the_plt)
{
	cr_assert_eq(EVALUATE(OP1(breg7, 8), OP1(breg16, 0), OP(lit15), OP(and), OP(lit11), OP(ge),
			      OP(lit3), OP(shl), OP(plus)),
		     0);
	cr_assert_eq(result.value, 0x1010);
	cr_assert_not(result.is_value);
}

Test(symbol_expression, reads_registers_and_memory)
{
	cr_assert_eq(EVALUATE(OP1(breg7, 160), OP(deref)), 0);
	cr_assert_eq(result.value, 2 * (0x1000 + 160));
	cr_assert_eq(EVALUATE(OP(call_frame_cfa), OP1(plus_uconst, -16)), 0);
	cr_assert_eq(result.value, 0x7000 - 16);
	cr_assert_eq(EVALUATE(OP(reg0)), 0);
	cr_assert(result.is_value && result.value == 5);
	cr_assert_eq(EVALUATE(OP(lit3), OP(stack_value)), 0);
	cr_assert(result.is_value && result.value == 3);
}

Test(symbol_expression, shifts_with_the_sign_and_by_any_number)
{
	cr_assert_eq(EVALUATE(OP1(const8s, -64), OP(lit4), OP(shra)), 0);
	cr_assert_eq((int64_t)result.value, -4);
	cr_assert_eq(EVALUATE(OP1(const8s, -64), OP1(const1u, 64), OP(shra)), 0);
	cr_assert_eq((int64_t)result.value, -1);
	cr_assert_eq(EVALUATE(OP(lit4), OP1(const1u, 200), OP(shl)), 0);
	cr_assert_eq(result.value, 0);
}

Test(symbol_expression, jumps_forward)
{
	cr_assert_eq(EVALUATE(AT(0, lit7), AT(1, lit1), AT1(2, bra, 1), AT(5, drop), AT(6, nop)),
		     0);
	cr_assert_eq(result.value, 7);
}

Test(symbol_expression, refuses_what_is_none)
{
	cr_assert_eq(EVALUATE(OP(plus)), -EINVAL);
	cr_assert_eq(EVALUATE(OP(lit1), OP(drop)), -EINVAL);
	cr_assert_eq(EVALUATE(OP(nop)), -EINVAL);
	cr_assert_eq(EVALUATE(OP1(breg3, 0)), -EINVAL, "rbx is not known");
	cr_assert_eq(EVALUATE(OP1(breg20, 0)), -EINVAL);
	cr_assert_eq(EVALUATE(OP(lit0), OP(deref)), -EINVAL, "cannot be read");
	cr_assert_eq(EVALUATE(AT(0, lit1), AT1(1, skip, -4)), -EINVAL, "for ever");
}
