/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few kernel structs and fields that the probes read. Only names and types matter here: CO-RE
 * relocates every access to the running kernel's own layout, so there is no generated vmlinux.h
 * and the build needs no BTF.
 */
#ifndef PARTRACE_BPF_KERNEL_H
#define PARTRACE_BPF_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rq {
	u64 clock;
	u64 clock_task;
	struct task_struct *curr;
	struct task_struct *idle;
	int cpu;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	u64 exec_start;
	u64 sum_exec_runtime;
	u64 nr_migrations;
	struct cfs_rq *cfs_rq;
};

struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_arrival;
	unsigned long long last_queued;
};

struct thread_info {
	u32 status; /* x86: TS_COMPAT */
};

struct sock_common {
	unsigned short skc_family;
};

struct sock {
	struct sock_common __sk_common;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct inode {
	u16 i_mode;
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
	const void *f_op;
	void *private_data;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_pgoff;
	unsigned long vm_flags;
	struct file *vm_file;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct bpf_local_storage {
	void *owner;
};

struct files_struct {
	struct fdtable *fdt;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	unsigned long maxrss;
};

struct pid_namespace {
	unsigned int level;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct kernfs_node {
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

/* For a call that goes on after a stop: one of these, by the call. */
struct restart_block {
	union {
		struct {
			u32 *uaddr;
			u32 val;
			u32 flags;
		} futex;
		struct {
			void *ufds;
			int nfds;
			int has_timeout;
		} poll;
	};
};

struct mm_struct {
	int map_count;
};

struct task_struct {
	struct mm_struct *mm;
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	struct sched_entity se;
	struct sched_info sched_info;
	int pid;
	int tgid;
	unsigned in_iowait : 1;
	unsigned frozen : 1;
	int exit_state;
	unsigned long jobctl;
	struct restart_block restart_block;
	struct task_struct *group_leader;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_time;
	char comm[16];
	struct files_struct *files;
	struct bpf_local_storage *bpf_storage;
	struct signal_struct *signal;
	struct pid *thread_pid;
	struct css_set *cgroups;
};

struct bpf_iter_meta {
	u64 session_id;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long orig_ax, di, si, dx, r10, r8, ip, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 orig_x0;
	int syscallno;
};
#else
#error "partrace knows the system call registers of x86 and arm64 only"
#endif

#pragma clang attribute pop

/* include/linux/sched.h; values that user space relies on as well (/proc/PID/stat), or long stable
 */
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_STOPPED         0x0004
#define TASK_TRACED          0x0008
#define TASK_DEAD            0x0080
#define TASK_WAKING          0x0200
#define TASK_RTLOCK_WAIT     0x1000 /* 5.15: PREEMPT_RT, for a lock of the kernel's own */
#define TASK_FROZEN          0x8000 /* 6.1 */

#define JOBCTL_TRAP_FREEZE (1ul << 23)

#define PF_IO_WORKER   0x00000010
#define PF_USER_WORKER 0x00004000
#define PF_KTHREAD     0x00200000

#define S_IFMT   0170000
#define S_IFSOCK 0140000
#define S_IFIFO  0010000
#define S_IFCHR  0020000
#define S_IFDIR  0040000
#define S_IFBLK  0060000
#define S_IFREG  0100000

#define AF_UNIX 1

#define TS_COMPAT 0x0002

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_NUMBER(regs) ((long)(regs)->orig_ax)
#define SYSCALL_ARG1(regs)   ((regs)->di)
#define SYSCALL_ARG2(regs)   ((regs)->si)
#define SYSCALL_ARG3(regs)   ((regs)->dx)
#define SYSCALL_ARG4(regs)   ((regs)->r10)
#define SYSCALL_ARG5(regs)   ((regs)->r8)
#else
#define SYSCALL_NUMBER(regs) ((long)(regs)->syscallno)
#define SYSCALL_ARG1(regs)   ((regs)->orig_x0)
#define SYSCALL_ARG2(regs)   ((regs)->regs[1])
#define SYSCALL_ARG3(regs)   ((regs)->regs[2])
#define SYSCALL_ARG4(regs)   ((regs)->regs[3])
#define SYSCALL_ARG5(regs)   ((regs)->regs[4])
#endif

#endif
