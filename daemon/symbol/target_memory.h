/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of targets: process_vm_readv() waits, it may be for ever, for a page that the target
 * has put into the hands of userfaultfd(2), and neither the event loop nor the thread that finds
 * names for all targets may stand still for one of them; a read of /proc/PID/mem fails.
 * (pin_user_pages_remote() may give up the lock of the mappings meanwhile, access_remote_vm() not.)
 */
#ifndef PARTRACE_SYMBOL_TARGET_MEMORY_H
#define PARTRACE_SYMBOL_TARGET_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/* Of the process that was read last: to open it costs more than to read. {0}: of none. */
struct target_memory {
	pid_t pid;
	int fd;
};

/* How many bytes there were, or -errno; -EIO: nothing is there. What is open stays the memory it
 * was, also after exec. */
ssize_t target_memory_read(struct target_memory *memory, pid_t pid, uint64_t address, void *buffer,
			   size_t size);
/* The same, but after exec, or when the PID is another process's, of what is there now. */
ssize_t target_memory_read_now(struct target_memory *memory, pid_t pid, uint64_t address,
			       void *buffer, size_t size);
void target_memory_close(struct target_memory *memory);

#endif
