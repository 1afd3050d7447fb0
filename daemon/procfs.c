// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/owned.h"
#include "daemon/symbol/patience.h"

static ssize_t read_file(pid_t pid, const char *name, char *buffer, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, buffer, size - 1);
	if (got < 0)
		return -errno;
	buffer[got] = '\0';
	return got;
}

static long number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

int procfs_read_thread(pid_t id, struct thread_facts *ret)
{
	char text[4096];
	pid_t process;

	/* The first line is the name, in which the kernel escapes what would end it. */
	if (id <= 0 || read_file(id, "status", text, sizeof(text)) <= 0)
		return -ESRCH;
	process = (pid_t)number_after(text, "\nTgid:\t");
	if (process <= 0)
		return -ESRCH;
	/* A leader may have ended before its other threads. */
	ret->has_ended = strstr(text, "\nState:\tZ") && number_after(text, "\nThreads:\t") <= 1;
	ret->is_asleep = strstr(text, "\nState:\tS");
	ret->process = process;
	ret->parent = (pid_t)number_after(text, "\nPPid:\t");
	return 0;
}

int procfs_read_status(pid_t pid, struct process_status *ret)
{
	char text[4096];
	const char *caught;

	if (pid <= 0 || read_file(pid, "status", text, sizeof(text)) <= 0)
		return -ESRCH;
	caught = strstr(text, "\nSigCgt:\t");
	if (!caught)
		return -ENODATA;
	ret->tracer = (pid_t)number_after(text, "\nTracerPid:\t");
	ret->threads = (uint64_t)number_after(text, "\nThreads:\t");
	ret->caught_signals = strtoull(caught + strlen("\nSigCgt:\t"), NULL, 16);
	return 0;
}

/* In linux/sched.h. */
#define PF_KTHREAD 0x00200000ul

static bool is_kernel_thread(pid_t pid)
{
	char text[512];
	const char *name_end;
	unsigned long flags = 0;

	if (read_file(pid, "stat", text, sizeof(text)) <= 0)
		return false;
	/* A name may have anything in it. */
	name_end = strrchr(text, ')');
	return name_end && sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %lu", &flags) == 1 &&
	       (flags & PF_KTHREAD);
}

/* Kernel threads as ps shows them. Others have no command when they are about to be gone. */
static void name_as_command(pid_t pid, struct process_facts *facts)
{
	snprintf(facts->command, sizeof(facts->command), is_kernel_thread(pid) ? "[%s]" : "%s",
		 facts->name);
}

static void read_command(pid_t pid, struct process_facts *facts)
{
	ssize_t got = read_file(pid, "cmdline", facts->command, sizeof(facts->command));

	if (got <= 0) {
		name_as_command(pid, facts);
		return;
	}
	for (ssize_t i = 0; i < got - 1; i++)
		if (facts->command[i] == '\0')
			facts->command[i] = ' ';
}

static void read_memory(pid_t pid, struct process_facts *facts)
{
	char text[2048];
	const char *at;
	unsigned long kib;

	if (read_file(pid, "smaps_rollup", text, sizeof(text)) <= 0)
		return;
	at = strstr(text, "\nRss:");
	if (at && sscanf(at, "\nRss: %lu", &kib) == 1)
		facts->rss_bytes = kib * 1024;
	at = strstr(text, "\nPss:");
	if (at && sscanf(at, "\nPss: %lu", &kib) == 1)
		facts->pss_bytes = kib * 1024;
}

int procfs_read_name(pid_t pid, char *ret, size_t size)
{
	if (read_file(pid, "comm", ret, size) <= 0)
		return -ESRCH;
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

struct locked_facts {
	bool with_memory;
	struct process_facts facts;
};

/* What is read under the lock of the process's mappings. */
static void read_locked(pid_t pid, void *data)
{
	struct locked_facts *locked = data;

	read_command(pid, &locked->facts);
	if (locked->with_memory)
		read_memory(pid, &locked->facts);
}

int procfs_read(pid_t pid, bool with_memory, struct process_facts *ret)
{
	struct locked_facts locked = { .with_memory = with_memory };
	struct process_facts *facts = &locked.facts;

	facts->rss_bytes = NO_VALUE;
	facts->pss_bytes = NO_VALUE;
	if (procfs_read_name(pid, facts->name, sizeof(facts->name)) < 0)
		return -ESRCH;
	if (patience_ask(pid, read_locked, &locked, sizeof(locked)) < 0)
		name_as_command(pid, facts);
	*ret = *facts;
	return 0;
}
