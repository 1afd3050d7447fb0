/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a thread waits, read from its own registers while it blocks: nothing else is hooked. */
#ifndef PARTRACE_BPF_CAUSE_H
#define PARTRACE_BPF_CAUSE_H

#include "bpf/file.h"

#include <bpf/bpf_tracing.h>

/* uapi/linux/futex.h */
#define FUTEX_WAIT            0
#define FUTEX_WAKE            1
#define FUTEX_REQUEUE         3
#define FUTEX_CMP_REQUEUE     4
#define FUTEX_WAKE_OP         5
#define FUTEX_LOCK_PI         6
#define FUTEX_UNLOCK_PI       7
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_WAKE_BITSET     10
#define FUTEX_CMP_REQUEUE_PI  12
#define FUTEX_LOCK_PI2        13
#define FUTEX_COMMAND         127
#define FUTEX_TID_MASK        0x3fffffff
#define FUTEX_WAITERS         0x80000000

static __always_inline bool is_futex_wait(u32 command)
{
	return command == FUTEX_WAIT || command == FUTEX_LOCK_PI || command == FUTEX_WAIT_BITSET ||
	       command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI2;
}

/*
 * Values that libraries expect in the word of a lock that is taken and has waiters: 2 for mutexes
 * of glibc, musl and Rust; 3 and 2 also for glibc's rwlock. Anything else waits for an event.
 */
static __always_inline u32 futex_cause(u32 operation, u32 value)
{
	operation &= FUTEX_COMMAND;
	/* Whoever wakes can be held up in the kernel, too. */
	if (!is_futex_wait(operation))
		return WAIT_OTHER;
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

/*
 * By the freezer of cgroup v2; v1's is a state. (`frozen` alone is also set in waits that a freezer
 * would count as frozen, as that for the child of a vfork.)
 */
static __always_inline bool is_frozen(struct task_struct *task)
{
	return bpf_core_field_exists(task->frozen) && (task->jobctl & JOBCTL_TRAP_FREEZE) &&
	       BPF_CORE_READ_BITFIELD(task, frozen);
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

static __always_inline u32 syscall_key(struct task_struct *task, struct pt_regs *regs, u32 number,
				       bool uninterruptible, bool typed)
{
	u32 wait = settings.wait_of_syscall[number & (SYSCALLS_MAX - 1)], kind;

	if (wait == SYSCALL_FILE) {
		kind = file_kind(task, SYSCALL_ARG1(regs), typed);
		return WAIT_KEY(cause_of_file(kind), kind, number);
	}
	if (wait < WAIT_COUNT)
		return WAIT_KEY(wait, FILE_NONE, number);
	/* A futex wait is interruptible; uninterruptible inside it is a page fault. */
	if (uninterruptible)
		return WAIT_KEY(WAIT_FAULT, FILE_NONE, WAIT_NO_SYSCALL);
	if (wait == SYSCALL_FUTEX)
		wait = futex_cause(SYSCALL_ARG2(regs), SYSCALL_ARG3(regs));
	else if (wait == SYSCALL_FUTEX_WAIT)
		wait = SYSCALL_ARG2(regs) == 2 ? WAIT_LOCK : WAIT_CONDITION;
	else
		wait = WAIT_CONDITION;
	return WAIT_KEY(wait, FILE_NONE, number);
}

/*
 * A timed call that was interrupted by a stop or a freezer goes on as restart_syscall, with the
 * first call's arguments still in the registers: which it was is known by what the kernel kept
 * beside. (`flags` lie where poll has `has_timeout`; a futex's always have a higher bit than 1.)
 */
static __always_inline u32 restarted_call(struct task_struct *task, struct pt_regs *regs)
{
	struct restart_block *kept = &task->restart_block;

	if (!bpf_core_field_exists(kept->futex.uaddr) || !bpf_core_field_exists(kept->poll.ufds))
		return settings.restart_number;
	if ((u64)kept->poll.ufds == SYSCALL_ARG1(regs) && kept->poll.has_timeout == 1 &&
	    (u32)kept->poll.nfds == (u32)SYSCALL_ARG2(regs))
		return settings.poll_number;
	if ((u64)kept->futex.uaddr == SYSCALL_ARG1(regs) &&
	    kept->futex.val == (u32)SYSCALL_ARG3(regs))
		return settings.futex_number;
	/* A clock is a small or a negative number, and a request an address. */
	if ((int)SYSCALL_ARG1(regs) == (s64)SYSCALL_ARG1(regs))
		return settings.clock_nanosleep_number;
	return settings.nanosleep_number;
}

/*
 * What the task waits for and in which call: a WAIT_KEY(). `regs` are those of bpf_task_pt_regs().
 * `typed`: as file_kind() has it.
 */
static __always_inline u32 wait_key(struct task_struct *task, struct pt_regs *regs, u32 state,
				    bool typed)
{
	u32 nowhere = WAIT_KEY(0, FILE_NONE, WAIT_NO_SYSCALL);
	long number;

	if ((state & (TASK_STOPPED | TASK_TRACED | TASK_FROZEN)) || is_frozen(task))
		return WAIT_STOPPED << 24 | nowhere;
	/* On the way to what the call waits for, or back. */
	if (state & TASK_RTLOCK_WAIT)
		return WAIT_OTHER << 24 | nowhere;
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return (in_iowait(task) ? WAIT_IO : WAIT_OTHER) << 24 | nowhere;
	number = SYSCALL_NUMBER(regs);
	if (number == settings.restart_number && !is_compat(task))
		number = restarted_call(task, regs);
	if (number < 0)
		return (state & TASK_UNINTERRUPTIBLE ? WAIT_FAULT : WAIT_OTHER) << 24 | nowhere;
	if ((state & TASK_UNINTERRUPTIBLE) && in_iowait(task))
		return WAIT_KEY(WAIT_IO, FILE_NONE, number);
	if (number >= SYSCALLS_MAX || is_compat(task))
		return WAIT_OTHER << 24 | nowhere;
	return syscall_key(task, regs, number, state & TASK_UNINTERRUPTIBLE, typed);
}

/* The row of this wait in the thread's table: most threads wait in few places. */
static __always_inline u32 wait_row(struct thread_slot *slot, u32 key)
{
	u32 row = slot->wait_row;

	if (row < SYSCALL_ROWS && slot->syscalls[row].key == key)
		return row;
	for (row = 0; row < SYSCALL_ROW_ALL; row++) {
		if (slot->syscalls[row].key == key)
			break;
		if (!slot->syscalls[row].key) {
			slot->syscalls[row].key = key;
			break;
		}
	}
	return row;
}

static __always_inline void begin_wait(struct thread_slot *slot, u32 key)
{
	slot->cause = WAIT_KEY_CAUSE(key);
	slot->wait_row = wait_row(slot, key);
	slot->wait_key = key;
}

static __always_inline bool is_futex(u32 key)
{
	u32 number = WAIT_KEY_NUMBER(key), cause = WAIT_KEY_CAUSE(key);

	return (cause == WAIT_LOCK || cause == WAIT_CONDITION) && number < SYSCALLS_MAX &&
	       settings.wait_of_syscall[number & (SYSCALLS_MAX - 1)] >= SYSCALL_FUTEX;
}

static __always_inline bool is_yield(struct task_struct *task, struct pt_regs *regs)
{
	return SYSCALL_NUMBER(regs) == settings.yield_number && !is_compat(task);
}

#endif
