// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/python.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/symbol/python_parts.h"

static int count_thread(const struct python_thread *thread, void *context)
{
	(void)thread;
	++*(unsigned int *)context;
	return 0;
}

/* A build that moved what we look for shows in that not one thread knows its interpreter. */
static int check_layout(struct python *python)
{
	unsigned int threads = 0;
	int r = -EAGAIN;

	for (int i = 0; i < PYTHON_ATTEMPTS && r == -EAGAIN; i++) {
		r = python_each_thread(python, count_thread, &threads);
		if (r == -EAGAIN && threads > 0)
			return 0;
	}
	return r == -EAGAIN ? -EOPNOTSUPP : r;
}

static int read_version(const struct python_memory *memory, const struct python_place *place,
			uint32_t *ret)
{
	unsigned long version;
	int r;

	if (!place->version)
		return -EOPNOTSUPP;
	r = python_read(memory, place->version, &version, sizeof(version));
	if (r == 0)
		*ret = (uint32_t)version;
	return r;
}

int python_open_memory(pid_t pid, const struct python_memory *memory,
		       const struct python_place *place, struct python **ret)
{
	_cleanup_(python_closep) struct python *python = calloc(1, sizeof(*python));
	uint32_t version = 0;
	int r;

	if (!python)
		return -ENOMEM;
	python->pid = pid;
	python->memory = *memory;
	python->place = *place;
	r = read_version(memory, place, &version);
	if (r < 0)
		return r;
	snprintf(python->version, sizeof(python->version), "%u.%u.%u", version >> 24,
		 version >> 16 & 0xff, version >> 8 & 0xff);
	r = python_layout(memory, place->runtime, version, &python->layout);
	if (r == 0)
		r = python_find_gils(python);
	if (r == 0)
		r = check_layout(python);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(python);
	return 0;
}

static bool is_in_other_namespace(pid_t pid)
{
	char path[64], own[64] = "", its[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return readlink("/proc/self/ns/pid", own, sizeof(own) - 1) > 0 &&
	       readlink(path, its, sizeof(its) - 1) > 0 && strcmp(own, its) != 0;
}

int python_open(pid_t pid, struct python **ret)
{
	struct python_process process = { .pid = pid };
	struct python_memory memory = { python_memory_read, &process };
	struct python_place place;
	struct python *python = NULL;
	int r = python_find(pid, &place);

	if (r < 0)
		return r;
	r = python_open_memory(pid, &memory, &place, &python);
	if (r < 0) {
		target_memory_close(&process.memory);
		return r;
	}
	python->process = process;
	python->memory.context = &python->process;
	python->is_namespaced = is_in_other_namespace(pid);
	*ret = python;
	return 0;
}

void python_close(struct python *python)
{
	if (!python)
		return;
	target_memory_close(&python->process.memory);
	free(python->known);
	free(python);
}

void python_closep(struct python **python)
{
	python_close(*python);
}

const char *python_version(const struct python *python)
{
	return python->version;
}
