// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "cli/workload/workload.h"

#define QUOTA_NONE 0.0

/* v2: "max 100000" or "150000 100000". */
static double quota_v2(const char *folder)
{
	char path[4200];
	long quota, period;
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/cpu.max", folder);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%ld %ld", &quota, &period) != 2 || period <= 0)
		return QUOTA_NONE;
	return (double)quota / (double)period;
}

static long read_long(const char *folder, const char *name)
{
	char path[4200];
	long value;
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	return file && fscanf(file, "%ld", &value) == 1 ? value : -1;
}

static double quota_v1(const char *folder)
{
	long quota = read_long(folder, "cpu.cfs_quota_us");
	long period = read_long(folder, "cpu.cfs_period_us");

	return quota > 0 && period > 0 ? (double)quota / (double)period : QUOTA_NONE;
}

/* The tightest quota from the group up to the root. */
static double tightest(const char *mount, char *group, double (*quota)(const char *))
{
	double least = QUOTA_NONE;
	char folder[4160];

	for (;;) {
		char *slash;
		double here;

		snprintf(folder, sizeof(folder), "%s%s", mount, group);
		here = quota(folder);
		if (here > 0 && (least <= 0 || here < least))
			least = here;
		slash = strrchr(group, '/');
		if (!slash || !group[0])
			return least;
		*slash = '\0';
	}
}

static double least_of(double one, double other)
{
	return one <= 0 ? other : other <= 0 || one < other ? one : other;
}

static double cgroup_quota(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
	char line[4096];
	double least = QUOTA_NONE;

	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *group;

		line[strcspn(line, "\n")] = '\0';
		group = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		if (!controllers[1])
			least = least_of(least, tightest("/sys/fs/cgroup", group, quota_v2));
		else if (!strcmp(controllers + 1, "cpu") || !strncmp(controllers + 1, "cpu,", 4))
			least = least_of(least, tightest("/sys/fs/cgroup/cpu", group, quota_v1));
	}
	return least;
}

unsigned int workload_usable_cpus(void)
{
	cpu_set_t set;
	unsigned int usable = 1;
	double quota = cgroup_quota();

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		usable = (unsigned int)CPU_COUNT(&set);
	if (quota > 0 && quota < usable)
		usable = (unsigned int)quota + ((double)(unsigned int)quota < quota);
	return usable ? usable : 1;
}
