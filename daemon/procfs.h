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
	char command[PROCESS_COMMAND_MAX]; /* arguments, spaced; the name if there are none */
	uint64_t rss_bytes;                /* NO_VALUE when unknown */
	uint64_t pss_bytes;                /* likewise */
};

/* Of the thread `id`: whose it is, and whether that process lives no more (a zombie). */
struct thread_facts {
	pid_t process;
	pid_t parent; /* of that process; 0: none that this PID namespace has */
	bool has_ended;
	bool is_asleep; /* the thread, and a signal would wake it */
};

/* Of /proc/ID/status. -ESRCH when there is no such thread. */
int procfs_read_thread(pid_t id, struct thread_facts *ret);

struct process_status {
	uint64_t threads;        /* that live */
	uint64_t caught_signals; /* that it has handlers for: bit 0 is signal 1 */
	pid_t tracer;            /* 0: nobody traces it, or nobody whom this PID namespace has */
};

/* Of /proc/PID/status. -ESRCH when there is no such process; -ENODATA. */
int procfs_read_status(pid_t pid, struct process_status *ret);

/*
 * Of comm, cmdline and, on request, smaps_rollup, for which the kernel walks all its pages. -ESRCH
 * when it is gone. Where its memory is locked (symbol/patience.h) there is its name only.
 */
int procfs_read(pid_t pid, bool with_memory, struct process_facts *ret);

/* As comm has it. -ESRCH when it is gone. */
int procfs_read_name(pid_t pid, char *ret, size_t size);

#endif
