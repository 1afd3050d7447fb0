/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program a command's name stands for, and in whose environment. */
#ifndef PARTRACE_VERBS_LOOKUP_H
#define PARTRACE_VERBS_LOOKUP_H

#include <stddef.h>

/* `path` as in PATH. 0; -ENOENT: nowhere; -EACCES: there, but it cannot be executed. */
int lookup_program(const char *name, const char *path, char *ret, size_t size);

/*
 * A variable of the user behind sudo, whose own environment sudo has replaced: read from
 * /proc/SUDO/environ. malloc'ed; NULL when no ancestor is sudo or it has no such variable.
 */
char *lookup_sudo_variable(const char *name);

#endif
