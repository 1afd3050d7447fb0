/* SPDX-License-Identifier: BSD-2-Clause */
/* What tasks are called. */
#ifndef PARTRACE_BPF_NAME_H
#define PARTRACE_BPF_NAME_H

#include "bpf/kernel.h"

#include "abi/thread.h"

/* A task's name as two words: compared and copied without a helper's call. */
struct name {
	u64 words[2];
};
_Static_assert(sizeof(struct name) == COMM_LEN, "a name is two words");

static __always_inline struct name name_of(struct task_struct *task)
{
	const u64 *words = (const u64 *)&task->comm;

	return (struct name){ { words[0], words[1] } };
}

static __always_inline bool is_named(const char *comm, u64 first, u64 second)
{
	const u64 *words = (const u64 *)comm;

	return words[0] == first && words[1] == second;
}

static __always_inline void set_name(char *comm, u64 first, u64 second)
{
	u64 *words = (u64 *)comm;

	words[0] = first;
	words[1] = second;
}

#endif
