// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/lineage.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/owned.h"
#include "daemon/procfs.h"

struct kin {
	pid_t pid;
	pid_t parent;
	bool is_root;
	bool is_descendant;
};

static int by_pid(const void *one, const void *other)
{
	pid_t a = ((const struct kin *)one)->pid, b = ((const struct kin *)other)->pid;

	return a < b ? -1 : a > b;
}

static struct kin *find(struct kin *all, size_t count, pid_t pid)
{
	const struct kin wanted = { .pid = pid };

	return bsearch(&wanted, all, count, sizeof(*all), by_pid);
}

/* All processes that live, in order of their numbers. */
static ssize_t read_all(struct kin **ret)
{
	_cleanup_(closedirp) DIR *processes = opendir("/proc");
	_cleanup_free_ struct kin *all = NULL;
	struct kin *grown;
	size_t count = 0, room = 0;
	struct dirent *entry;

	if (!processes)
		return -errno;
	while ((entry = readdir(processes))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct thread_facts facts = { 0 };

		if (pid <= 0 || procfs_read_thread(pid, &facts) < 0 || facts.has_ended)
			continue;
		grown = grow(all, count, &room, sizeof(*all));
		if (!grown)
			return -ENOMEM;
		all = grown;
		all[count++] = (struct kin){ .pid = pid, .parent = facts.parent };
	}
	/* A /proc of another machine, or of nobody: not even we are in there. */
	if (!all)
		return -ESRCH;
	qsort(all, count, sizeof(*all), by_pid);
	*ret = TAKE_PTR(all);
	return (ssize_t)count;
}

/* A child's number may be below its parent's, so it takes a turn more for each such generation. */
static size_t mark_descendants(struct kin *all, size_t count)
{
	size_t marked = 0, before;

	do {
		before = marked;
		for (size_t i = 0; i < count; i++) {
			const struct kin *parent = find(all, count, all[i].parent);

			if (all[i].is_root || all[i].is_descendant || !parent ||
			    !(parent->is_root || parent->is_descendant))
				continue;
			all[i].is_descendant = true;
			marked++;
		}
	} while (marked != before);
	return marked;
}

ssize_t lineage_descendants(const pid_t *roots, size_t count, pid_t **ret)
{
	_cleanup_free_ struct kin *all = NULL;
	ssize_t all_count = read_all(&all);
	size_t marked, at = 0;

	if (all_count < 0 || !all)
		return all_count;
	for (size_t i = 0; i < count; i++) {
		struct kin *root = find(all, (size_t)all_count, roots[i]);

		if (root)
			root->is_root = true;
	}
	marked = mark_descendants(all, (size_t)all_count);
	if (!ret)
		return (ssize_t)marked;
	*ret = calloc(marked + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < (size_t)all_count; i++)
		if (all[i].is_descendant)
			(*ret)[at++] = all[i].pid;
	return (ssize_t)marked;
}
