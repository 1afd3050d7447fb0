/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports that are made by hand, a thread and a lock at a time; times are in seconds. */
#ifndef PARTRACE_TESTS_MADE_H
#define PARTRACE_TESTS_MADE_H

#include "api/report.h"

#define MADE_THREADS 300
#define MADE_LOCKS   8
#define MADE_PEOPLE  64
#define MADE_CPUS    64

struct made {
	struct report report;
	struct report_thread threads[MADE_THREADS];
	struct report_lock locks[MADE_LOCKS];
	struct report_waiter waiters[MADE_LOCKS][MADE_PEOPLE];
	struct report_holder holders[MADE_LOCKS][MADE_PEOPLE];
	struct report_cpu cpus[MADE_CPUS];
	struct report_culprit culprit;
	struct report_quota quota;
	uint64_t levels[MADE_CPUS + 2];       /* all of them on a CPU, and the empty one above */
	double others;                        /* CPUs that other programs take */
	struct report_figures beyond_threads; /* that the test gave, for who has no row */
	bool is_whole, levels_are_made;
};

/* The last one that was made is forgotten. */
struct made *made_report(unsigned int cpus, double seconds);

/* Its TID is 101 and on; it lives through the window. */
struct report_thread *made_thread(struct made *made, double running, double ready);
/* `ready` is the part of the thread's ready time that ended these waits. */
void made_wait(struct report_thread *thread, enum wait_cause cause, uint64_t count, double time,
	       double ready);

struct report_lock *made_lock(struct made *made, const char *name, enum lock_kind kind,
			      bool contended);
void made_waiter(struct made *made, struct report_lock *lock, const struct report_thread *thread,
		 uint64_t waits, double wait);
/* What it was doing meanwhile is lock->holder_state_ns, for the test to say. */
void made_holder(struct made *made, struct report_lock *lock, const struct report_thread *thread,
		 double blocked);

/* Sums, CPUs and levels out of the threads: as many at once as fit the mean. Anew at each call. */
const struct report *made_whole(struct made *made);

uint64_t made_ns(double seconds);

#endif
