/* SPDX-License-Identifier: BSD-2-Clause */
/* DWARF expressions as call frame information uses them (PLT, signal frames). Pure, bounded. */
#ifndef PARTRACE_SYMBOL_EXPRESSION_H
#define PARTRACE_SYMBOL_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#include "abi/stack.h"

struct expression_input {
	const uint64_t *registers;
	uint32_t known; /* bit for each register whose value is known */
	bool has_cfa;
	uint64_t cfa;
	bool (*read)(void *context, uint64_t address, uint64_t *ret);
	void *context;
};

struct expression_result {
	uint64_t value;
	bool is_value; /* of the thing itself, not of where it is kept */
};

/* -EINVAL when it is none, goes on for ever, or needs what is not known. */
int expression_evaluate(const Dwarf_Op *ops, size_t count, const struct expression_input *input,
			struct expression_result *ret);

#endif
