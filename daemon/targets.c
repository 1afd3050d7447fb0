// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/targets.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/owned.h"
#include "daemon/cgroup.h"
#include "daemon/procfs.h"

struct marking {
	struct probe *probe;
	uint32_t set;
	const struct target_request *request;
	size_t wanted;
	char *why;
	size_t why_size;
};

static int refuse(const struct marking *marking, int error, const char *format, const char *text)
{
	snprintf(marking->why, marking->why_size, format, text);
	return error;
}

/* ---- by number ---- */

/* A thread that lives and that may be watched as what it was named; -errno with `why`. */
static int check_id(const struct marking *marking, pid_t id, uint32_t kind)
{
	const char *what = kind == WANT_PID ? "process" : "thread";
	struct thread_facts facts = { 0 };
	int r = procfs_read_thread(id, &facts);

	if (r < 0) {
		snprintf(marking->why, marking->why_size, "there is no %s %d", what, id);
	} else if (facts.process == getpid() || facts.process == marking->request->client) {
		snprintf(marking->why, marking->why_size,
			 "%s %d is %s itself; partrace does not watch itself", what, id,
			 facts.process == getpid() ? "partraced" : "partrace");
		r = -EINVAL;
	} else if (kind == WANT_PID && facts.process != id) {
		snprintf(marking->why, marking->why_size,
			 "%d is a thread of process %d; watch it alone with -t %d, or all of the "
			 "process with -p %d",
			 id, facts.process, id, facts.process);
		r = -EINVAL;
	} else if (facts.has_ended) {
		snprintf(marking->why, marking->why_size,
			 "%s %d has ended; its parent has not asked for its end yet (a zombie)",
			 what, id);
		r = -ESRCH;
	}
	return r;
}

static int want(struct marking *marking, pid_t id, uint32_t kind)
{
	int r = check_id(marking, id, kind);

	if (r < 0)
		return r;
	r = probe_want(marking->probe, id, kind);
	if (r < 0)
		snprintf(marking->why, marking->why_size, "target %d cannot be watched: %s", id,
			 strerror(-r));
	marking->wanted += !r;
	return r;
}

static int want_all(struct marking *marking, const pid_t *ids, size_t count, uint32_t kind)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = want(marking, ids[i], kind);
	return r;
}

/* ---- by name ---- */

/* The name may be the program's, which the kernel cuts after 15 characters, or its file's. */
static bool process_is_named(pid_t pid, const char *pattern)
{
	struct process_facts facts;
	char *end, *file;

	if (procfs_read(pid, false, &facts) < 0)
		return false;
	if (!fnmatch(pattern, facts.name, 0))
		return true;
	end = strchr(facts.command, ' ');
	if (end)
		*end = '\0';
	file = strrchr(facts.command, '/');
	return !fnmatch(pattern, file ? file + 1 : facts.command, 0);
}

static int want_named(struct marking *marking, const char *pattern)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	size_t matches = 0;
	int r = 0;

	while (r >= 0 && processes && (entry = readdir(processes))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || pid == getpid() || pid == marking->request->client ||
		    !process_is_named(pid, pattern))
			continue;
		matches++;
		if (matches <= TARGET_PROCESSES_MAX && !probe_want(marking->probe, pid, WANT_PID))
			marking->wanted++;
	}
	if (processes)
		closedir(processes);
	if (!matches)
		return refuse(marking, -ESRCH, "no process is named %.64s", pattern);
	if (matches <= TARGET_PROCESSES_MAX)
		return 0;
	snprintf(marking->why, marking->why_size,
		 "%zu processes are named %.64s, at most %u can be watched by name; watch their "
		 "cgroup, or all (-a)",
		 matches, pattern, TARGET_PROCESSES_MAX);
	return -EINVAL;
}

/* ---- by cgroup ---- */

static int want_member(pid_t pid, void *context)
{
	struct marking *marking = context;

	if (pid != getpid() && pid != marking->request->client &&
	    !probe_want(marking->probe, pid, WANT_PID))
		marking->wanted++;
	return 0;
}

/*
 * Watched first, listed then: who comes in between is announced by the kernel and marked again,
 * which changes nothing.
 */
static int want_cgroup(struct marking *marking, const char *text)
{
	struct cgroup_found cgroup;
	int r = cgroup_find(text, &cgroup, marking->why, marking->why_size);

	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	r = probe_watch_cgroup(marking->probe, cgroup.id, cgroup.hierarchy, marking->set);
	if (r < 0) {
		snprintf(marking->why, marking->why_size, "cgroup %.128s cannot be watched: %s",
			 text, strerror(-r));
		return r;
	}
	return cgroup_each_process(&cgroup, want_member, marking);
}

/* ---- by descent ---- */

static int want_tree(struct marking *marking)
{
	ssize_t r = 0;

	if (marking->request->tree)
		r = targets_want_tree(marking->probe, marking->request, marking->why,
				      marking->why_size);
	if (r < 0)
		return (int)r;
	marking->wanted += (size_t)r;
	return 0;
}

/* Who was born after the tree was listed and before its parent was marked: as good as a member. */
static int mark_late_children(struct marking *marking)
{
	uint64_t marked;
	int r;

	if (!marking->request->tree || !marking->request->follow)
		return 0;
	r = want_tree(marking);
	return r ? r : probe_mark_more(marking->probe, marking->set, &marked);
}

/* ---- all of it ---- */

static int want_everything(struct marking *marking)
{
	const struct target_request *request = marking->request;
	int r = 0;

	if (request->cgroups_count > TARGET_CGROUPS_MAX)
		return refuse(marking, -EINVAL, "at most %s cgroups can be watched in a session",
			      "8");
	if (request->names_count > TARGET_NAMES_MAX) {
		snprintf(marking->why, marking->why_size,
			 "targets.names has %zu names, at most %u are possible; a pattern stands "
			 "for many",
			 request->names_count, TARGET_NAMES_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; !r && i < request->cgroups_count; i++)
		r = want_cgroup(marking, request->cgroups[i]);
	if (!r)
		r = want_all(marking, request->pids, request->pids_count, WANT_PID);
	if (!r)
		r = want_all(marking, request->tids, request->tids_count, WANT_TID);
	for (size_t i = 0; !r && i < request->names_count; i++)
		r = want_named(marking, request->names[i]);
	return r ? r : want_tree(marking);
}

/* The first of these that lives; 0: none. */
static pid_t first_alive(const pid_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct thread_facts facts = { 0 };

		if (!procfs_read_thread(ids[i], &facts) && !facts.has_ended)
			return ids[i];
	}
	return 0;
}

/* Some sandboxes' kernels keep their own first process out of what BPF programs are shown. */
static int refuse_unseen(const struct marking *marking)
{
	const struct target_request *request = marking->request;
	pid_t id = first_alive(request->pids, request->pids_count);
	const char *what = id ? "process" : "thread";

	if (!id)
		id = first_alive(request->tids, request->tids_count);
	if (!id)
		return refuse(marking, -ESRCH, "the targets have ended%s", "");
	snprintf(marking->why, marking->why_size,
		 "%s %d lives, but this kernel does not show it to BPF programs, so it cannot be "
		 "watched",
		 what, id);
	return -ESRCH;
}

/* Nobody was marked: because there was no room, or because there was nobody to be seen. */
static int refuse_all(const struct marking *marking, uint64_t untracked_before)
{
	if (probe_losses(marking->probe).untracked == untracked_before)
		return refuse_unseen(marking);
	snprintf(marking->why, marking->why_size,
		 "partraced watches as many threads as it can, which are %u; a partraced with "
		 "--max-threads can watch more",
		 probe_max_threads(marking->probe));
	return -ENOSPC;
}

int targets_mark(struct probe *probe, uint32_t set, const struct target_request *request, char *why,
		 size_t why_size)
{
	struct marking marking = { probe, set, request, 0, why, why_size };
	bool waits_for_some = request->cgroups_count > 0;
	uint64_t marked = 0, untracked = probe_losses(probe).untracked;
	int r;

	if (!request->pids_count && !request->tids_count && !request->names_count &&
	    !request->cgroups_count && !request->all)
		return refuse(&marking, -EINVAL, "a session needs at least one target%s", "");
	r = want_everything(&marking);
	if (!r && (marking.wanted || request->all || !waits_for_some))
		r = probe_mark(probe, set, request->follow, request->all, &marked);
	if (!r)
		r = mark_late_children(&marking);
	if (r < 0) {
		probe_forget(probe);
		if (!*why)
			snprintf(why, why_size, "the targets cannot be marked: %s", strerror(-r));
		return r;
	}
	/* An empty cgroup may fill; anything else that was named has just gone. */
	return marked || waits_for_some ? 0 : refuse_all(&marking, untracked);
}

int targets_join(struct probe *probe, uint32_t sets, pid_t pid)
{
	uint64_t marked;
	int r = 0;

	for (uint32_t set = 0; !r && set < SETS_MAX; set++) {
		if (!(sets >> set & 1))
			continue;
		r = probe_want(probe, pid, WANT_PID);
		if (!r)
			r = probe_mark_more(probe, set, &marked);
	}
	return r;
}

void targets_forget(struct probe *probe, uint32_t set)
{
	probe_unwatch_cgroups(probe, set);
	probe_unmark(probe, set);
}
