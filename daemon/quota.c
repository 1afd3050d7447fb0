// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/quota.h"

#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

static size_t read_text(const char *folder, const char *name, char *text, size_t size)
{
	char path[QUOTA_PATH_MAX + 32];
	_cleanup_fclose_ FILE *file = NULL;
	size_t got;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	got = file ? fread(text, 1, size - 1, file) : 0;
	text[got] = '\0';
	return got;
}

static uint64_t number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* v2: "50000 100000" or "max 100000"; v1: two files, -1 for none. */
static double allowed_cpus(const char *folder)
{
	char text[64], period[64];
	long quota_us = 0, period_us = 0;

	if (read_text(folder, "cpu.max", text, sizeof(text))) {
		if (sscanf(text, "%ld %ld", &quota_us, &period_us) != 2)
			return 0;
	} else if (read_text(folder, "cpu.cfs_quota_us", text, sizeof(text)) &&
		   read_text(folder, "cpu.cfs_period_us", period, sizeof(period))) {
		quota_us = strtol(text, NULL, 10);
		period_us = strtol(period, NULL, 10);
	}
	return quota_us > 0 && period_us > 0 ? (double)quota_us / (double)period_us : 0;
}

static void read_state(struct quota *quota)
{
	char text[1024];

	if (!read_text(quota->cgroup, "cpu.stat", text, sizeof(text)))
		return;
	quota->periods = number_after(text, "nr_periods ");
	quota->throttled_periods = number_after(text, "nr_throttled ");
	/* v1 counts nanoseconds, v2 microseconds. */
	quota->throttled_ns = number_after(text, "throttled_time ");
	if (strstr(text, "throttled_usec "))
		quota->throttled_ns = number_after(text, "throttled_usec ") * 1000;
}

static bool is_noted(const struct quotas *quotas, const char *folder)
{
	for (size_t i = 0; i < quotas->count; i++)
		if (!strcmp(quotas->rows[i].cgroup, folder))
			return true;
	return false;
}

static void note(struct quotas *quotas, const char *folder)
{
	double cpus = allowed_cpus(folder);
	struct quota *quota;

	if (cpus <= 0 || quotas->count == QUOTAS_MAX || is_noted(quotas, folder))
		return;
	quota = &quotas->rows[quotas->count++];
	*quota = (struct quota){ .cpus = cpus };
	snprintf(quota->cgroup, sizeof(quota->cgroup), "%s", folder);
	read_state(quota);
}

/* The folder and all above it, as far as the mount. */
static void note_up_to(struct quotas *quotas, const char *mount, const char *path)
{
	char folder[QUOTA_PATH_MAX];
	size_t top = strlen(mount);

	if ((size_t)snprintf(folder, sizeof(folder), "%s%s", mount, path) >= sizeof(folder))
		return;
	for (char *end; strlen(folder) > top; *end = '\0') {
		end = strrchr(folder, '/');
		if (end[1])
			note(quotas, folder);
	}
}

/* The cpu controller is v2's, or v1's where it is mounted by itself. */
static bool is_cpu_hierarchy(const struct mntent *mount, const char *controllers)
{
	if (!*controllers)
		return !strcmp(mount->mnt_type, "cgroup2");
	return !strcmp(mount->mnt_type, "cgroup") && hasmntopt(mount, "cpu");
}

static bool has_cpu(const char *controllers)
{
	const char *at = strstr(controllers, "cpu");

	return !*controllers ||
	       (at && (at[3] == '\0' || at[3] == ',') && (at == controllers || at[-1] == ','));
}

static void note_hierarchy(struct quotas *quotas, const char *controllers, const char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;

	while (mounts && (mount = getmntent(mounts)))
		if (is_cpu_hierarchy(mount, controllers))
			note_up_to(quotas, mount->mnt_dir, path);
	if (mounts)
		endmntent(mounts);
}

void quotas_note(struct quotas *quotas, pid_t pid)
{
	char name[64], line[QUOTA_PATH_MAX + 128];
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	file = fopen(name, "re");
	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *path;

		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		if (has_cpu(controllers + 1))
			note_hierarchy(quotas, controllers + 1, path);
	}
}

void quotas_since(const struct quotas *from, struct quotas *ret)
{
	ret->count = from->count;
	for (size_t i = 0; i < from->count; i++) {
		struct quota now = from->rows[i];

		read_state(&now);
		now.throttled_ns -= from->rows[i].throttled_ns;
		now.periods -= from->rows[i].periods;
		now.throttled_periods -= from->rows[i].throttled_periods;
		ret->rows[i] = now;
	}
}
