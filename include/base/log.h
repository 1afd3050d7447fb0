/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program says on stderr. Modules return errors; verbs and main say them, once. */
#ifndef PARTRACE_BASE_LOG_H
#define PARTRACE_BASE_LOG_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One write, so that lines of several processes do not mix. */
__attribute__((format(printf, 1, 2))) static inline void log_line(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
}

/*
 * Says "program: WHAT: WHY" and returns the error, for `return log_error(r, "open %s", path)`.
 * `error` is -errno; the sentence names the object, strerror the reason.
 */
__attribute__((format(printf, 2, 3))) static inline int log_error(int error, const char *format,
								  ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	log_line("%s: %s", what, strerror(-error));
	return error;
}

#endif
