/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU quotas of cgroups (CFS bandwidth, v1 and v2): which bind a process, and what they took. */
#ifndef PARTRACE_QUOTA_H
#define PARTRACE_QUOTA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define QUOTAS_MAX     16
#define QUOTA_PATH_MAX 256

struct quota {
	char cgroup[QUOTA_PATH_MAX]; /* its folder */
	double cpus;                 /* as many as it may use */
	uint64_t throttled_ns;       /* summed over its CPUs, as cpu.stat has it */
	uint64_t periods;
	uint64_t throttled_periods;
};

struct quotas {
	struct quota rows[QUOTAS_MAX];
	size_t count;
};

/* Adds the quotas of the process's cgroup and of those above it, as they stand now. */
void quotas_note(struct quotas *quotas, pid_t pid);
/* What has passed since they were noted. */
void quotas_since(const struct quotas *from, struct quotas *ret);

#endif
