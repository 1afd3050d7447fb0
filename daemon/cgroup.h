/* SPDX-License-Identifier: BSD-2-Clause */
/* Cgroups, v1 and v2: found by path, unit or container, and who is in them. */
#ifndef PARTRACE_CGROUP_H
#define PARTRACE_CGROUP_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup_found {
	char path[PATH_MAX]; /* of its folder */
	uint64_t id;         /* as the kernel numbers it within its hierarchy */
	uint32_t hierarchy;  /* as in /proc/cgroups; 0: v2 */
};

/*
 * `text` is a folder of a cgroup file system, a path within one (/system.slice/cron.service), the
 * name of a systemd unit (cron, cron.service) or a container's ID (12 hex digits or more).
 * -ENOENT, -ENOTDIR or -EMLINK (several match) with one sentence in `why`.
 */
int cgroup_find(const char *text, struct cgroup_found *ret, char *why, size_t why_size);

/*
 * How many groups below `root` such a name means, groups within a match left out; the folder of the
 * first is in `ret`.
 */
unsigned int cgroup_search(const char *root, const char *text, char ret[PATH_MAX]);

/* Calls `fn` for every process in it and below; stops at the first -errno, and returns it. */
int cgroup_each_process(const struct cgroup_found *cgroup, int (*fn)(pid_t pid, void *context),
			void *context);

#endif
