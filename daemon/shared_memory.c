// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/shared_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/owned.h"
#include "daemon/symbol/patience.h"

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

/* Of the word at `address`, in a process's memory. */
struct search_at {
	uint64_t address;
	struct shared_memory memory;
	int result;
};

static void look_at(pid_t pid, void *data)
{
	_cleanup_free_ char *line = NULL;
	struct search_at *search = data;
	struct mapping mapping;

	search->result = find(pid, search->address, &line, &mapping);
	if (search->result < 0)
		return;
	search->memory = mapping.memory;
	search->memory.offset += search->address - mapping.start;
}

int shared_memory_at(pid_t pid, uint64_t address, struct shared_memory *ret)
{
	struct search_at search = { .address = address };
	int r = patience_ask(pid, look_at, &search, sizeof(search));

	if (r < 0 || search.result < 0)
		return r < 0 ? r : search.result;
	*ret = search.memory;
	return 0;
}

/*
 * What maps calls deleted may have another name: sem_open() of glibc makes its file under one and
 * links it to the other. Of System V's memory and of a memfd the kernel counts no names at all.
 */
static void look_whether_closed(pid_t pid, void *data)
{
	_cleanup_free_ char *line = NULL;
	struct search_at *search = data;
	struct mapping mapping;
	struct stat file;
	char path[96];

	if (find(pid, search->address, &line, &mapping) < 0 || strstr(line, " /SYSV") ||
	    strstr(line, " /memfd:"))
		return;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, mapping.start,
		 mapping.end);
	search->result =
		!stat(path, &file) && file.st_ino == mapping.memory.inode && !file.st_nlink;
}

bool shared_memory_is_closed(pid_t pid, uint64_t address)
{
	struct search_at search = { .address = address };

	return !patience_ask(pid, look_whether_closed, &search, sizeof(search)) && search.result;
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

static int look(pid_t pid, const struct shared_memory *memory)
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

static void look_for(pid_t pid, void *data)
{
	struct search_at *search = data;

	search->result = look(pid, &search->memory);
}

int shared_memory_look(pid_t pid, const struct shared_memory *memory)
{
	struct search_at search = { .memory = *memory };
	int r = patience_ask(pid, look_for, &search, sizeof(search));

	return r < 0 ? r : search.result;
}

bool shared_memory_is_of(pid_t pid, const struct shared_memory *memory)
{
	return shared_memory_look(pid, memory) == 1;
}
