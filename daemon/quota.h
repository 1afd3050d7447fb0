/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU quotas of cgroups (CFS bandwidth, v1 and v2): which bind a process, and what they took. */
#ifndef PARTRACE_QUOTA_H
#define PARTRACE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define QUOTAS_MAX     16
#define QUOTA_PATH_MAX 256
/* Of so many that have no row it is known whether they have been counted. */
#define QUOTAS_MORE_MAX 256

/* As its cpu.stat has them: since the cgroup was made. */
struct quota_counts {
	uint64_t throttled_ns; /* summed over its CPUs */
	uint64_t periods;
	uint64_t throttled_periods;
};

/* One for each cgroup and size of its quota; a quota that is changed gets another. */
struct quota {
	char cgroup[QUOTA_PATH_MAX]; /* its folder */
	double cpus;                 /* as many as it may use */
	struct quota_counts taken;   /* while processes were seen under it, and only then */
	uint64_t watched_ns;         /* how long that was */
	struct quota_counts last;    /* at the last look, which was at at_ns */
	uint64_t at_ns;
	bool open; /* it holds now, as far as is known */
	bool seen; /* since quotas_forget_unseen() */
};

struct quotas {
	struct quota rows[QUOTAS_MAX];
	size_t count;
	/* Those that found no row, or whose folder's name has no room there: a hash of each. */
	uint64_t more[QUOTAS_MORE_MAX];
	size_t more_count;
};

/*
 * Notes the quotas of the process's cgroup and of those above it. What a quota took before it is
 * first noted is never counted. Each that finds no row is counted once in more_count, up to
 * QUOTAS_MORE_MAX.
 */
void quotas_note(struct quotas *quotas, pid_t pid, uint64_t now_ns);
/* Reads what those that hold have taken meanwhile. */
void quotas_read(struct quotas *quotas, uint64_t now_ns);
/* All processes have been noted: a quota that none of them was under holds no more. */
void quotas_forget_unseen(struct quotas *quotas);

#endif
