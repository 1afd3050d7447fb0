// SPDX-License-Identifier: BSD-2-Clause
/* Of a process: the names that its runtime gave to code that it made up, from its perf-PID.map. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owned.h"
#include "base/units.h"
#include "daemon/symbol/files.h"
#include "daemon/symbol/process.h"

#define STATUS_BYTES_MAX (64u * 1024u)
#define LOOK_EVERY_NS    NSEC_PER_SEC

/* As the process knows itself: the last of the numbers that its namespaces give it. */
static pid_t inner_pid(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	const char *at, *blank;
	size_t size;

	if (files_read_proc(pid, "status", STATUS_BYTES_MAX, &text, &size) < 0)
		return pid;
	at = text ? strstr(text, "\nNSpid:") : NULL;
	if (!at)
		return pid;
	text[at + 1 - text + strcspn(at + 1, "\n")] = '\0';
	blank = strrchr(at, '\t');
	return blank ? (pid_t)strtol(blank, NULL, 10) : pid;
}

/* Somebody else's file in /tmp says nothing about this process. */
static int open_perf_map(pid_t pid, struct stat *ret_status)
{
	struct stat owner;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &owner) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", inner_pid(pid));
	fd = files_open_in_root(pid, path, ret_status);
	if (fd < 0 || ret_status->st_uid == owner.st_uid || ret_status->st_uid == 0)
		return fd;
	close(fd);
	return -EPERM;
}

static enum jit_loss_kind why_not_opened(int error)
{
	if (error == -EPERM)
		return JIT_FOREIGN;
	/* It writes none, or it has ended; that no file can be opened is told of all of them. */
	if (error == -ENOENT || error == -ESRCH || error == -ENOTDIR || error == -EMFILE ||
	    error == -ENFILE)
		return JIT_NOTHING_LOST;
	return JIT_UNREADABLE;
}

static struct jit_loss loss_of(const struct perf_map *map)
{
	if (map->beyond)
		return (struct jit_loss){ JIT_TOO_MANY, map->beyond };
	if (map->malformed)
		return (struct jit_loss){ JIT_MALFORMED, map->malformed };
	return (struct jit_loss){ 0 };
}

/* It grows while the program runs; all of it is read again when it has. */
static void look_at_perf_map(struct process *process)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	struct perf_map map = { 0 };
	struct stat status = { 0 };
	uint64_t changed_ns;
	size_t size;
	int r;

	fd = open_perf_map(process->pid, &status);
	if (fd < 0) {
		process->jit_loss = (struct jit_loss){ .kind = why_not_opened(fd) };
		return;
	}
	changed_ns = timespec_ns(status.st_mtim);
	if ((uint64_t)status.st_size == process->perf_size &&
	    changed_ns == process->perf_changed_ns)
		return;
	process->perf_size = (uint64_t)status.st_size;
	process->perf_changed_ns = changed_ns;
	r = files_read_all(fd, PERF_MAP_BYTES_MAX, &text, &size);
	if (!r)
		r = perf_map_parse(TAKE_PTR(text), size, &map);
	if (r < 0) {
		process->jit_loss =
			(struct jit_loss){ .kind = r == -EFBIG ? JIT_TOO_LARGE : JIT_UNREADABLE };
		return;
	}
	perf_map_release(&process->perf_map);
	process->perf_map = map;
	process->jit_loss = loss_of(&map);
}

/* Lines that are no entries are no loss as long as the others name all code that is met. */
const char *process_jit_name(struct process *process, uint64_t address, bool is_code,
			     uint64_t now_ns, uint64_t *ret_offset)
{
	const char *name;

	if (!process->perf_looked_ns || now_ns - process->perf_looked_ns >= LOOK_EVERY_NS) {
		process->perf_looked_ns = now_ns;
		look_at_perf_map(process);
	}
	name = perf_map_find(&process->perf_map, address, ret_offset);
	/* What has lost nothing now names what it did not before. */
	process->lacks_jit_name = process->jit_loss.kind != JIT_NOTHING_LOST &&
				  (process->lacks_jit_name || (is_code && !name));
	return name;
}
