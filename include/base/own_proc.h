/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc names processes by the numbers of the PID namespace that it was mounted in. */
#ifndef PARTRACE_BASE_OWN_PROC_H
#define PARTRACE_BASE_OWN_PROC_H

#include <stdlib.h>
#include <unistd.h>

/* What is read of process 42 in another one's /proc is of somebody else: why not; NULL: ours. */
static inline const char *own_proc_problem(void)
{
	char number[16] = "";

	if (readlink("/proc/self", number, sizeof(number) - 1) < 0)
		return "/proc does not know this process: mount the one of this PID namespace "
		       "(mount -t proc proc /proc, in a mount namespace of its own)";
	if (atoi(number) == getpid())
		return NULL;
	return "/proc is of another PID namespace than this process: mount the one of this one "
	       "(unshare --mount-proc; or mount -t proc proc /proc, in a mount namespace of its "
	       "own)";
}

#endif
