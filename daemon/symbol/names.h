/* SPDX-License-Identifier: BSD-2-Clause */
/* From names in ELF files to names that programmers wrote. */
#ifndef PARTRACE_SYMBOL_NAMES_H
#define PARTRACE_SYMBOL_NAMES_H

#include "daemon/symbol/texts.h"

#define NAMES_BYTES_MAX 1024u

/*
 * C++ and Rust demangled, without parameters; without a symbol's version; cut to NAMES_BYTES_MAX;
 * interned. NULL when the store is full.
 */
const char *names_keep(struct texts *texts, const char *symbol);

/* Paths and the like: the same text without control characters, and valid UTF-8. */
const char *names_keep_text(struct texts *texts, const char *text);

#endif
