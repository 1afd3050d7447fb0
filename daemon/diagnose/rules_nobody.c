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

/* Processes that nobody is left to wake, the one to tell of, and what it waits for. */
struct hung {
	const struct report_process *process;
	const struct report_lock *lock; /* NULL: not known */
	size_t processes;
};

static const struct report_lock *lock_named(const struct report *report, const char *id)
{
	for (size_t i = 0; i < report->locks_count; i++)
		if (report->locks[i].id && !strcmp(report->locks[i].id, id))
			return &report->locks[i];
	return NULL;
}

static const struct report_lock *shared_lock_of(const struct report *report, uint64_t pid)
{
	for (size_t i = 0; i < report->threads_count; i++) {
		const struct report_thread *thread = &report->threads[i];
		const struct report_lock *lock = NULL;

		if (thread->pid == pid && thread->exited_ns == NO_VALUE && thread->waits_for)
			lock = lock_named(report, thread->waits_for);
		if (lock && lock->shared && lock->waiting_now)
			return lock;
	}
	return NULL;
}

/* That only a thread of the process can give up, or of others that are stuck. */
static const struct report_lock *lock_waited_for(const struct report *report, uint64_t pid)
{
	const struct report_lock *shared = shared_lock_of(report, pid);

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		if (lock->pid == pid && !lock->shared && lock->waiting_now && is_held(lock))
			return lock;
	}
	return shared && is_held(shared) ? shared : NULL;
}

static size_t living(const struct report *report, uint64_t pid)
{
	size_t count = 0;

	for (size_t i = 0; i < report->threads_count; i++)
		count += report->threads[i].pid == pid && report->threads[i].exited_ns == NO_VALUE;
	return count;
}

static void say_who_could(const struct report *report, const struct hung *hung, struct finding *ret)
{
	bool alone = living(report, hung->process->pid) == 1;

	if (hung->lock->shared)
		finding_title(ret,
			      "Nobody is left who could give up %.60s: each process that could "
			      "(%zu in all) waits for it or for another one, without a timeout.",
			      rule_lock_name(hung->lock), hung->processes);
	else
		finding_title(ret,
			      "Nobody is left who could give up %.60s: %s of %s waits for %s, "
			      "without a timeout.",
			      rule_lock_name(hung->lock),
			      alone ? "the only thread" : "every thread",
			      words_thread(hung->process->name, hung->process->pid).text,
			      alone ? "it" : "another one or for itself");
}

typedef const struct report_lock *(*lock_of_fn)(const struct report *report, uint64_t pid);

/* The first that waits for such a lock is told of; a parent may wait but for its children. */
static struct hung who_hangs(const struct report *report, lock_of_fn lock_of)
{
	struct hung hung = { 0 };

	for (size_t i = 0; i < report->processes_count; i++) {
		const struct report_process *process = &report->processes[i];

		hung.processes += process->stuck;
		if (hung.lock || !process->stuck)
			continue;
		hung.lock = lock_of(report, process->pid);
		if (hung.lock || !hung.process)
			hung.process = process;
	}
	return hung;
}

bool rule_nobody_gives_up(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	struct hung hung = who_hangs(report, lock_waited_for);

	if (!hung.lock)
		return false;
	ret->confidence = fmin(0.95, hung.lock->confidence);
	say_who_could(report, &hung, ret);
	if (hung.lock->owner_tid == NO_VALUE)
		finding_detail(ret, "Who has it has ended, or is not kept in the lock.");
	else
		finding_detail(ret, "TID %lu has it.", (unsigned long)hung.lock->owner_tid);
	finding_advice(ret,
		       "Look for who takes it and does not give it up; `partrace snapshot -p %lu` "
		       "shows where each thread waits.",
		       (unsigned long)hung.process->pid);
	finding_figure(ret, "waiting", (double)hung.lock->waiting_now);
	finding_figure(ret, "oldest_wait_ns", (double)hung.lock->max_wait_ns);
	return true;
}

static bool waits_for_semaphore(const struct report *report, uint64_t pid)
{
	for (size_t i = 0; i < report->locks_count; i++)
		if (report->locks[i].pid == pid && report->locks[i].waiting_now &&
		    report_lock_is_semaphore(&report->locks[i]))
			return true;
	return false;
}

static void say_who_hangs(const struct report *report, const struct hung *hung, struct finding *ret)
{
	struct words who = words_thread(hung->process->name, hung->process->pid);

	if (hung->lock)
		finding_title(ret,
			      "Each process that could give back or wake %.60s (%zu in all) waits "
			      "for it or for another one, without a timeout: none is left to do "
			      "so.",
			      rule_lock_name(hung->lock), hung->processes);
	else if (living(report, hung->process->pid) == 1)
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
}

bool rule_nobody_wakes(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	struct hung hung = who_hangs(report, shared_lock_of);
	bool one;

	if (!hung.process)
		return false;
	one = !hung.lock && living(report, hung.process->pid) == 1;
	ret->severity = SEVERITY_NOTICE;
	say_who_hangs(report, &hung, ret);
	if (hung.lock && report_lock_is_semaphore(hung.lock))
		finding_detail(ret, "A semaphore may be a lock whose holder has ended: Python's "
				    "multiprocessing.Lock is one.");
	else if (waits_for_semaphore(report, hung.process->pid))
		finding_detail(ret, "A semaphore that it waits for may be a lock that is never "
				    "given back: Python's threading.Lock is one.");
	finding_advice(ret,
		       "Look for who should have woken %s, or given back what %s for; `partrace "
		       "snapshot -p %lu` shows where.",
		       one ? "it" : "them", one ? "it waits" : "they wait",
		       (unsigned long)hung.process->pid);
	return true;
}

/* It may be work that does not come; but whose wait that is, and that nobody ended it, is a fact.
 */
void rule_tell_unposted(const struct report *report, struct finding *ret)
{
	const struct report_lock *most = NULL;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		if (lock->shared &&
		    report_lock_let_nobody_through(lock, report->window.duration_ns) &&
		    (!most || lock->waiting_now > most->waiting_now))
			most = lock;
	}
	if (most)
		finding_detail(
			ret,
			"%s waited all the time for %.60s, which nobody was seen to post: if "
			"that is a lock, who has it waits, too, or has ended.",
			words_target(report, most->waiting_now).text, rule_lock_name(most));
}
