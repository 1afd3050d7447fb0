// SPDX-License-Identifier: BSD-2-Clause
#include "cli/verbs/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void usage_error(const struct argp_state *state, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0) {
		log_as(state->name, text);
		free(text);
	}
	va_end(args);
	exit(argp_err_exit_status);
}
