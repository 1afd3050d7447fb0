/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pure: what the rules ask of a report, computed once. Times are nanoseconds, as double for they
 * are divided; parallelism and CPUs are in CPUs, over the window.
 */
#ifndef PARTRACE_DIAGNOSE_PICTURE_H
#define PARTRACE_DIAGNOSE_PICTURE_H

#include <stdbool.h>

#include "api/report.h"

/* What can be taken away in thought. */
enum cause { CAUSE_LOCK, CAUSE_GIL, CAUSE_IO, CAUSE_IPC, CAUSE_READY, CAUSE_COUNT };

struct thread_facts {
	const struct report_thread *row; /* NULL: exited threads that have none, together */
	uint64_t tid;
	double life; /* in the window */
	double running;
	double ready;
	double lost[CAUSE_COUNT]; /* lock and gil with the delay that ends the wait */
	double workless;          /* condition, poll, sleep, child, stopped, and queues for work */
	double behind_io;         /* of that: for a thread that waits for I/O */
	double gives;             /* times that it ended others' waits at conditions */
	double given;             /* waits at conditions for work of one that nobody asks */
	bool idle;
};

struct picture {
	const struct report *report;
	double window;
	double life;        /* of all threads */
	double active_life; /* of those that are not idle */
	double active;      /* so many of them, in the mean */
	double parallelism;
	double cpus;       /* online */
	double usable;     /* that the target has or could have had: less others' and the quota's */
	double attainable; /* that it would get if it asked for more: others would give some way */
	double others;
	double idle_cpus;
	bool pinned; /* threads were ready and CPUs idle, for long: not all are allowed */
	const struct report_quota *quota; /* that held it up; NULL: none */
	double lost[CAUSE_COUNT];
	double lost_share[CAUSE_COUNT]; /* of active_life */
	double workless_share;          /* of life */
	double behind_io;               /* of threads that are not idle */
	double queued;                  /* in wait for locks that are queues for work */
	double file_locks;              /* in wait for locks of files, less what is such a queue */
	double loss;                    /* the part of what happened that was not seen, 0…1 */
	struct thread_facts *threads;   /* by TID */
	size_t threads_count;
};

/* -ENOMEM. */
int picture_of(const struct report *report, struct picture *ret);
void picture_release(struct picture *picture);

/*
 * The parallelism that would be reached if that cause vanished and each thread went on as it does
 * between: at most what the CPUs allow, but for CAUSE_READY, which asks for more CPUs.
 */
double picture_reach(const struct picture *picture, enum cause cause);
/* The same if one lock alone vanished. */
double picture_reach_without(const struct picture *picture, const struct report_lock *lock);
/* Without the bound by CPUs. */
double picture_unbounded(const struct picture *picture, enum cause cause);

/*
 * The part of the wait for this lock in which its holder waits for work itself (a message at a
 * pipe, a client): that part is no contention, and is counted as without work. 0…1.
 */
double picture_queue_share(const struct picture *picture, const struct report_lock *lock);

/* In which it waited for clients to connect, which is without work whatever its cause. ns */
double picture_accepted(const struct report_figures *figures);

/* The wait for locks of files (flock, fcntl), which have no row. ns */
double picture_file_lock_wait(const struct thread_facts *facts);
/* The part of it that is a queue for work, where one that is called so has the lock. 0…1. */
double picture_file_queue_share(const struct picture *picture, const char *name);

/* Rows at lock->waiters and lock->holders: also those that the report itself has no room for. */
static inline size_t picture_waiters(const struct report_lock *lock)
{
	return lock->all_waiters ? lock->all_waiters : lock->waiters_count;
}

static inline size_t picture_holders(const struct report_lock *lock)
{
	return lock->all_holders ? lock->all_holders : lock->holders_count;
}

bool picture_is_gil(const struct report_lock *lock);

/* NULL when it has no row. */
const struct thread_facts *picture_thread(const struct picture *picture, uint64_t tid);

/* part/whole; 0 of 0 is 0. */
double share(double part, double whole);

#endif
