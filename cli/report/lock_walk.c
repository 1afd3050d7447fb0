/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks and crowds, so that no wait is met twice. */
#include <string.h>

#include "cli/report/locks.h"

const struct report_lock *locks_crowd_of(const struct report *report,
					 const struct report_lock *lock)
{
	for (size_t i = 0; lock->crowd && i < report->lock_crowds_count; i++)
		if (report->lock_crowds[i].id &&
		    strcmp(report->lock_crowds[i].id, lock->crowd) == 0)
			return &report->lock_crowds[i];
	return NULL;
}

const struct report_lock *locks_told(const struct report *report, const struct report_lock *lock)
{
	const struct report_lock *crowd = lock ? locks_crowd_of(report, lock) : NULL;

	return crowd ? crowd : lock;
}

const struct report_lock *locks_next(struct lock_walk *walk)
{
	const struct report *report = walk->report;
	const struct report_lock *lock = NULL, *crowd = NULL;

	while (walk->locks < report->locks_count &&
	       locks_crowd_of(report, &report->locks[walk->locks]))
		walk->locks++;
	if (walk->locks < report->locks_count)
		lock = &report->locks[walk->locks];
	if (walk->crowds < report->lock_crowds_count)
		crowd = &report->lock_crowds[walk->crowds];
	/* What was not contended stands behind all that was. */
	if (crowd && (!lock || !lock->contended || crowd->wait_ns >= lock->wait_ns)) {
		walk->crowds++;
		return crowd;
	}
	walk->locks += lock != NULL;
	return lock;
}
