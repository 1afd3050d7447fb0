/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread's registers where it stopped, numbered as DWARF numbers them on x86-64. */
#ifndef PARTRACE_ABI_STACK_H
#define PARTRACE_ABI_STACK_H

enum stack_register {
	STACK_RAX,
	STACK_RDX,
	STACK_RCX,
	STACK_RBX,
	STACK_RSI,
	STACK_RDI,
	STACK_RBP,
	STACK_RSP,
	STACK_R8,
	STACK_R9,
	STACK_R10,
	STACK_R11,
	STACK_R12,
	STACK_R13,
	STACK_R14,
	STACK_R15,
	STACK_RIP,
	STACK_REGISTERS,
};

#endif
