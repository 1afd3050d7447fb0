// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/cgroup.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/owned.h"

/* Folders looked at in a search, so that no tree can hold the daemon up. */
#define SEARCH_MAX       65536u
#define CONTAINER_ID_LEN 12u
#define CONTROLLERS_LEN  256u

static bool is_cgroup(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 &&
	       (fs.f_type == CGROUP2_SUPER_MAGIC || fs.f_type == CGROUP_SUPER_MAGIC);
}

/* ---- which hierarchy ---- */

/* /proc/self/cgroup has "4:memory:/path" for each; v2 is "0::/path". */
static bool line_has(const char *line, const char *option)
{
	char controllers[CONTROLLERS_LEN];

	return sscanf(line, "%*u:%255[^:]:", controllers) == 1 && !strcmp(controllers, option);
}

static int number_of(const char *options, uint32_t *ret)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX + 64];

	while (file && fgets(line, sizeof(line), file)) {
		char copy[512], *rest = copy, *option;

		snprintf(copy, sizeof(copy), "%s", options);
		while ((option = strsep(&rest, ","))) {
			char controllers[CONTROLLERS_LEN];
			const char *one = option;

			if (line_has(line, option) ||
			    (sscanf(line, "%*u:%255[^:]:", controllers) == 1 &&
			     !strncmp(controllers, one, strlen(one)) &&
			     controllers[strlen(one)] == ',')) {
				*ret = (uint32_t)strtoul(line, NULL, 10);
				return 0;
			}
		}
	}
	return -ENOENT;
}

/* The mount that `path` is below: the longest that it begins with. */
static int find_hierarchy(const char *path, uint32_t *ret)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	size_t best = 0;
	int r = -ENOENT;

	while (mounts && (mount = getmntent(mounts))) {
		size_t length = strlen(mount->mnt_dir);

		if (strncmp(mount->mnt_type, "cgroup", 6) || length < best ||
		    strncmp(path, mount->mnt_dir, length) || (path[length] && path[length] != '/'))
			continue;
		best = length;
		*ret = 0;
		r = strcmp(mount->mnt_type, "cgroup2") ? number_of(mount->mnt_opts, ret) : 0;
	}
	if (mounts)
		endmntent(mounts);
	return r;
}

static int take(const char *path, struct cgroup_found *ret)
{
	struct stat status;

	if (!realpath(path, ret->path) || stat(ret->path, &status) < 0)
		return -errno;
	ret->id = status.st_ino;
	return find_hierarchy(ret->path, &ret->hierarchy);
}

/* ---- by name ---- */

static bool names_container(const char *text)
{
	return strlen(text) >= CONTAINER_ID_LEN && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* podman's and CRI-O's monitor of a container has a group of its own: libpod-conmon-ID.scope. */
static bool is_monitor(const char *name, const char *id)
{
	return id - name >= 7 && !strncmp(id - 7, "conmon-", 7);
}

/* docker-ID.scope, cri-containerd-ID.scope, or the ID alone; the ID may be given in short. */
static bool name_matches(const char *name, const char *text)
{
	size_t length = strlen(text);
	const char *at;

	if (!strncmp(name, text, length) && (!name[length] || !strcmp(name + length, ".service")))
		return true;
	at = names_container(text) ? strstr(name, text) : NULL;
	return at && (at == name || !isxdigit((unsigned char)at[-1])) && !is_monitor(name, at);
}

unsigned int cgroup_search(const char *root, const char *text, char ret[PATH_MAX])
{
	char *roots[] = { (char *)root, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT | FTS_XDEV, NULL);
	unsigned int matches = 0, looked = 0;
	FTSENT *entry;

	while (tree && looked < SEARCH_MAX && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_D)
			continue;
		looked++;
		if (!entry->fts_level || !name_matches(entry->fts_name, text))
			continue;
		if (!matches++)
			snprintf(ret, PATH_MAX, "%s", entry->fts_path);
		/* What is below it is in it. */
		fts_set(tree, entry, FTS_SKIP);
	}
	if (tree)
		fts_close(tree);
	return matches;
}

/* In the first hierarchy that has it: the same name in several of v1 is one and the same group. */
static unsigned int search_mounts(const char *type, const char *text, struct cgroup_found *found)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	unsigned int matches = 0;
	struct mntent *mount;
	char path[PATH_MAX];

	while (!matches && mounts && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, type))
			matches = cgroup_search(mount->mnt_dir, text, path);
	if (matches)
		take(path, found);
	if (mounts)
		endmntent(mounts);
	return matches;
}

static int find_by_name(const char *text, struct cgroup_found *ret, char *why, size_t why_size)
{
	unsigned int matches = search_mounts("cgroup2", text, ret);

	if (!matches)
		matches = search_mounts("cgroup", text, ret);
	if (matches == 1)
		return 0;
	if (matches) {
		snprintf(why, why_size, "%u cgroups are named %.128s; give the path of one",
			 matches, text);
		return -EMLINK;
	}
	snprintf(why, why_size,
		 "there is no cgroup %.128s: give a folder below /sys/fs/cgroup, a systemd unit or "
		 "a container ID",
		 text);
	return -ENOENT;
}

/* ---- by path ---- */

static int find_below_mounts(const char *text, struct cgroup_found *ret)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	int r = -ENOENT;

	while (r < 0 && mounts && (mount = getmntent(mounts))) {
		char path[PATH_MAX];

		if (strncmp(mount->mnt_type, "cgroup", 6))
			continue;
		snprintf(path, sizeof(path), "%s/%s", mount->mnt_dir, text);
		if (is_cgroup(path))
			r = take(path, ret);
	}
	if (mounts)
		endmntent(mounts);
	return r;
}

int cgroup_find(const char *text, struct cgroup_found *ret, char *why, size_t why_size)
{
	struct stat status;

	/* A unit's name has no slash: system.slice/some.service is a path. */
	if (!strchr(text, '/'))
		return find_by_name(text, ret, why, why_size);
	if (*text == '/' && is_cgroup(text) && stat(text, &status) == 0 && S_ISDIR(status.st_mode))
		return take(text, ret);
	if (!find_below_mounts(text, ret))
		return 0;
	snprintf(why, why_size, "%.256s is no cgroup: give a folder below /sys/fs/cgroup", text);
	return -ENOTDIR;
}

/* ---- who is in it ---- */

static int each_line(const char *path, int (*fn)(pid_t pid, void *context), void *context)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[32];
	int r = 0;

	while (file && !r && fgets(line, sizeof(line), file)) {
		long pid = strtol(line, NULL, 10);

		/* 0: a process that this PID namespace does not see */
		if (pid > 0 && pid <= INT_MAX)
			r = fn((pid_t)pid, context);
	}
	return r;
}

int cgroup_each_process(const struct cgroup_found *cgroup, int (*fn)(pid_t pid, void *context),
			void *context)
{
	char *roots[] = { (char *)cgroup->path, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT | FTS_XDEV, NULL);
	FTSENT *entry;
	int r = 0;

	if (!tree)
		return -errno;
	while (!r && (entry = fts_read(tree))) {
		char path[PATH_MAX];

		if (entry->fts_info != FTS_D)
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.procs", entry->fts_path);
		r = each_line(path, fn, context);
	}
	fts_close(tree);
	return r;
}
