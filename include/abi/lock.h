/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futex waits, as kernel and daemon share them: who waited for which word, and who ended it.
 *
 * A lock is seen for the first time inside a switch, where nothing may be allocated: rows live in
 * fixed tables with open addressing. A newcomer that finds no room among LOCK_PROBES rows takes the
 * one that was waited for least, whose figures go to `lock_losses`: the top stays right.
 */
#ifndef PARTRACE_ABI_LOCK_H
#define PARTRACE_ABI_LOCK_H

#include <linux/types.h>

#include "abi/histogram.h"
#include "abi/thread.h"

#define LOCK_ROWS   4096
#define EDGE_ROWS   16384
#define LOCK_PROBES 8

/* An address that no futex has: the row is just being taken. */
#define LOCK_BUSY 1

/* What each set's threads waited for it. */
struct lock_sums {
	__u64 waits;
	__u64 blocked_ns;
	__u64 ready_ns;        /* the run-queue delay that ended these waits */
	__u64 unattributed_ns; /* blocked, and who had it is not known */
	__u32 queued;          /* waits that found another waiter; modulo 2^32, as is the next */
	__u32 timeouts; /* waits that nobody's call ended; of those begun while that was seen */
};

/*
 * Beside each table stand its keys, all that is looked at to find a row or to skip a free one: a
 * lock's address, and LOCK_EDGE_KEY() of an edge. 0: the row is free.
 */
#define LOCK_EDGE_KEY(lock, slot) ((__u64)(lock) << 32 | (slot))

/* One futex word of one process; shared ones are counted in their home, added up by the daemon. */
struct lock_row {
	/* What each wait reads and few change: a line that all CPUs can keep. */
	__u64 address; /* 0: free */
	__u64 space;   /* whose memory: the kernel's address of it, only to compare */
	__u32 tgid;    /* the kernel's own number */
	__u32 pid;     /* as shown */
	__u32 generation;
	__u32 operation; /* of the last wait, with its flags */
	__u32 value;     /* that it expected */
	__u32 sets;      /* that ever had a thread here */
	__u32 home; /* the row where all processes' waiters for this word are counted; 0: this */
	__u16 home_known;    /* by the probes: it has one, or is shared with nobody so far */
	__u16 value_changes; /* of `value`, from 0 at first; no more than two are counted */
	__u64 max_ns;
	__u64 touched; /* of no meaning: written before a row is taken */

	/* What waiters and releasers pass on to one another. */
	/* Waiting now, and since when so many: as a set's word (16 bits of count, 48 of time). */
	__u64 word;
	__u64 integral_ns; /* of waiters over time, since the last release */
	__u64 since_ns;    /* the last release, or when the first waiter came after it */
	__u64 weight_ns;   /* waited for it by all sets, more or less: to find the least */
	/* By the word itself or what lies behind it, when a wait began; 0: nobody it names. */
	__u32 owner;
	__u32 owner_asked; /* since the last release: else `owner` is of one before */
	__u64 reserved_too[3];

	struct lock_sums sums[SETS_MAX];
	__u32 histogram[HISTOGRAM_BUCKETS];
};
_Static_assert(sizeof(struct lock_row) == 1024, "four locks, one page");

/* What a holder was doing while others waited. */
enum holder_state {
	HOLDER_RUNNING,
	HOLDER_READY,
	HOLDER_LOCK,
	HOLDER_IO,
	HOLDER_OTHER,
	/*
	 * Waiting for a futex that does not look like a lock's, as HOLDER_LOCK does: both are what
	 * the probes can see of it. Reports show neither before the lock's kind is known.
	 */
	HOLDER_CONDITION,
	HOLDER_STATES,
};

/* One thread and one lock; only that thread writes it, or its switches. */
struct lock_edge {
	__u32 lock; /* row + 1; 0: free */
	__u32 slot;
	__u32 lock_generation;
	__u32 slot_generation;
	__u32 sets; /* that the thread is in */
	__u32 tid;  /* as shown */
	__u32 pid;
	__u32 lock_waits; /* waits that the probes counted under the cause lock */
	char comm[COMM_LEN];

	/* as a waiter */
	__u64 waits;
	__u64 blocked_ns;
	__u64 ready_ns;
	__u64 stackless_waits; /* since its last stack */
	__u64 stackless_ns;

	/* as the one whose call ended waits */
	__u64 releases;
	__u64 blocked_others_ns;
	__u64 asked_ns; /* the part in which the lock's memory was asked who has it */
	__u64 owned_ns; /* the part of that in which it named this thread */
	__u64 state_ns[HOLDER_STATES];
	__u64 stackless_releases;
	__u64 stackless_blocked_ns;
	struct lock_ref behind; /* the futex that it waited for last while it held this one */
	__u64 lock_blocked_ns;  /* of `lock_waits` */
	__u64 lock_ready_ns;
	__u64 reserved[6];
};
_Static_assert(sizeof(struct lock_edge) % 64 == 0, "one edge, whole cache lines");

/* Figures of rows that were taken by others. */
struct lock_losses {
	__u64 waits;
	__u64 wait_ns;
};

/* ---- stacks ---- */

/* Words of the kernel's pt_regs, as the architecture lays it out. */
#if defined(__x86_64__) || defined(__TARGET_ARCH_x86)
#define KERNEL_REGISTERS 21
#define STANDING_WORDS   32
#else
#define KERNEL_REGISTERS 34 /* arm64: x0…x30, sp, pc, pstate */
#define STANDING_WORDS   64
#endif
#define STACK_BYTES 8192
/* Threads with higher slots have none, but struct standing. */
#define STACK_BUFFERS 1024

/*
 * Of a thread without a buffer, where it waits: for as long as it does, its stack can be read in
 * its memory.
 */
struct standing {
	__u64 registers[KERNEL_REGISTERS];
	__u64 reserved[STANDING_WORDS - KERNEL_REGISTERS];
};
_Static_assert(4096 % sizeof(struct standing) == 0, "a page holds whole ones");
#define STANDING_IN_PAGE (4096 / sizeof(struct standing))

#define STACK_HEAD_WORDS 64

enum stack_role {
	STACK_WAITER,
	STACK_RELEASER,
	STACK_SAMPLE, /* where it runs: no lock, no waits */
	STACK_ROLES,
};

/* What a stack in the ring buffer stands for; `bytes` of stack memory follow. */
struct stack_head {
	__u32 role;
	__u32 bytes; /* from the stack pointer upwards */
	__u32 slot;
	__u32 slot_generation;
	struct lock_ref lock;
	__u32 sets;
	__u32 pid; /* as shown */
	__u32 tid;
	__u32 in_kernel; /* of a sample: it runs kernel code, called from where the registers say */
	__u64 waits;
	__u64 wait_ns;
	__u64 registers[KERNEL_REGISTERS];
	__u32 running[SETS_MAX]; /* of a sample: the parallelism of each of its sets */
	__u32 has_registers;     /* of a sample: kernel threads have none */
	__u32 pad;
	__u64 reserved[STACK_HEAD_WORDS - 8 - SETS_MAX / 2 - KERNEL_REGISTERS];
};
_Static_assert(sizeof(struct stack_head) == 8 * STACK_HEAD_WORDS, "so that pages hold whole ones");

/* A thread's own: the stack it went to sleep with. */
struct stack_buffer {
	struct stack_head head;
	__u8 memory[STACK_BYTES];
};
_Static_assert(sizeof(struct stack_buffer) % 8 == 0, "whole words");

#endif
