// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/target_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void open_memory(struct target_memory *memory, pid_t pid)
{
	char path[32];

	target_memory_close(memory);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory->fd = open(path, O_RDONLY | O_CLOEXEC);
	memory->pid = pid;
}

ssize_t target_memory_read(struct target_memory *memory, pid_t pid, uint64_t address, void *buffer,
			   size_t size)
{
	ssize_t got;

	if (pid <= 0)
		return -ESRCH;
	/* Nobody's; pread() would take it for a mistake of ours. */
	if (address > INT64_MAX)
		return -EIO;
	if (memory->pid != pid)
		open_memory(memory, pid);
	if (memory->fd < 0)
		return -ESRCH;
	got = pread(memory->fd, buffer, size, (off_t)address);
	return got < 0 ? -errno : got;
}

ssize_t target_memory_read_now(struct target_memory *memory, pid_t pid, uint64_t address,
			       void *buffer, size_t size)
{
	ssize_t got = target_memory_read(memory, pid, address, buffer, size);

	/* Memory that nobody has any more ends everywhere; what is not mapped is an error. */
	if (got != 0 && got != -ESRCH)
		return got;
	target_memory_close(memory);
	return target_memory_read(memory, pid, address, buffer, size);
}

void target_memory_close(struct target_memory *memory)
{
	if (memory->pid && memory->fd >= 0)
		close(memory->fd);
	*memory = (struct target_memory){ 0 };
}
