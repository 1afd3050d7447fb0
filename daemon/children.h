/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose end a thread waits for in wait4() or waitid(), by /proc. */
#ifndef PARTRACE_CHILDREN_H
#define PARTRACE_CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

#define CHILD_THREADS_MAX 256

/*
 * The threads of all children that the call could return for; how many. -ENODATA: it cannot be
 * told, or there are too many; -ESRCH: it does not wait any more.
 */
int children_waited_for(pid_t pid, pid_t tid, uint32_t ret[CHILD_THREADS_MAX]);

#endif
