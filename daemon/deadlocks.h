/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlocks among the watched threads: two looks at who waits for whom, and the cycles in which
 * nobody has moved between them (daemon/model/waits_for.h). Who holds a lock is what the lock's own
 * memory says; where no owner is kept, no deadlock is claimed.
 */
#ifndef PARTRACE_DEADLOCKS_H
#define PARTRACE_DEADLOCKS_H

#include "daemon/lockbook.h"
#include "daemon/probe/probe.h"

/* Looks that are less apart prove nothing. */
#define DEADLOCK_LOOKS_NS 90000000ull

/*
 * A signal's handler may yet break in and set things right, as a timer's does. Whoever has waited
 * for less is given time: a deadlock is there a moment later, too.
 */
#define DEADLOCK_SETTLED_NS 500000000ull

struct deadlocks;

/* Since when a waiting thread waits: also before it was watched, as far as the kernel knows. */
static inline uint64_t deadlocks_waits_since(const struct thread_slot *slot)
{
	return slot->blocked_ns && slot->blocked_ns < slot->since_ns ? slot->blocked_ns
								     : slot->since_ns;
}

/* Both are borrowed, and outlive it. -ENOMEM. */
int deadlocks_new(struct probe *probe, struct lockbook *book, struct deadlocks **ret);
void deadlocks_free(struct deadlocks *deadlocks);

/* A first look, to be followed by another; the newest that is old enough counts. Run-queue clock.
 */
void deadlocks_look(struct deadlocks *deadlocks, uint64_t now_ns);

/*
 * The second look. Asks the lockbook where the deadlocked threads wait, so that deadlocks_fill()
 * has their frames once the names have come. -ENOMEM.
 */
int deadlocks_find(struct deadlocks *deadlocks, uint64_t now_ns);

/*
 * The report's deadlocks[]: those with a thread of this set, as found last, with times since the
 * window was opened. The rows are the module's until it fills another report. -ENOMEM.
 */
int deadlocks_fill(struct deadlocks *deadlocks, uint32_t set, uint64_t opened_ns,
		   struct report *report);

#endif
