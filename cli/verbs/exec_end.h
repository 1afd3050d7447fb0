/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be said on stderr when a command that was watched has ended. */
#ifndef PARTRACE_EXEC_END_H
#define PARTRACE_EXEC_END_H

#include <jansson.h>
#include <stdint.h>

#include "cli/verbs/child.h"

/* Its children that the report saw living: a server that went into the background, say. */
void exec_end_say_children(const json_t *document, const char *name);
/* What a shell would say of a signal that the user did not send from the terminal. */
void exec_end_say_signal(const struct child *child, const char *name);

#endif
