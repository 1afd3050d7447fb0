/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program says on stderr. Modules return errors; verbs and main say them, once. */
#ifndef PARTRACE_BASE_LOG_H
#define PARTRACE_BASE_LOG_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

#define LOG_COLUMNS 80u

/* Names and files are strangers': what could move a terminal's cursor becomes '?'. */
static inline void log_clean(char *text)
{
	for (unsigned char *at = (unsigned char *)text; *at; at++) {
		bool is_c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;

		if (*at < ' ' || *at == 0x7f || is_c1)
			*at = '?';
		if (is_c1)
			*++at = '?';
	}
}

/* Breaks a text between words where it would pass the last column; a longer word stays whole. */
static inline void log_fold(char *text, unsigned int columns)
{
	unsigned int column = 0, after_space = 0;
	char *space = NULL;

	for (char *at = text; *at; at++) {
		if ((*at & 0xc0) == 0x80)
			continue;
		after_space++;
		if (*at == ' ') {
			space = at;
			after_space = 0;
		}
		if (++column > columns && space) {
			*space = '\n';
			space = NULL;
			column = after_space;
		}
	}
}

/* On a terminal in its columns; one write, so that lines of several processes do not mix. */
static inline void log_as(const char *name, char *text)
{
	char *line;

	log_clean(text);
	if (asprintf(&line, "%s: %s", name, text) < 0)
		return;
	if (isatty(STDERR_FILENO))
		log_fold(line, LOG_COLUMNS);
	fprintf(stderr, "%s\n", line);
	free(line);
}

__attribute__((format(printf, 1, 2))) static inline void log_line(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_as(program_invocation_short_name, text);
}

/*
 * Says "program: WHAT: WHY" and returns the error, for `return log_error(r, "open %s", path)`.
 * `error` is -errno; the sentence names the object, strerror the reason; where a limit may be the
 * cause, what to do about it follows.
 */
__attribute__((format(printf, 2, 3))) static inline int log_error(int error, const char *format,
								  ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	log_line("%s: %s%s", what, strerror(-error), limit_advice(error));
	return error;
}

#endif
