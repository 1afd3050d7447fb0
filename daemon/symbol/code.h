/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has been found out about places in code, so that stacks which share them cost next to
 * nothing. Bounded: when it is full, it begins anew.
 */
#ifndef PARTRACE_SYMBOL_CODE_H
#define PARTRACE_SYMBOL_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/symbol/module.h"
#include "daemon/symbol/rows.h"
#include "daemon/symbol/texts.h"

#define CODE_POINTS_MAX 131072u /* 136 bytes each, in a table twice as large at most */

struct code_point {
	uint64_t module;  /* its id; 0: free */
	uint64_t address; /* in the file */
	struct row row;
	bool has_symbol;
	bool has_name_of_start; /* assembly that begins a thread, or Go's likes of it */
	const char *function;   /* demangled, interned; NULL: not known */
	uint64_t start;         /* of the function */
	const char *file;       /* interned; NULL: not known */
	uint64_t line;          /* UINT64_MAX: not known */
};

struct code;

/* Texts are interned in `texts`, which must outlive it. 0 or -ENOMEM. */
int code_new(struct texts *texts, struct code **ret);
void code_free(struct code *code);

/* Found out if need be; it stays valid until the next call. NULL: out of memory. */
const struct code_point *code_at(struct code *code, struct module *module, uint64_t address);
/* How many are remembered. */
size_t code_points(const struct code *code);
/* Lets go of what is read in the modules' files: they are about to rest. */
void code_rest(struct code *code);

#endif
