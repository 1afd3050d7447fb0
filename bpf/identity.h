/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a task is: its numbers in the daemon's PID namespace, and the cgroup it is in. */
#ifndef PARTRACE_BPF_IDENTITY_H
#define PARTRACE_BPF_IDENTITY_H

#include "bpf/maps.h"

#include <bpf/bpf_core_read.h>

/* Levels between a task's cgroup and the root; more are rare, and counted. */
#define CGROUP_DEPTH 64

/*
 * A pid's number at a level of nested namespaces, of which there are 33 at most: far less than the
 * mask lets through. It is there for 6.1's verifier, which knows no bounds of the product.
 */
static __always_inline struct upid *number_at(struct pid *pid, u32 level)
{
	u32 offset = level * bpf_core_type_size(struct upid) & 0xfff;

	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + offset;
}

/* The number of `pid` in the daemon's PID namespace, 0 when it is not in there. */
static __always_inline u32 number_in_namespace(struct pid *pid)
{
	u32 level = control.pid_level;
	struct upid *number;

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	number = number_at(pid, level);
	if ((u64)BPF_CORE_READ(number, ns) != control.pid_namespace)
		return 0;
	return BPF_CORE_READ(number, nr);
}

/*
 * Copied, not followed: for each pointer out of a trusted task, on each path to it, the verifier
 * looks through all of the kernel's BTF, which is a millisecond of the daemon's start.
 */
static __always_inline u32 shown_tid(struct task_struct *task)
{
	return control.pid_level ? number_in_namespace(BPF_CORE_READ(task, thread_pid)) : task->pid;
}

static __always_inline u32 shown_pid(struct task_struct *task)
{
	return control.pid_level
		       ? number_in_namespace(BPF_CORE_READ(task, group_leader, thread_pid))
		       : task->tgid;
}

/* A task's number in the innermost namespace that it is in: as its own libraries know it. */
static __always_inline u32 own_tid(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct upid *number;

	if (!pid)
		return 0;
	if (!pid->level)
		return task->pid;
	number = number_at(pid, pid->level);
	return BPF_CORE_READ(number, nr);
}

/* That namespace: the kernel's address of it, only to compare. */
static __always_inline u64 own_namespace(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;
	struct upid *number;

	if (!pid)
		return 0;
	number = number_at(pid, pid->level);
	return (u64)BPF_CORE_READ(number, ns);
}

static __always_inline void learn_namespace(void)
{
	struct pid *self = bpf_get_current_task_btf()->thread_pid;
	u32 level = BPF_CORE_READ(self, level);
	struct upid *number = number_at(self, level);

	control.pid_namespace = (u64)BPF_CORE_READ(number, ns);
	control.pid_level = level;
}

/* The sets that watch this cgroup or one that it is in. */
static __always_inline u32 sets_of_cgroup(struct cgroup *cgroup)
{
	struct cgroup_key key = { .hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id) };
	u32 found = 0;

	for (int depth = 0; depth < CGROUP_DEPTH && cgroup; depth++) {
		u32 *watching;

		key.id = BPF_CORE_READ(cgroup, kn, id);
		watching = bpf_map_lookup_elem(&cgroups, &key);
		if (watching)
			found |= *watching;
		/* A cgroup begins with its own css; the parent's css begins the parent. */
		cgroup = (struct cgroup *)BPF_CORE_READ(cgroup, self.parent);
	}
	if (cgroup && control.cgroup_sets)
		count_loss(&losses.deep);
	return found;
}

#endif
