/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program a command's name stands for. */
#ifndef PARTRACE_VERBS_LOOKUP_H
#define PARTRACE_VERBS_LOOKUP_H

#include <stddef.h>

/* `path` as in PATH. 0; -ENOENT: nowhere; -EACCES: there, but it cannot be executed. */
int lookup_program(const char *name, const char *path, char *ret, size_t size);

#endif
