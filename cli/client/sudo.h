/* SPDX-License-Identifier: BSD-2-Clause */
/* The user behind sudo, in whose name root works. */
#ifndef PARTRACE_CLIENT_SUDO_H
#define PARTRACE_CLIENT_SUDO_H

#include <stdbool.h>
#include <sys/types.h>

/* False where root itself calls, or no root. */
bool sudo_user(uid_t *ret_uid, gid_t *ret_gid);

/*
 * A variable of the user's own environment, which sudo has replaced: read from /proc/SUDO/environ.
 * malloc'ed; NULL when no ancestor is sudo or it has no such variable.
 */
char *sudo_variable(const char *name);

#endif
