// SPDX-License-Identifier: BSD-2-Clause
/* The children that a process has already when it is named. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/lineage.h"
#include "daemon/targets.h"

static bool is_one_of_us(const struct target_request *request, pid_t pid)
{
	return pid == getpid() || pid == request->client;
}

static ssize_t descendants(const struct target_request *request, pid_t **ret)
{
	return request->pids_count ? lineage_descendants(request->pids, request->pids_count, ret)
				   : 0;
}

size_t targets_left_out(const struct target_request *request)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t left_out = 0;
	ssize_t count;

	if (request->all || request->tree || !request->follow || request->names_count ||
	    request->cgroups_count)
		return 0;
	count = descendants(request, &pids);
	for (ssize_t i = 0; i < count; i++)
		left_out += !is_one_of_us(request, pids[i]);
	return left_out;
}

ssize_t targets_want_tree(struct probe *probe, const struct target_request *request, char *why,
			  size_t why_size)
{
	_cleanup_free_ pid_t *pids = NULL;
	ssize_t count = descendants(request, &pids), wanted = 0;

	if (count > (ssize_t)TARGET_PROCESSES_MAX) {
		snprintf(why, why_size,
			 "the tree has %zd processes, at most %u can be watched by it; watch their "
			 "cgroup, or all (-a)",
			 count, TARGET_PROCESSES_MAX);
		return -EINVAL;
	}
	if (count < 0)
		snprintf(why, why_size, "the children of the targets cannot be listed: %s",
			 strerror((int)-count));
	for (ssize_t i = 0; i < count; i++)
		wanted += !is_one_of_us(request, pids[i]) && !probe_want(probe, pids[i], WANT_PID);
	return count < 0 ? count : wanted;
}
