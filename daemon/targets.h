/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client wants watched, by number, name or cgroup -> what the probe is asked to mark. */
#ifndef PARTRACE_TARGETS_H
#define PARTRACE_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/probe/probe.h"

/* Bounds on what one session may name. */
#define TARGET_PROCESSES_MAX 4096u
#define TARGET_NAMES_MAX     64u
#define TARGET_CGROUPS_MAX   8u

struct target_request {
	const pid_t *pids; /* processes, with all their threads */
	size_t pids_count;
	const pid_t *tids; /* single threads */
	size_t tids_count;
	const char *const *names; /* of processes; may be patterns (glob) */
	size_t names_count;
	const char *const *cgroups; /* as cgroup_find() takes them */
	size_t cgroups_count;
	bool all;     /* everything but PID 0 */
	bool tree;    /* with the children of `pids` that live already, and theirs */
	bool follow;  /* children and new threads become targets */
	pid_t client; /* who asks; it does not watch itself. 0: not known */
};

/*
 * What tells equal requests: malloc'ed, or NULL where equal names need not mean equal targets
 * (names, cgroups and trees, whose members change).
 */
char *targets_key(const struct target_request *request);
/* Is this thread named by the request itself? */
bool targets_name(const struct target_request *request, pid_t pid, pid_t tid);

/*
 * Marks them as members of `set`. -ESRCH: something named is not there; -EINVAL: it makes no sense;
 * -ENOSPC: too many. `why` has one sentence for the client.
 */
int targets_mark(struct probe *probe, uint32_t set, const struct target_request *request, char *why,
		 size_t why_size);
/*
 * Living children of `pids`, and theirs, that are not asked for; 0 where names or cgroups, which
 * may have them, are asked for as well.
 */
size_t targets_left_out(const struct target_request *request);
/*
 * Names all living children of `pids`, and theirs, to the probe: how many, or -errno with `why` as
 * of targets_mark().
 */
ssize_t targets_want_tree(struct probe *probe, const struct target_request *request, char *why,
			  size_t why_size);
/* A process has come into a watched cgroup of these sets. -errno: it could not be marked in all. */
int targets_join(struct probe *probe, uint32_t sets, pid_t pid);
/* Nothing joins this set any more. */
void targets_forget(struct probe *probe, uint32_t set);

#endif
