/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report's part on locks: what was waited for, by whom, who held it, from where in the code.
 *
 * A lock is known by its futex words: private ones by process and address, shared ones by device,
 * inode and offset, so that one lock in shared memory is one row in however many processes.
 */
#ifndef PARTRACE_API_REPORT_LOCKS_H
#define PARTRACE_API_REPORT_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "abi/wait.h"

struct report_bucket;

enum lock_kind {
	LOCK_MUTEX,
	LOCK_PI_MUTEX,
	LOCK_RWLOCK,
	LOCK_CONDITION,
	LOCK_SEMAPHORE,
	LOCK_BARRIER,
	LOCK_JOIN,
	LOCK_PARKER,
	LOCK_GIL,
	LOCK_FUTEX, /* none of these, or not known */
	LOCK_KINDS,
};

static const char *const lock_kind_names[] = {
	[LOCK_MUTEX] = "mutex",         [LOCK_PI_MUTEX] = "pi-mutex",   [LOCK_RWLOCK] = "rwlock",
	[LOCK_CONDITION] = "condition", [LOCK_SEMAPHORE] = "semaphore", [LOCK_BARRIER] = "barrier",
	[LOCK_JOIN] = "join",           [LOCK_PARKER] = "parker",       [LOCK_GIL] = "gil",
	[LOCK_FUTEX] = "futex",
};
_Static_assert(sizeof(lock_kind_names) / sizeof(lock_kind_names[0]) == LOCK_KINDS,
	       "name every kind");

/* One frame of a stack, the innermost first. */
struct report_frame {
	const char *function; /* demangled; NULL when there is no symbol */
	uint64_t offset;      /* into the function, or into the module when function is NULL */
	const char *module; /* path of the ELF file or mapping; NULL for Python and unknown code */
	const char *file;   /* source; NULL when not known */
	uint64_t line;      /* NO_VALUE when not known */
	const char *kind;   /* native, python, jit, unknown */
};

struct report_stack {
	const char *role; /* waiter, releaser, holder */
	uint64_t waits;   /* that it stands for */
	uint64_t wait_ns; /* likewise: the time of those waits, or that others waited for it */
	const char *end;  /* root: down to the thread's start; short: it is cut off there */
	struct report_frame *frames;
	size_t frames_count;
};

/* Where the lock's memory is. */
struct report_place {
	const char *module;  /* path of the mapped file; NULL for none */
	const char *symbol;  /* the data symbol it lies in; NULL when there is none */
	uint64_t offset;     /* into the symbol, or into the mapping when symbol is NULL */
	const char *mapping; /* file, heap, stack, anonymous, shared, unknown */
	const char *file;    /* where the symbol is declared; NULL when not known */
	uint64_t line;       /* likewise; NO_VALUE when not known */
};

struct report_holder {
	uint64_t tid;
	uint64_t pid;
	const char *name;
	uint64_t blocked_others_ns; /* summed over those who waited */
	uint64_t releases;
	const char *evidence; /* owner: the lock's memory names it; releaser: it gave the lock up;
				 waker: its call ended the waits */
};

struct report_waiter {
	uint64_t tid;
	uint64_t pid;
	const char *name;
	uint64_t waits;
	uint64_t wait_ns;
};

/* What the holders were doing while somebody waited. */
struct report_holder_state {
	uint64_t running;
	uint64_t ready;
	uint64_t lock; /* waiting for another lock */
	uint64_t io;   /* waiting for io or ipc */
	uint64_t other;
};

struct report_lock {
	const char *id; /* "PID:0xADDRESS" or "shared:DEVICE:INODE:0xOFFSET"; of a crowd with the
			   function in place of the last */
	const char *name;
	uint64_t members;  /* of a crowd, the locks that it is the sum of; else 1 */
	const char *crowd; /* id of the crowd that this lock is told with; NULL: none */
	const char *kind;  /* lock_kind_names */
	double confidence; /* in kind, 0…1 */
	bool contended;    /* waiting for it is contention: it is acquired */
	bool shared;       /* between processes */
	uint64_t pid;      /* whose memory it is in; NO_VALUE when shared */
	struct report_place place;
	uint64_t waits;      /* the ones that last included */
	uint64_t wait_ns;    /* blocked, and the run-queue delay that ended it */
	uint64_t blocked_ns; /* the part of it without that delay */
	uint64_t max_wait_ns;
	uint64_t timeouts; /* waits that nobody's call ended, of those begun while wakes were
			      watched */
	struct report_bucket *histogram;
	size_t histogram_count;
	uint64_t waiting_now;
	struct report_holder *holders; /* the worst first */
	size_t holders_count;
	uint64_t more_holders; /* that have no row, and what they blocked others for */
	uint64_t more_holders_ns;
	uint64_t unattributed_ns; /* blocked time whose holder is not known, and hand-overs (some
				     microseconds from a release until the waiter is in a run
				     queue); with all holders' it is blocked_ns */
	uint64_t excess_ns;       /* that was taken off the holders for it not to be more */
	struct report_waiter *waiters; /* the longest first */
	size_t waiters_count;
	uint64_t more_waiters; /* that have no row, and their wait_ns */
	uint64_t more_waiters_ns;
	struct report_holder_state holder_state_ns;
	const char *holder_waits_for; /* id of the lock its holders waited for most; NULL: none */
	uint64_t owner_tid; /* now, by the lock's memory; NO_VALUE when nobody or not kept there */
	/* In the daemon, where those beyond waiters_count and holders_count still stand behind
	 * them, for its findings: all of them. Else 0. */
	size_t all_waiters, all_holders;
	double fairness; /* Jain's index over the waiters' wait_ns, 1/n…1; NaN below 2 waiters */
	double convoy;   /* share of waits that found another waiter there, 0…1 */
	struct report_stack *stacks; /* the heaviest first */
	size_t stacks_count;
	uint64_t stackless_ns; /* part of wait_ns that no stack stands for */
};

static inline bool report_lock_is_semaphore(const struct report_lock *lock)
{
	return lock->kind && !strcmp(lock->kind, "semaphore");
}

/* Of the window: who waits so long has waited all of it, but for the time that a look takes. */
#define REPORT_LOCK_ALL_THE_TIME 0.9

/* No wait for it ended: for work that never came, or for a lock that is never given back. */
static inline bool report_lock_let_nobody_through(const struct report_lock *lock,
						  uint64_t window_ns)
{
	return report_lock_is_semaphore(lock) && !lock->contended && lock->waiting_now &&
	       lock->waits <= lock->waiting_now && lock->max_wait_ns != UINT64_MAX &&
	       (double)lock->max_wait_ns >= REPORT_LOCK_ALL_THE_TIME * (double)window_ns;
}

static inline bool report_lock_is_crowd(const struct report_lock *lock)
{
	return lock->members > 1 && lock->members != UINT64_MAX;
}

/* One thread of a cycle; it waits for what the next one holds, the last for the first. */
struct report_deadlocked {
	uint64_t tid;
	uint64_t pid;
	const char *name;
	const char *waits_for; /* lock, join, child */
	const char *lock;      /* id of the lock; NULL for join and child */
	const char *lock_name; /* likewise */
	uint64_t held_by_tid;
	int64_t since_ns; /* since the window's start; negative when it began before */
	struct report_frame *frames;
	size_t frames_count;
	const char *end; /* root: down to the thread's start; short: cut off; NULL: no frames */
};

struct report_deadlock {
	struct report_deadlocked *threads;
	size_t threads_count;
};

/* Locks that have no row in the report, summed. */
struct report_more_locks {
	uint64_t locks;
	uint64_t waits;
	uint64_t wait_ns;
	uint64_t lost_waits; /* their locks are not known any more: there were too many at once */
	uint64_t lost_ns;
	uint64_t lost_people; /* waiters and holders whose figures made room for others' */
};

#endif
