/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text, written as it comes: a report of 16,000 threads needs no tree of objects. */
#ifndef PARTRACE_SERVER_WRITER_H
#define PARTRACE_SERVER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/report_fields.h"

struct writer {
	char *text; /* malloc'ed; NUL-terminated */
	size_t length;
	size_t room;
	bool failed; /* out of memory */
	/* Lists that last are left out, to be written later: the event loop need not wait for them.
	 */
	bool leaves_gaps;
	struct writer_gap *gaps;
	size_t gaps_count, gaps_room;
	size_t gaps_filled; /* by writer_fill() */
};

struct writer_gap {
	size_t at; /* in the text */
	const void *array;
	size_t count;
	const struct field *field;
};

void writer_release(struct writer *writer);

__attribute__((format(printf, 2, 3))) void write_format(struct writer *writer, const char *format,
							...);
/* A string literal, or null: control characters escaped, invalid UTF-8 replaced by U+FFFD. */
void write_text(struct writer *writer, const char *text);
/* The object that `fields` describe at `object`. */
void write_object(struct writer *writer, const void *object, const struct field *fields);
/*
 * Writes the text with its gaps filled to the end of `whole`, until `until_ns` of this thread's CPU
 * time. False: to be called again, for more is left. At
 * the end the draft is released; it and `whole` fail together.
 */
bool writer_fill(struct writer *draft, struct writer *whole, uint64_t until_ns);

#endif
