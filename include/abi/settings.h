/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon sets before the probes are loaded (constant then) and what it asks while they
 * run.
 */
#ifndef PARTRACE_ABI_SETTINGS_H
#define PARTRACE_ABI_SETTINGS_H

#include <linux/types.h>

#include "abi/wait.h"

/*
 * What a system call waits for, by its number: an enum wait_cause, or one of these, which need a
 * look at the arguments.
 */
enum syscall_wait {
	SYSCALL_FILE = WAIT_COUNT, /* io or ipc, by the kind of the file in its first argument */
	SYSCALL_FUTEX,             /* lock or condition, by operation and value */
	SYSCALL_FUTEX_WAIT,        /* the 6.7 call: lock or condition, by value */
	SYSCALL_FUTEX_WAITV,       /* several at once: condition; known by the first */
};

#define SYSCALLS_MAX 512

struct probe_settings {
	__u8 has_switch_state; /* sched_switch passes prev_state (5.18) */
	__u8 use_rq_clock;     /* cfs_rq->rq->clock can be read; else ktime */
	__u8 use_sched_info;   /* the kernel keeps run_delay; else wake-ups are hooked */
	__u8 has_typed_cast;   /* bpf_rdonly_cast (6.2); else fields are copied one by one */
	__u8 has_find_vma; /* bpf_find_vma (5.17, not RT); else the daemon finds homes of locks */
	__u8 page_shift;
	__u8 pad[2];
	__u32 yield_number;
	__u32 futex_number;
	__u32 exit_number;
	__u32 exit_group_number;
	__u32 restart_number;
	__u32 clock_nanosleep_number;
	__u32 nanosleep_number;
	__u32 poll_number; /* SYSCALLS_MAX where there is none */
	__u32 max_threads; /* slots */
	__u8 wait_of_syscall[SYSCALLS_MAX];
};

enum observe_mode {
	OBSERVE_SELF,   /* in which PID namespace does the daemon live? */
	OBSERVE_LOOK,   /* refresh what the probes cannot know of targets that do not switch */
	OBSERVE_MARK,   /* make the wanted tasks targets */
	OBSERVE_UNMARK, /* forget tasks that belong to no set any more */
};

/* IDs are unique only within a hierarchy, of which v1 has many. */
struct cgroup_key {
	__u64 id;
	__u64 hierarchy; /* 0: v2 */
};

/* Cgroups that are watched at once, of all sets. */
#define CGROUPS_MAX 64

#define WANT_PID 1
#define WANT_TID 2

struct probe_control {
	__s64 clock_offset_ns; /* ktime - run-queue clock */
	__u32 clock_wanted;    /* sample the clock at any switch */
	__u32 mode;            /* enum observe_mode, for the iterator */
	__u32 set;             /* that marked tasks join */
	__u32 mark_all;        /* OBSERVE_MARK takes every task, not only the wanted */
	__u32 follow_sets;     /* sets whose targets' children are targets */
	__u32 all_sets;        /* sets that every new task joins */
	__u32 cgroup_sets;     /* sets that watch the cgroups in `cgroups` */
	__u32 pid_level;     /* of the daemon's PID namespace; 0: the first, as nearly everywhere */
	__u64 pid_namespace; /* the kernel's address of it, only to compare */
	__u32 slots_used;    /* slots below were in use at least once; may run past the last */
	__u32 pad;
	__u64 marked; /* answer of OBSERVE_MARK: tasks that have joined */

	__u32 watch_wakes;  /* the probe of wakes is attached */
	__u32 take_stacks;  /* copy the stacks of those who wait for futexes */
	__u64 futex_seen;   /* a wait for a futex has begun since the daemon set this to 0 */
	__u32 wakes_wanted; /* the daemon has been asked to watch them */
	__u32 pad3;

	__u64 file_operations[FILE_LEARNED]; /* the kernel's addresses of them, only to compare */
	__u32 file_examples[FILE_LEARNED];   /* files of the daemon to learn them from, -1: none */

	/* Every switch reads the above, what follows is written: never in one cache line. */
	__u64 apart[8];
	__u64 stack_window_ns;   /* STACK_WINDOW_NS long; */
	__u32 stacks_taken;      /* in it */
	__u32 long_stacks_taken; /* in it, of waits longer than it, beyond the others' room */
	__u64 sample_window_ns;  /* SAMPLE_WINDOW_NS long; */
	__u32 samples_taken;     /* in it */
	__u32 pad2;
};

#endif
