/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted for each CPU and each set of targets: mmap-able arrays; counters only grow. */
#ifndef PARTRACE_ABI_TOTALS_H
#define PARTRACE_ABI_TOTALS_H

#include <linux/types.h>

#include "abi/thread.h"

#define CLOCK_SAMPLES 8

/* Targets that were lately switched on a CPU: spares looking up their storage. */
#define RECENT_TARGETS 16

struct recent_target {
	__u64 task; /* the kernel's address of it, only to compare */
	__u32 slot;
	__u32 pad;
};

/*
 * Who had a CPU lately. Each stint of a target's thread is one, and each of another task that was
 * seen to end; what lies between two was other tasks' that were not, or idle. A stint is named if
 * it was not too short for that. Those of targets that were are one `blur`, by what is in the sets.
 */
#define STINTS 32

struct stint {
	__u64 from_ns;
	__u64 until_ns; /* 0: none */
	__u64 ran_ns;   /* in between, by whom this tells of: all the time, but in a blur */
	__u64 idle_ns;  /* the CPU's sum of it then */
	__u32 tid;      /* the kernel's own number; 0: a blur */
	__u32 pid;      /* as shown */
	__u32 shown_tid;
	__u16 is_kernel;
	__u16 sets; /* that it belongs to */
	char comm[COMM_LEN];
};
_Static_assert(sizeof(struct stint) == 64, "one stint, one cache line");

/* Longer ago: what a CPU's sums were, now and then. Once the stints are forgotten, these tell. */
#define CPU_MOMENTS   32
#define CPU_MOMENT_NS 8000000
#define CPU_SUM_IDLE  SETS_MAX

struct cpu_moment {
	__u64 at_ns;              /* 0: none yet */
	__u64 sums[SETS_MAX + 1]; /* target_ns, then idle_ns */
};

struct cpu_totals {
	__u64 idle_ns;
	__u64 idle_since_ns; /* 0: not idle */
	__u64 stolen_ns;     /* rq->clock - rq->clock_task: taken by hypervisor and interrupts */
	__u64 seen_ns;       /* the last switch to or from a target or idle */
	__u64 sample_next_ns;
	__u64 rq;      /* the kernel's address of its run queue, for the switch probe; 0: not yet */
	__u32 stint;   /* the newest of `stints`, counted on and on */
	__u32 curious; /* so many more stints of other tasks are looked at */
	__u64 moment_next_ns;
	__u64 target_ns[SETS_MAX];
	/* ktime - run-queue clock, about once a second; the smallest recent one is the truest */
	__u64 samples;
	__s64 sample_offset_ns[CLOCK_SAMPLES];
	__u64 sample_at_ns[CLOCK_SAMPLES];
	__u64 walk_ns; /* time that looking back through the stints is paid for until then */
	__u32 moment;  /* the newest of `moments`, counted on and on */
	__u8 reserved[44];
	struct recent_target recent[RECENT_TARGETS]; /* by TID */
	struct stint stints[STINTS];
	struct cpu_moment moments[CPU_MOMENTS];
};
_Static_assert(sizeof(struct cpu_totals) % 64 == 0, "one CPU, whole cache lines");

/* Target threads on a CPU at once: 0…SET_LEVELS - 1; more count as the last. */
#define SET_LEVELS 1025

/*
 * A set's running count and the time of its last change are one word, moved by compare-and-swap,
 * so that each interval is counted exactly once: 16 bits of count, 48 bits of nanoseconds.
 */
#define SET_TIME_BITS 48
#define SET_TIME_MASK ((1ull << SET_TIME_BITS) - 1)

struct set_totals {
	/* Where few run at once, a move needs one cache line. */
	__u64 word;
	__u64 integral; /* of dt / parallelism, in 1/1024 ns */
	__u64 begun;    /* moves; while `ended` is less, word and sums do not belong together */
	__u64 ended;
	__u64 time_at_level_ns[SET_LEVELS];
	__u64 lost;      /* moves given up after too many collisions, or impossible ones */
	__u64 late_ns;   /* by how much moves came after one of a later time, summed */
	__u64 unsettled; /* looks at the integral given up while another CPU was changing it */
};
_Static_assert(sizeof(struct set_totals) % 64 == 0, "one set, whole cache lines");

/* Signed distance between two times that know only their low 48 bits. */
static inline __attribute__((always_inline)) __s64 set_elapsed(__u64 now, __u64 then)
{
	return (__s64)((now - then) << (64 - SET_TIME_BITS)) >> (64 - SET_TIME_BITS);
}

/* Each thread's part of `elapsed_ns` at this parallelism (at least 1), in 1/1024 ns. */
static inline __attribute__((always_inline)) __s64 set_share(__s64 elapsed_ns, __u64 running)
{
	__u64 scaled;

	/* A division costs as much as all the rest. */
	if (running == 1)
		return (__s64)((__u64)elapsed_ns << CRITICALITY_SHIFT);
	if (elapsed_ns < 0) {
		scaled = ((__u64)-elapsed_ns << CRITICALITY_SHIFT) / running;
		return -(__s64)scaled;
	}
	return (__s64)(((__u64)elapsed_ns << CRITICALITY_SHIFT) / running);
}

/*
 * Who made threads wait for a CPU: a table for each CPU, written by that CPU only, with sums for
 * each set. A task that finds no row among CULPRIT_PROBES takes the smallest, whose sums go to
 * those of nobody by name.
 */
#define CULPRIT_ROWS   64
#define CULPRIT_PROBES 4

struct culprit {
	__u32 tid; /* the kernel's own number; 0: free */
	__u32 pid; /* as shown */
	__u32 shown_tid;
	__u32 is_kernel; /* a kernel thread */
	char comm[COMM_LEN];
	__u32 sets; /* that it belongs to: one of the target's own */
	__u32 pad;
	__u64 total_ns;           /* of all sets, to find the smallest */
	__u64 ahead_ns[SETS_MAX]; /* it had the CPU while they waited */
	__u64 taken_ns[SETS_MAX]; /* waits that began when it took the CPU */
	__u32 ahead[SETS_MAX];
	__u32 taken[SETS_MAX];
};

struct culprit_table {
	__u64 idle_ns[SETS_MAX];    /* the CPU was free: it took its time to wake, or a quota */
	__u64 own_ns[SETS_MAX];     /* behind targets of the set that have no row, or lost it */
	__u64 others_ns[SETS_MAX];  /* behind tasks that are none, likewise */
	__u64 earlier_ns[SETS_MAX]; /* on another CPU, or longer ago than is remembered */
	struct culprit rows[CULPRIT_ROWS];
};
_Static_assert(sizeof(struct culprit_table) % 64 == 0, "one CPU's, whole cache lines");

enum event_kind {
	EVENT_EXIT,        /* the slot is DEAD */
	EVENT_EXEC,        /* the process has a new command line */
	EVENT_LOCK,        /* a target waits for a futex, and nobody watches wakes */
	EVENT_SHARED_LOCK, /* a new row that may be of a lock in shared memory */
	EVENT_JOIN,        /* the process `pid` is in a watched cgroup, of the sets in `slot` */
	EVENT_KINDS,
};

struct event {
	__u32 kind;
	__u32 slot;
	__u32 generation;
	__u32 pid;
};

/* Why something is missing; counted in the probes. */
struct losses {
	__u64 records;   /* ring buffer full */
	__u64 untracked; /* no slot or no storage for a target */
	__u64 stacks;    /* no room in their ring buffer */
	__u64 edges;     /* rows of a thread and a lock that made room for others, or found none */
	__u64 locks;     /* futex waits without a row */
	__u64 deep;      /* tasks that came into a cgroup whose upper parents were not looked at */
	__u64 samples;   /* of code: no room in the ring buffer, or too many at once */
	__u64 pad[1];
};

#endif
