/* SPDX-License-Identifier: BSD-2-Clause */
/* Interned texts: each is kept once, never moves, and lives as long as the store. */
#ifndef PARTRACE_SYMBOL_TEXTS_H
#define PARTRACE_SYMBOL_TEXTS_H

#include <stddef.h>

struct texts;

int texts_new(size_t max_bytes, struct texts **ret);
void texts_free(struct texts *texts);
static inline void texts_freep(struct texts **texts)
{
	texts_free(*texts);
}

/* NULL when the store is full: the text is not known then, and what was given out stays. */
const char *texts_keep(struct texts *texts, const char *text);
size_t texts_bytes(const struct texts *texts);
/* How often there was no room. */
size_t texts_refused(const struct texts *texts);

#endif
