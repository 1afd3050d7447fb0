// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/quota.h"

#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"

static size_t read_text(const char *folder, const char *name, char *text, size_t size)
{
	char path[PATH_MAX + 32];
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

/* False: the cgroup is gone. */
static bool read_counts(const struct quota *quota, struct quota_counts *ret)
{
	char text[1024];

	if (!read_text(quota->cgroup, "cpu.stat", text, sizeof(text)))
		return false;
	ret->periods = number_after(text, "nr_periods ");
	ret->throttled_periods = number_after(text, "nr_throttled ");
	/* v1 counts nanoseconds, v2 microseconds. */
	ret->throttled_ns = number_after(text, "throttled_time ");
	if (strstr(text, "throttled_usec "))
		ret->throttled_ns = number_after(text, "throttled_usec ") * 1000;
	return true;
}

/* A cgroup that was removed and made again counts from 0. */
static void add_counts(struct quota_counts *sum, const struct quota_counts *then,
		       const struct quota_counts *now)
{
	if (now->periods < then->periods || now->throttled_ns < then->throttled_ns ||
	    now->throttled_periods < then->throttled_periods)
		return;
	sum->throttled_ns += now->throttled_ns - then->throttled_ns;
	sum->periods += now->periods - then->periods;
	sum->throttled_periods += now->throttled_periods - then->throttled_periods;
}

static void advance(struct quota *quota, uint64_t now_ns)
{
	struct quota_counts now;

	if (!quota->open || !read_counts(quota, &now))
		return;
	add_counts(&quota->taken, &quota->last, &now);
	quota->watched_ns += now_ns - quota->at_ns;
	quota->last = now;
	quota->at_ns = now_ns;
}

/* A quota is met again at each look: FNV-1a tells it apart from others. */
static void count_more(struct quotas *quotas, const char *folder, double cpus)
{
	uint64_t hash = 0xcbf29ce484222325ull ^ (uint64_t)(cpus * 1e6);

	for (const char *at = folder; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3ull;
	for (size_t i = 0; i < quotas->more_count; i++)
		if (quotas->more[i] == hash)
			return;
	if (quotas->more_count < QUOTAS_MORE_MAX)
		quotas->more[quotas->more_count++] = hash;
}

static struct quota *row_of(struct quotas *quotas, const char *folder, double cpus)
{
	size_t length = strlen(folder);
	struct quota *quota;

	for (size_t i = 0; i < quotas->count; i++)
		if (quotas->rows[i].cpus == cpus && !strcmp(quotas->rows[i].cgroup, folder))
			return &quotas->rows[i];
	if (quotas->count == QUOTAS_MAX || length >= QUOTA_PATH_MAX) {
		count_more(quotas, folder, cpus);
		return NULL;
	}
	quota = &quotas->rows[quotas->count++];
	*quota = (struct quota){ .cpus = cpus };
	memcpy(quota->cgroup, folder, length + 1);
	return quota;
}

/* Its quota was another until now: what follows is not that one's. */
static void close_others(struct quotas *quotas, const char *folder, double cpus, uint64_t now_ns)
{
	for (size_t i = 0; i < quotas->count; i++) {
		struct quota *quota = &quotas->rows[i];

		if (!quota->open || quota->cpus == cpus || strcmp(quota->cgroup, folder))
			continue;
		advance(quota, now_ns);
		quota->open = false;
	}
}

static void note(struct quotas *quotas, const char *folder, uint64_t now_ns)
{
	double cpus = allowed_cpus(folder);
	struct quota *quota;

	close_others(quotas, folder, cpus, now_ns);
	quota = cpus > 0 ? row_of(quotas, folder, cpus) : NULL;
	if (!quota)
		return;
	quota->seen = true;
	if (quota->open || !read_counts(quota, &quota->last))
		return;
	quota->open = true;
	quota->at_ns = now_ns;
}

/* The folder and all above it, as far as the mount; false: it is not under this mount. */
static bool note_up_to(struct quotas *quotas, const char *mount, const char *path, uint64_t now_ns)
{
	char folder[PATH_MAX];
	size_t top = strlen(mount);

	if ((size_t)snprintf(folder, sizeof(folder), "%s%s", mount, path) >= sizeof(folder) ||
	    access(folder, F_OK) < 0)
		return false;
	for (char *end; strlen(folder) > top; *end = '\0') {
		end = strrchr(folder, '/');
		if (end[1])
			note(quotas, folder, now_ns);
	}
	return true;
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

/* A hierarchy may be mounted in several places (for a container, say): one of them does. */
static void note_hierarchy(struct quotas *quotas, const char *controllers, const char *path,
			   uint64_t now_ns)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool noted = false;

	while (mounts && !noted && (mount = getmntent(mounts)))
		if (is_cpu_hierarchy(mount, controllers))
			noted = note_up_to(quotas, mount->mnt_dir, path, now_ns);
	if (mounts)
		endmntent(mounts);
}

void quotas_note(struct quotas *quotas, pid_t pid, uint64_t now_ns)
{
	char name[64], line[PATH_MAX + 128];
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
			note_hierarchy(quotas, controllers + 1, path, now_ns);
	}
}

void quotas_read(struct quotas *quotas, uint64_t now_ns)
{
	for (size_t i = 0; i < quotas->count; i++)
		advance(&quotas->rows[i], now_ns);
}

void quotas_forget_unseen(struct quotas *quotas)
{
	for (size_t i = 0; i < quotas->count; i++) {
		quotas->rows[i].open &= quotas->rows[i].seen;
		quotas->rows[i].seen = false;
	}
}
