/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a thread waits, read from its own registers while it blocks: nothing else is hooked. */
#ifndef PARTRACE_BPF_CAUSE_H
#define PARTRACE_BPF_CAUSE_H

#include "bpf/file.h"

#include <bpf/bpf_tracing.h>

/* uapi/linux/futex.h */
#define FUTEX_WAIT        0
#define FUTEX_LOCK_PI     6
#define FUTEX_WAIT_BITSET 9
#define FUTEX_LOCK_PI2    13
#define FUTEX_COMMAND     127

/*
 * Values that libraries expect in the word of a lock that is taken and has waiters: 2 for mutexes
 * of glibc, musl and Rust; 3 and 2 also for glibc's rwlock. Anything else waits for an event.
 */
static __always_inline u32 futex_cause(u32 operation, u32 value)
{
	operation &= FUTEX_COMMAND;
	if (operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2)
		return WAIT_LOCK;
	if (operation == FUTEX_WAIT && value == 2)
		return WAIT_LOCK;
	if (operation == FUTEX_WAIT_BITSET && (value == 2 || value == 3))
		return WAIT_LOCK;
	return WAIT_CONDITION;
}

static __always_inline bool in_iowait(struct task_struct *task)
{
	return BPF_CORE_READ_BITFIELD(task, in_iowait);
}

/* A 32-bit program numbers its system calls by another table. */
static __always_inline bool is_compat(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return task->thread_info.status & TS_COMPAT;
#else
	return false;
#endif
}

static __always_inline u32 syscall_cause(struct task_struct *task, struct pt_regs *regs, u32 number,
					 bool uninterruptible, bool typed)
{
	u32 wait = settings.wait_of_syscall[number & (SYSCALLS_MAX - 1)];

	if (wait == SYSCALL_FILE)
		return file_cause(task, SYSCALL_ARG1(regs), typed);
	if (wait < WAIT_COUNT)
		return wait;
	/* A futex wait is interruptible; uninterruptible inside it is a page fault. */
	if (uninterruptible)
		return WAIT_FAULT;
	if (wait == SYSCALL_FUTEX)
		return futex_cause(SYSCALL_ARG2(regs), SYSCALL_ARG3(regs));
	return SYSCALL_ARG2(regs) == 2 ? WAIT_LOCK : WAIT_CONDITION;
}

/* `typed`: as file_cause() has it. */
static __always_inline u32 cause_of(struct task_struct *task, u32 state, bool typed)
{
	struct pt_regs *regs;
	long number;

	if (state & (TASK_STOPPED | TASK_TRACED))
		return WAIT_STOPPED;
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return in_iowait(task) ? WAIT_IO : WAIT_OTHER;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	number = SYSCALL_NUMBER(regs);
	if (number < 0)
		return state & TASK_UNINTERRUPTIBLE ? WAIT_FAULT : WAIT_OTHER;
	if ((state & TASK_UNINTERRUPTIBLE) && in_iowait(task))
		return WAIT_IO;
	if (number >= SYSCALLS_MAX || is_compat(task))
		return WAIT_OTHER;
	return syscall_cause(task, regs, number, state & TASK_UNINTERRUPTIBLE, typed);
}

static __always_inline bool is_yield(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return SYSCALL_NUMBER(regs) == settings.yield_number && !is_compat(task);
}

#endif
