/* SPDX-License-Identifier: BSD-2-Clause */
/* Of processes in which nobody is left to wake anybody: what that tells where no circle is known.
 */
#include <math.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

static bool is_held(const struct report_lock *lock)
{
	return lock->kind && lock->contended &&
	       lock->confidence >= threshold(THRESHOLD_SURE_OF_KIND) &&
	       (!strcmp(lock->kind, lock_kind_names[LOCK_MUTEX]) ||
		!strcmp(lock->kind, lock_kind_names[LOCK_PI_MUTEX]) ||
		!strcmp(lock->kind, lock_kind_names[LOCK_RWLOCK]));
}

/* That only a thread of the process can give up. */
static const struct report_lock *lock_waited_for(const struct report *report, uint64_t pid)
{
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		if (lock->pid == pid && !lock->shared && lock->waiting_now && is_held(lock))
			return lock;
	}
	return NULL;
}

static size_t living(const struct report *report, uint64_t pid)
{
	size_t count = 0;

	for (size_t i = 0; i < report->threads_count; i++)
		count += report->threads[i].pid == pid && report->threads[i].exited_ns == NO_VALUE;
	return count;
}

bool rule_nobody_gives_up(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	const struct report_process *process = NULL;
	const struct report_lock *lock = NULL;
	bool alone;

	for (size_t i = 0; !lock && i < report->processes_count; i++) {
		process = &report->processes[i];
		lock = process->stuck ? lock_waited_for(report, process->pid) : NULL;
	}
	if (!lock)
		return false;
	alone = living(report, process->pid) == 1;
	ret->confidence = fmin(0.95, lock->confidence);
	finding_title(ret,
		      "Nobody is left who could give up %.60s: %s of %s waits for %s, without a "
		      "timeout.",
		      rule_lock_name(lock), alone ? "the only thread" : "every thread",
		      words_thread(process->name, process->pid).text,
		      alone ? "it" : "another one or for itself");
	if (lock->owner_tid == NO_VALUE)
		finding_detail(ret, "Who has it has ended, or is not kept in the lock.");
	else
		finding_detail(ret, "TID %lu has it.", (unsigned long)lock->owner_tid);
	finding_advice(ret,
		       "Look for who takes it and does not give it up; `partrace snapshot -p %lu` "
		       "shows where each thread waits.",
		       (unsigned long)process->pid);
	finding_figure(ret, "waiting", (double)lock->waiting_now);
	finding_figure(ret, "oldest_wait_ns", (double)lock->max_wait_ns);
	return true;
}

static bool waits_for_semaphore(const struct report *report, uint64_t pid)
{
	for (size_t i = 0; i < report->locks_count; i++)
		if (report->locks[i].pid == pid && report->locks[i].waiting_now &&
		    report->locks[i].kind &&
		    !strcmp(report->locks[i].kind, lock_kind_names[LOCK_SEMAPHORE]))
			return true;
	return false;
}

bool rule_nobody_wakes(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	const struct report_process *process = NULL;
	struct words who;
	bool alone;

	for (size_t i = 0; !process && i < report->processes_count; i++)
		process = report->processes[i].stuck ? &report->processes[i] : NULL;
	if (!process)
		return false;
	alone = living(report, process->pid) == 1;
	who = words_thread(process->name, process->pid);
	ret->severity = SEVERITY_NOTICE;
	if (alone)
		finding_title(ret,
			      "The only thread of %s waits to be woken by another, without a "
			      "timeout, and there is none.",
			      who.text);
	else
		finding_title(ret,
			      "Each thread of %s waits to be woken by another one, without a "
			      "timeout: none is left to do so.",
			      who.text);
	finding_detail(ret, "It hangs, unless it is meant to wait for a signal.");
	if (waits_for_semaphore(report, process->pid))
		finding_detail(ret, "A semaphore that it waits for may be a lock that is never "
				    "given back: Python's threading.Lock is one.");
	finding_advice(ret,
		       "Look for who should have woken %s, or given back what %s for; `partrace "
		       "snapshot -p %lu` shows where.",
		       alone ? "it" : "them", alone ? "it waits" : "they wait",
		       (unsigned long)process->pid);
	return true;
}
