/* SPDX-License-Identifier: BSD-2-Clause */
/* Do we and the other end of a Unix socket mean the same process by the same number? */
#ifndef PARTRACE_BASE_PID_NAMESPACE_H
#define PARTRACE_BASE_PID_NAMESPACE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/owned.h"

/*
 * `pid` as SO_PEERCRED tells it: 0 for a process that our PID namespace does not see. One that it
 * sees has a number in each namespace from ours down to its own. True where that cannot be read:
 * the process is gone, or there is no /proc.
 */
static inline bool shares_pid_namespace(pid_t pid)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[64], line[512];

	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "NSpid:\t", 7))
			return !strchr(line + 7, '\t');
	return true;
}

#endif
