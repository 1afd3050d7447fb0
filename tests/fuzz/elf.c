// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/elf.h"

#include <unistd.h>

#include <criterion/criterion.h>

#include "base/owned.h"

struct elf_looks elf_looks;

void elf_look(struct symbolizer *symbolizer, struct mutation *mutation, uint64_t begin,
	      uint64_t size)
{
	static uint64_t words[256];
	static struct symbol_frame frames[SYMBOL_FRAMES_MAX];
	struct raw_stack stack = { .bytes = (uint8_t *)words, .size = sizeof(words) };
	struct symbol_place place;
	bool whole;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		words[i] = begin + mutation_number(mutation, size);
	for (unsigned int i = 0; i < 8; i++) {
		for (size_t number = 0; number < STACK_REGISTERS; number++)
			stack.registers[number] = 1 << 20;
		stack.registers[STACK_RIP] = begin + mutation_number(mutation, size);
		cr_assert(symbolizer_stack(symbolizer, getpid(), &stack, frames, ARRAY_LEN(frames),
					   &whole) > 0);
		elf_looks.natives += frames[0].kind == FRAME_NATIVE;
		elf_looks.named += frames[0].function != NULL;
		cr_assert_eq(symbolizer_place(symbolizer, getpid(),
					      begin + mutation_number(mutation, size), &place),
			     0);
	}
}

void elf_spoil(struct mutation *mutation, uint8_t *bytes, size_t size)
{
	switch (mutation_number(mutation, 4)) {
	case 0:
		mutation_spoil(mutation, bytes, 1024);
		break;
	case 1:
		mutation_spoil(mutation, bytes + size - 4096, 4096);
		break;
	case 2:
		mutation_spoil(mutation, bytes + mutation_number(mutation, size - 2048), 2048);
		break;
	default:
		for (int i = 0; i < 8; i++)
			mutation_spoil(mutation, bytes, size);
	}
}
