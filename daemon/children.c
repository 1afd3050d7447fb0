// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/children.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/owned.h"

/* The child that the call names: its PID, or -1 for any. */
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
		*ret = -1;
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

/* The children that a thread has made; -ENODATA where the kernel does not list them. */
static int add_children_of(pid_t pid, pid_t tid, uint32_t ret[CHILD_THREADS_MAX], int *count)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[64];
	int child, r = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, tid);
	file = fopen(path, "re");
	if (!file)
		return -ENODATA;
	while (!r && fscanf(file, "%d", &child) == 1)
		r = add_threads(child, ret, count);
	return r;
}

static int add_all_children(pid_t pid, uint32_t ret[CHILD_THREADS_MAX], int *count)
{
	uint32_t parents[CHILD_THREADS_MAX];
	int parents_count = 0, r = add_threads(pid, parents, &parents_count);

	for (int i = 0; !r && i < parents_count; i++)
		r = add_children_of(pid, (pid_t)parents[i], ret, count);
	return r;
}

int children_waited_for(pid_t pid, pid_t tid, uint32_t ret[CHILD_THREADS_MAX])
{
	pid_t child = 0;
	int count = 0, r = child_of_call(pid, tid, &child);

	if (!r)
		r = child > 0 ? add_threads(child, ret, &count)
			      : add_all_children(pid, ret, &count);
	return r < 0 ? r : count;
}
