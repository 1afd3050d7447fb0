/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One target thread, as kernel and daemon share it: an element of the mmap-able array `threads`.
 *
 * The probes write it, under the run-queue lock of the CPU that switches the thread; the daemon
 * reads it at any time (seq is odd while it is being written) and owns it while it is FREE or DEAD.
 * Every counter only grows. Times are run-queue clock (daemon/probe/clock.h), in nanoseconds.
 */
#ifndef PARTRACE_ABI_THREAD_H
#define PARTRACE_ABI_THREAD_H

#include <linux/types.h>
#include <stddef.h>

#include "abi/histogram.h"
#include "abi/wait.h"

/* Sets of targets that are watched at once; a thread's membership is a bit mask. */
#define SETS_MAX 8

enum slot_life {
	SLOT_FREE, /* wiped, its index on the free stack */
	SLOT_LIVE, /* a thread's */
	SLOT_DEAD, /* its thread has made its last switch; the daemon copies, then frees it */
};

enum thread_state {
	THREAD_UNKNOWN, /* marked while alive and not looked at yet */
	THREAD_NEW,     /* born a target, not run yet: ready since it was first queued */
	THREAD_RUNNING,
	THREAD_READY,
	THREAD_WAITING,
	THREAD_EXITED,
};

/* A lock's row in its table, with one more generation for each time that it was taken anew. */
struct lock_ref {
	__u32 row; /* 0: none; else the row's index + 1 */
	__u32 generation;
};

/* Of a futex wait. */
enum futex_flags {
	FUTEX_WATCHED = 1, /* it began while wakes were watched */
	FUTEX_LEFT = 2,    /* it is no longer among the lock's waiters */
	FUTEX_ENDED = 4,   /* somebody's call ended it */
	FUTEX_QUEUED = 8,  /* it found another waiter */
	FUTEX_TIMED = 32,  /* it ends by itself */
	FUTEX_STACK = 16,  /* the thread's stack buffer holds where it waits */
};

/* What a thread did lately: time << 3 | enum holder_state, from that time on. */
#define PAST_ENTRIES    16
#define PAST_STATE_BITS 3

/*
 * Longer ago: sums at moments that lie the further apart the older they are. Moment k is taken
 * anew each 2^(k + 1) switch-ins, but the last: it is the end of the last wait not for I/O.
 */
#define PAST_MOMENTS 8

struct past_moment {
	__u64 at_ns; /* 0: none yet */
	__u64 running_ns;
	__u64 ready_ns;
	__u64 lock_ns;
	__u64 io_ns;
	__u64 condition_ns;
};

struct wait_totals {
	__u64 count;
	__u64 time_ns;  /* blocked */
	__u64 ready_ns; /* the run-queue delay that ended these waits */
};

/* One row of a thread's table of what it waited in; rows are filled in order and never reused. */
struct syscall_totals {
	__u32 key;   /* WAIT_KEY(); 0: free */
	__u32 count; /* modulo 2^32 */
	__u64 time_ns;
};

/* The last row gathers what found no other. */
#define SYSCALL_ROWS    12
#define SYSCALL_ROW_ALL (SYSCALL_ROWS - 1)

/* Criticality is counted in 1/1024 ns, so that a division by the parallelism loses nothing. */
#define CRITICALITY_SHIFT 10

#define COMM_LEN 16

/*
 * What each switch reads and writes comes first: a cache line more costs a switch as much as twenty
 * instructions.
 */
struct thread_slot {
	/* where it is now; all that who wakes it writes */
	__u32 seq;
	__u32 state;
	__u64 since_ns; /* in this state */
	__u32 sets;     /* sets it belongs to */
	__u32 counted;  /* sets that count it as running at this moment */
	__u32 cause;    /* of its wait, enum wait_cause */
	__u32 tid;      /* the kernel's own number */
	__u32 life;
	__u32 index;          /* this slot's */
	__u32 lock_home;      /* the row where it is among the waiters */
	__u32 futex_flags;    /* enum futex_flags */
	struct lock_ref lock; /* that it waits for; row 0: there was no room */
	__u32 woken_seq;      /* `seq` | 1 when it was woken before it was asleep; 0: never */
	__u32 cpu;            /* it runs or ran on */

	/* what it has done */
	__u64 running_ns;
	__u64 ready_ns;
	__u64 waiting_ns;
	__s64 stolen_ns; /* running_ns - what the kernel accounts as run */
	__u64 voluntary; /* the kernel's own nvcsw, nivcsw and nr_migrations */
	__u64 involuntary;
	__u64 migrations;
	__u64 max_ready_ns;

	__u64 exec_seen_ns;  /* the kernel's sum_exec_runtime at the last look */
	__u64 delay_seen_ns; /* the kernel's run_delay when it was last switched out */
	__u32 wait_row;      /* of `syscalls`, for the wait that goes on */
	__u32 was_taken;     /* its last switch-out was for the taker */
	__u32 generation;    /* one more for each thread that the slot has served */
	__u32 pid; /* thread group, as the daemon's PID namespace numbers it; 0: not in there */
	__u32 past_rounds; /* only while wakes are watched, as is the next */
	__u32 past_at;
	__u64 last_lock_ns; /* when its wait for last_lock ended by nobody's call; 0: by one */
	/* the kernel's address of those it enters with, the same for life; for the probes only */
	__u64 registers;
	__u64 born_ns;
	__u64 died_ns;
	__u64 counted_from_ns; /* its birth, or when it was marked */

	/* not in slot_copy_times() from here on */
	__s64 criticality[SETS_MAX]; /* less the set's integral at switch-in, while it runs */
	struct wait_totals waits[WAIT_COUNT];
	struct syscall_totals syscalls[SYSCALL_ROWS];
	__u32 run_queue[HISTOGRAM_BUCKETS];

	__u64 yields;
	__u64 missed_switches;  /* by the steps of nvcsw and nivcsw */
	__u64 clamped;          /* negative differences, set to 0 */
	__u64 start_ktime_ns;   /* the kernel's start_time: with the TID, who it is */
	__u64 process_ktime_ns; /* the leader's: with the PID, which process it is of */
	__u64 max_rss_pages;    /* peak of the process, left by its last thread */
	__u64 born_ready_ns;    /* from birth to its first run; 0: not seen */
	/* when the wait began that it was marked in, as far as the kernel knows */
	__u64 blocked_ns;

	/* who it is */
	__u64 woken_ns;  /* only where the kernel keeps no run_delay */
	__u32 shown_tid; /* as `pid` */
	__u32 execs;
	char comm[COMM_LEN];

	/* what the task iterator saw, valid while look_seq == (seq | 1); 0: nothing yet */
	__u32 look_seq;
	__u32 tgid;           /* the kernel's own number */
	__u64 look_queued_ns; /* waiting for a CPU since; 0: not in a run queue */
	__u64 look_delay_ns;  /* run_delay */

	/* who took the CPU from it when it last became ready without wishing to; tid 0: nobody */
	__u32 taker_tid; /* the kernel's own number */
	__u32 taker_pid;
	__u32 taker_shown_tid;
	__u32 taker_is_kernel;
	char taker_comm[COMM_LEN];

	__u64 futex_fourth; /* arguments of the call that waits for a futex */
	__u64 futex_fifth;
	__u64 pid_namespace; /* its innermost: the kernel's address of it, only to compare */
	__u64 stack_end;     /* a page behind its stack that could not be read; 0: none */
	__u64 spare;

	/* the futex that it waits for: all else that who wakes it asks for */
	__u64 futex; /* the address of the word; 0: it waits for none */
	__u64 space; /* its memory: the kernel's address of it, only to compare */
	__u32 futex_operation;
	__u32 futex_value;
	__u32 wait_key; /* of its wait, as WAIT_KEY() has it */
	__u32 edge;     /* the row of this thread and its last lock, + 1 */
	struct lock_ref last_lock;
	__u32 own_tid; /* as its own libraries number it, in words of locks */
	__u32 stack_end_copies;
	__u64 spare_too[2];

	/* only while wakes are watched */
	__u64 past[PAST_ENTRIES];
	struct past_moment moments[PAST_MOMENTS];
};
_Static_assert(offsetof(struct thread_slot, futex) % 64 == 0, "a futex wait, one cache line");
_Static_assert(sizeof(struct thread_slot) % 64 == 0, "one thread, whole cache lines");

/* What task storage says of a target. */
struct target_mark {
	__u32 slot;
	__u32 generation;
};

#endif
