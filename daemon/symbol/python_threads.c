// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/symbol/python_parts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

static int read_frame_pointer(struct python *python, uint64_t held, uint64_t *ret)
{
	if (python->layout.c_frame_frame == PYTHON_NONE || held == 0) {
		*ret = held;
		return 0;
	}
	if (!python_is_pointer(held))
		return -EAGAIN;
	return python_read(&python->memory, held + python->layout.c_frame_frame, ret, sizeof(*ret));
}

int python_read_thread(struct python *python, uint64_t interpreter, uint64_t previous,
		       struct python_thread *thread, uint64_t *ret_next)
{
	const struct python_layout *layout = &python->layout;
	uint8_t state[PYTHON_THREAD_MAX];
	int r;

	if (!python_is_pointer(thread->address))
		return -EAGAIN;
	r = python_read(&python->memory, thread->address, state, layout->thread_size);
	if (r < 0)
		return r;
	if (python_field(state, layout->thread_interpreter) != interpreter ||
	    python_field(state, layout->thread_previous) != previous)
		return -EAGAIN;
	thread->interpreter = interpreter;
	thread->native_id = python_field(state, layout->thread_native_id);
	thread->held = python_field(state, layout->thread_frame);
	r = read_frame_pointer(python, python_field(state, layout->thread_frame), &thread->frame);
	if (r < 0)
		return r;
	*ret_next = python_field(state, layout->thread_next);
	return 0;
}

static int each_of_interpreter(struct python *python, uint64_t interpreter, unsigned int *left,
			       int (*visit)(const struct python_thread *thread, void *context),
			       void *context)
{
	uint64_t next, previous = 0;
	int r = python_read(&python->memory, interpreter + python->layout.interpreter_threads,
			    &next, sizeof(next));

	while (r == 0 && next) {
		struct python_thread thread = { .address = next };

		if ((*left)-- == 0)
			return -EAGAIN;
		r = python_read_thread(python, interpreter, previous, &thread, &next);
		if (r == 0)
			r = visit(&thread, context);
		previous = thread.address;
	}
	return r;
}

int python_each_thread(struct python *python,
		       int (*visit)(const struct python_thread *thread, void *context),
		       void *context)
{
	unsigned int interpreters = PYTHON_INTERPRETERS_MAX, threads = PYTHON_THREADS_MAX;
	uint64_t next;
	int r = python_read(&python->memory,
			    python->place.runtime + python->layout.runtime_interpreters, &next,
			    sizeof(next));

	while (r == 0 && next) {
		uint64_t interpreter = next;

		if (interpreters-- == 0 || !python_is_pointer(interpreter))
			return -EAGAIN;
		r = each_of_interpreter(python, interpreter, &threads, visit, context);
		if (r == 0)
			r = python_read(&python->memory,
					interpreter + python->layout.interpreter_next, &next,
					sizeof(next));
	}
	return r;
}

/* The last of NSpid: in the namespace that the task itself lives in. */
static int innermost_id(pid_t pid, pid_t tid, uint64_t *ret)
{
	_cleanup_fclose_ FILE *status = NULL;
	char line[512], path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		const char *last;

		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		last = strrchr(line, '\t');
		*ret = strtoull(last ? last : line + 6, NULL, 10);
		return 0;
	}
	return -ESRCH;
}

int python_tid_inside(const struct python *python, pid_t tid, uint64_t *ret)
{
	if (python->is_namespaced)
		return innermost_id(python->pid, tid, ret);
	*ret = (uint64_t)tid;
	return 0;
}

int python_tid_outside(const struct python *python, uint64_t inside, pid_t *ret)
{
	_cleanup_closedir_ DIR *tasks = NULL;
	const struct dirent *entry;
	char path[64];

	if (!python->is_namespaced) {
		*ret = (pid_t)inside;
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/%d/task", python->pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		uint64_t id;
		pid_t tid;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		tid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (innermost_id(python->pid, tid, &id) < 0 || id != inside)
			continue;
		*ret = tid;
		return 0;
	}
	return -ESRCH;
}
