// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/children.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/owned.h"

/* The kernel nests no more: MAX_PID_NS_LEVEL, and the first one. */
#define PID_LEVELS_MAX 33

#define ANY_CHILD (-1)

/* A child as its parent's call names it: by its number in the PID namespace of the parent. */
struct child {
	pid_t number; /* or ANY_CHILD */
	size_t level; /* of that namespace, counted from ours, which is 0 */
};

/* A process's numbers, from our PID namespace down to its own; how many there are. */
static size_t numbers_of(pid_t pid, pid_t ret[PID_LEVELS_MAX])
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[64], line[512], *at = NULL, *end;
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (!at && file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "NSpid:", 6))
			at = line + 6;
	while (at && count < PID_LEVELS_MAX) {
		ret[count] = (pid_t)strtol(at, &end, 10);
		if (end == at)
			break;
		at = end;
		count++;
	}
	return count;
}

/* What the call says. */
static int child_of_call(pid_t pid, pid_t tid, pid_t *ret)
{
	_cleanup_(fclosep) FILE *file = NULL;
	unsigned long first, second;
	char path[64];
	long number;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%ld %lx %lx", &number, &first, &second) != 3)
		return -ESRCH;
	if (number == SYS_wait4 && (int)first > 0)
		*ret = (pid_t)first;
	else if (number == SYS_waitid && (int)first == P_PID)
		*ret = (pid_t)second;
	else if ((number == SYS_wait4 && (int)first == -1) ||
		 (number == SYS_waitid && (int)first == P_ALL))
		*ret = ANY_CHILD;
	else
		return -ENODATA;
	return 0;
}

/* Adds all threads of a process. */
static int add_threads(pid_t pid, uint32_t ret[CHILD_THREADS_MAX], int *count)
{
	_cleanup_(closedirp) DIR *folder = NULL;
	struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		return 0;
	while ((entry = readdir(folder))) {
		int tid = atoi(entry->d_name);

		if (tid <= 0)
			continue;
		if (*count == CHILD_THREADS_MAX)
			return -ENODATA;
		ret[(*count)++] = (uint32_t)tid;
	}
	return 0;
}

static bool is_child(pid_t pid, const struct child *wanted)
{
	pid_t numbers[PID_LEVELS_MAX];

	return wanted->number == ANY_CHILD || (numbers_of(pid, numbers) > wanted->level &&
					       numbers[wanted->level] == wanted->number);
}

/* Of the children that a thread has made; -ENODATA where the kernel does not list them. */
static int add_children_of(pid_t pid, pid_t tid, const struct child *wanted,
			   uint32_t ret[CHILD_THREADS_MAX], int *count)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[64];
	int child, r = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, tid);
	file = fopen(path, "re");
	if (!file)
		return -ENODATA;
	while (!r && fscanf(file, "%d", &child) == 1)
		if (is_child(child, wanted))
			r = add_threads(child, ret, count);
	return r;
}

static int add_children(pid_t pid, const struct child *wanted, uint32_t ret[CHILD_THREADS_MAX],
			int *count)
{
	uint32_t parents[CHILD_THREADS_MAX];
	int parents_count = 0, r = add_threads(pid, parents, &parents_count);

	for (int i = 0; !r && i < parents_count; i++)
		r = add_children_of(pid, (pid_t)parents[i], wanted, ret, count);
	return r;
}

int children_waited_for(pid_t pid, pid_t tid, uint32_t ret[CHILD_THREADS_MAX])
{
	pid_t numbers[PID_LEVELS_MAX];
	struct child child = { 0 };
	size_t levels;
	int count = 0, r = child_of_call(pid, tid, &child.number);

	if (r < 0)
		return r;
	levels = numbers_of(pid, numbers);
	if (!levels)
		return -ESRCH;
	child.level = levels - 1;
	/* Our number, too: it need not be looked for among all children. */
	r = child.number != ANY_CHILD && !child.level ? add_threads(child.number, ret, &count)
						      : add_children(pid, &child, ret, &count);
	return r < 0 ? r : count;
}
