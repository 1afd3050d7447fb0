/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc says of a process. */
#ifndef PARTRACE_PROCFS_H
#define PARTRACE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_COMMAND_MAX 4096

struct process_facts {
	char name[64];
	char command[PROCESS_COMMAND_MAX]; /* arguments joined by spaces; the name if there are none
					    */
	uint64_t rss_bytes;                /* NO_VALUE when unknown */
	uint64_t pss_bytes;
};

bool procfs_exists(pid_t id);

/* -ESRCH when it is gone. Memory only on request: the kernel walks all its pages for it. */
int procfs_read(pid_t pid, bool with_memory, struct process_facts *ret);

#endif
