/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with a command line, said as everything else on stderr is. */
#ifndef PARTRACE_CLI_USAGE_H
#define PARTRACE_CLI_USAGE_H

#include <argp.h>

/*
 * Says "partrace VERB: SENTENCE" and ends with status 2. Unlike argp_failure() it breaks the
 * sentence in the columns of a terminal, and lets no argument steer it.
 */
__attribute__((format(printf, 2, 3))) _Noreturn void usage_error(const struct argp_state *state,
								 const char *format, ...);

#endif
