// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/shared_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/owned.h"

/* The event loop waits: a millisecond or two is enough. */
#define MAPPINGS_MAX 2048

struct mapping {
	uint64_t start, end;
	struct shared_memory memory; /* at its start */
};

/* -ENOENT: processes do not share it. */
static int parse(const char *line, struct mapping *ret)
{
	struct shared_memory *memory = &ret->memory;
	char sharing;

	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %*3s%c %" SCNx64 " %" SCNx64 ":%" SCNx64 " %" SCNu64,
		   &ret->start, &ret->end, &sharing, &memory->offset, &memory->device_major,
		   &memory->device_minor, &memory->inode) != 7)
		return -EINVAL;
	return sharing == 's' && memory->inode ? 0 : -ENOENT;
}

static FILE *open_maps(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return fopen(path, "re");
}

/* The line is the caller's to free, also after an error. */
static int find(pid_t pid, uint64_t address, char **line, struct mapping *ret)
{
	_cleanup_fclose_ FILE *file = open_maps(pid);
	size_t room = 0;

	if (!file)
		return -ESRCH;
	for (int i = 0; i < MAPPINGS_MAX && getline(line, &room, file) > 0; i++) {
		char *end;
		uint64_t from = strtoull(*line, &end, 16);

		if (*end != '-' || strtoull(end + 1, NULL, 16) <= address)
			continue;
		return from <= address ? parse(*line, ret) : -ENOENT;
	}
	return -ENOENT;
}

int shared_memory_at(pid_t pid, uint64_t address, struct shared_memory *ret)
{
	_cleanup_free_ char *line = NULL;
	struct mapping mapping;
	int r = find(pid, address, &line, &mapping);

	if (r < 0)
		return r;
	*ret = mapping.memory;
	ret->offset += address - mapping.start;
	return 0;
}

/*
 * What maps calls deleted may have another name: sem_open() of glibc makes its file under one and
 * links it to the other. Of System V's memory and of a memfd the kernel counts no names at all.
 */
bool shared_memory_is_closed(pid_t pid, uint64_t address)
{
	_cleanup_free_ char *line = NULL;
	struct mapping mapping;
	struct stat file;
	char path[96];

	if (find(pid, address, &line, &mapping) < 0 || strstr(line, " /SYSV") ||
	    strstr(line, " /memfd:"))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, mapping.start,
		 mapping.end);
	return !stat(path, &file) && file.st_ino == mapping.memory.inode && !file.st_nlink;
}

bool shared_memory_is_same(const struct shared_memory *one, const struct shared_memory *other)
{
	return one->inode == other->inode && one->offset == other->offset &&
	       one->device_major == other->device_major && one->device_minor == other->device_minor;
}

static bool has(const struct mapping *mapping, const struct shared_memory *memory)
{
	struct shared_memory there = mapping->memory;

	if (memory->offset < there.offset ||
	    memory->offset - there.offset >= mapping->end - mapping->start)
		return false;
	there.offset = memory->offset;
	return shared_memory_is_same(&there, memory);
}

int shared_memory_look(pid_t pid, const struct shared_memory *memory)
{
	_cleanup_fclose_ FILE *file = open_maps(pid);
	_cleanup_free_ char *line = NULL;
	struct mapping mapping;
	size_t room = 0;

	if (!file)
		return -ESRCH;
	for (int i = 0; getline(&line, &room, file) > 0; i++) {
		if (i == MAPPINGS_MAX)
			return -E2BIG;
		if (!parse(line, &mapping) && has(&mapping, memory))
			return 1;
	}
	return 0;
}

bool shared_memory_is_of(pid_t pid, const struct shared_memory *memory)
{
	return shared_memory_look(pid, memory) == 1;
}
