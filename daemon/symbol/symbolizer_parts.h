/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a symbolizer share. */
#ifndef PARTRACE_SYMBOL_SYMBOLIZER_PARTS_H
#define PARTRACE_SYMBOL_SYMBOLIZER_PARTS_H

#include "daemon/symbol/code.h"
#include "daemon/symbol/interpreter.h"
#include "daemon/symbol/module.h"
#include "daemon/symbol/process.h"
#include "daemon/symbol/stack_memory.h"
#include "daemon/symbol/symbolizer.h"
#include "daemon/symbol/texts.h"

struct symbolizer {
	struct texts *texts;
	struct processes *processes;
	struct modules *modules;
	struct code *code;
	struct interpreters *interpreters;
	struct javas *javas;
	struct stack_memory memory;
};

/* As processes_get(), and what is mapped as code there is open, to have names after its end. */
int symbolizer_process(struct symbolizer *symbolizer, pid_t pid, uint64_t now_ns,
		       struct process **ret);
/* Interned; NULL when there is no room. */
const char *symbolizer_text(struct symbolizer *symbolizer, const char *text);
/* The path of what is mapped, likewise; NULL when it has none. */
const char *symbolizer_path(struct symbolizer *symbolizer, struct mapping *mapping);

#endif
