/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How to get from a function to its caller at one place in its code: a row of the table that call
 * frame information describes (.eh_frame, .debug_frame), in the form that is quick to follow.
 */
#ifndef PARTRACE_SYMBOL_ROWS_H
#define PARTRACE_SYMBOL_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/stack.h"
#include "daemon/symbol/module.h"

enum row_kind {
	ROW_NONE,    /* nothing is said of this place */
	ROW_PLAIN,   /* all of it is in `rules` */
	ROW_COMPLEX, /* expressions: ask `frame` */
	ROW_END,     /* there is no caller: a thread starts here */
	ROW_UNREAD,  /* was complex before its module rested (module.h) */
};

/* What a function must keep for its caller, and where it returns to. */
enum row_rule { ROW_RBX, ROW_RBP, ROW_R12, ROW_R13, ROW_R14, ROW_R15, ROW_RIP, ROW_RULES };

#define ROW_SAME    INT32_MIN       /* in place of an offset: it still has the same value */
#define ROW_UNKNOWN (INT32_MIN + 1) /* it is lost */

struct row {
	uint8_t kind;   /* enum row_kind */
	bool is_signal; /* the caller was interrupted: it stands at its address, not behind a call
			 */
	uint8_t cfa_register;
	int32_t cfa_offset;
	int32_t rules[ROW_RULES]; /* kept at CFA + this */
	Dwarf_Frame *frame;       /* ROW_COMPLEX: free() it */
};

/* `address` is the file's own. */
void row_read(struct module *module, uint64_t address, struct row *ret);

struct registers {
	uint64_t values[STACK_REGISTERS];
	uint32_t known; /* bit for each */
};

/* To the caller's registers; false when a value is needed that cannot be read. */
bool row_follow(const struct row *row, const struct registers *registers,
		bool (*read)(void *context, uint64_t address, uint64_t *ret), void *context,
		struct registers *ret);

#endif
