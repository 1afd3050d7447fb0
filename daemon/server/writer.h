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
};

void writer_release(struct writer *writer);

__attribute__((format(printf, 2, 3))) void write_format(struct writer *writer, const char *format,
							...);
/* A string literal, or null: control characters escaped, invalid UTF-8 replaced by U+FFFD. */
void write_text(struct writer *writer, const char *text);
/* The object that `fields` describe at `object`. */
void write_object(struct writer *writer, const void *object, const struct field *fields);

#endif
