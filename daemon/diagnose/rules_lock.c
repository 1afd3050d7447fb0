/* SPDX-License-Identifier: BSD-2-Clause */
/* lock-bound and gil-bound: which lock, and what it would give back. */
#include <math.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

#define MORE_LOCKS 2

/*
 * What can be told as one lock: crowds first, then the rows that are in none. NULL: nothing to tell
 * of that index.
 */
static size_t subjects_count(const struct report *report)
{
	return report->lock_crowds_count + report->locks_count;
}

static const struct report_lock *subject_at(const struct report *report, size_t index)
{
	const struct report_lock *lock;

	if (index < report->lock_crowds_count)
		return &report->lock_crowds[index];
	lock = &report->locks[index - report->lock_crowds_count];
	return lock->contended && !lock->crowd ? lock : NULL;
}

/* The most waited for; *ret_whole is the wait for all of that sort. */
static const struct report_lock *worst(const struct picture *picture, bool gil, double *ret_whole,
				       size_t *ret_count)
{
	const struct report *report = picture->report;
	const struct report_lock *found = NULL;
	double most = 0;

	*ret_whole = 0;
	*ret_count = 0;
	for (size_t i = 0; i < subjects_count(report); i++) {
		const struct report_lock *lock = subject_at(report, i);
		double wait;

		if (!lock || picture_is_gil(lock) != gil || !lock->wait_ns)
			continue;
		wait = (double)lock->wait_ns;
		wait *= 1 - (gil ? 0 : picture_queue_share(picture, lock));
		*ret_whole += (double)lock->wait_ns;
		++*ret_count;
		if (found && wait <= most)
			continue;
		most = wait;
		found = lock;
	}
	return found;
}

/* ---- what it would give back ---- */

/* The next locks in line: what each alone would bring. */
static void tell_more_locks(const struct picture *picture, const struct report_lock *first,
			    struct finding *ret)
{
	const struct report *report = picture->report;
	unsigned int told = 0;

	for (size_t i = 0; i < subjects_count(report) && told < MORE_LOCKS; i++) {
		const struct report_lock *lock = subject_at(report, i);
		double times;

		if (!lock || lock == first)
			continue;
		times = share(picture_reach_without(picture, lock), picture->parallelism);
		if (times < 1 + threshold(THRESHOLD_GAIN))
			continue;
		finding_detail(ret, "Without %.60s alone: %.1f×.", rule_lock_words(lock).text,
			       times);
		told++;
	}
}

static void tell_crowd(const struct report_lock *crowd, struct finding *ret)
{
	ret->confidence *= fmax(crowd->confidence, 0.5);
	finding_figure(ret, "waiting_threads", (double)picture_waiters(crowd));
	finding_figure(ret, "crowd_locks", (double)crowd->members);
	finding_figure(ret, "crowd_wait_ns", (double)crowd->wait_ns);
	finding_detail(ret, "Which lock %.60s takes, one or several, is not known.",
		       rule_lock_name(crowd));
}

static void tell_lock(const struct picture *picture, const struct report_lock *lock, double part,
		      struct finding *ret)
{
	finding_name(ret, "lock", rule_lock_name(lock));
	finding_name(ret, "lock_kind", lock->kind ? lock->kind : "futex");
	finding_figure(ret, "lock_share", part);
	if (report_lock_is_crowd(lock))
		tell_crowd(lock, ret);
	rule_tell_holder(picture, lock, ret);
	rule_advise_holder(picture, lock, ret);
	finding_advice(ret, "`partrace report --view locks` shows from where it is waited for.");
}

static const char *whose_time(const struct picture *picture)
{
	return picture->active_life < picture->life ? "of the time of threads that have work"
						    : "of all thread time";
}

static void title_lock(const struct report_lock *lock, double part, size_t count,
		       struct finding *ret)
{
	const char *kind = lock->kind ? lock->kind : "lock";
	bool one = part >= threshold(THRESHOLD_NEARLY_ALL);

	if (report_lock_is_crowd(lock) && one)
		finding_title(ret, "is lock wait: %s wait in %.60s, each on a %s of its own.",
			      words_count(picture_waiters(lock), "thread").text,
			      rule_lock_name(lock), kind);
	else if (report_lock_is_crowd(lock))
		finding_title(ret,
			      "is lock wait, %s of it where %s wait in %.60s, each on a %s of its "
			      "own.",
			      words_share(part).text,
			      words_count(picture_waiters(lock), "thread").text,
			      rule_lock_name(lock), kind);
	else if (one)
		finding_title(ret, "is lock wait for one %s: %s.", kind, rule_lock_name(lock));
	else if (count == 1)
		finding_title(ret, "is lock wait, %s of it for one %s: %s.", words_share(part).text,
			      kind, rule_lock_name(lock));
	else
		finding_title(ret, "is lock wait for %zu locks, %s of it for %s.", count,
			      words_share(part).text, rule_lock_name(lock));
}

/* The kernel keeps them, and says neither which nor who has them. */
static void title_file_locks(double part, struct finding *ret)
{
	if (part >= threshold(THRESHOLD_NEARLY_ALL))
		finding_title(ret, "is lock wait for locks of files.");
	else if (part > 0)
		finding_title(ret, "is lock wait, %s of it for locks of files.",
			      words_share(part).text);
	else
		finding_title(ret, "is lock wait.");
	if (part <= 0)
		return;
	finding_detail(ret, "Who has them is not observed.");
	finding_advice(ret, "`lslocks` shows who has which file's lock now; hold it for less, or "
			    "lock parts of the file.");
}

bool rule_lock_bound(const struct picture *picture, struct finding *ret)
{
	double wait = picture->lost_share[CAUSE_LOCK], limit = threshold(THRESHOLD_CAUSE);
	double reach = picture_reach(picture, CAUSE_LOCK), whole, part;
	size_t count;
	const struct report_lock *lock = worst(picture, false, &whole, &count);

	if (wait < limit)
		return rule_spins(picture, ret) || rule_takes_turns(picture, ret);
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(lock ? 0.97 : 0.7, wait, limit);
	whole += picture->file_locks;
	if (lock && picture->file_locks > (double)lock->wait_ns)
		lock = NULL;
	part = share(lock ? (double)lock->wait_ns : picture->file_locks, whole);
	finding_figure(ret, "lock_wait_share", wait);
	finding_figure(ret, "lock_wait_ns", picture->lost[CAUSE_LOCK]);
	finding_title(ret, "%s %s", words_share(wait).text, whose_time(picture));
	if (lock)
		title_lock(lock, part, count, ret);
	else
		title_file_locks(part, ret);
	if (lock)
		tell_lock(picture, lock, part, ret);
	rule_add_gain(picture, ret, reach);
	if (lock)
		tell_more_locks(picture, lock, ret);
	return true;
}

/* Threads with work in other processes than the one whose lock that is: a pool, and who serves it.
 */
static bool serves_processes(const struct picture *picture, const struct report_lock *gil)
{
	const struct thread_facts *waiter =
		gil->waiters_count ? picture_thread(picture, gil->waiters[0].tid) : NULL;
	double others = 0;

	for (size_t i = 0; waiter && waiter->row && i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		others += facts->row && !facts->idle && facts->row->pid != waiter->row->pid;
	}
	return others >= 2;
}

static void advise_gil(const struct picture *picture, const struct report_lock *lock, double whole,
		       struct finding *ret)
{
	bool one = share((double)lock->wait_ns, whole) >= threshold(THRESHOLD_NEARLY_ALL);

	if (one && serves_processes(picture, lock))
		finding_advice(ret, "Hand more at a time to the processes that work (chunksize): "
				    "the threads that serve them have one GIL.");
	else
		finding_advice(ret, "Use processes in place of threads, or do the work in code "
				    "that releases the GIL.");
	finding_advice(ret, "`partrace report --view locks` shows who has it.");
}

bool rule_gil_bound(const struct picture *picture, struct finding *ret)
{
	double wait = picture->lost_share[CAUSE_GIL], limit = threshold(THRESHOLD_CAUSE);
	double reach = picture_reach(picture, CAUSE_GIL), whole;
	size_t count;
	const struct report_lock *lock = worst(picture, true, &whole, &count);

	if (!lock || wait < limit)
		return false;
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.97, wait, limit) * fmax(lock->confidence, 0.5);
	finding_title(ret, "%s %s is wait for %s: one of %s runs at a time.",
		      words_share(wait).text, whose_time(picture),
		      count > 1 ? "global interpreter locks" : "the global interpreter lock (GIL)",
		      words_count(picture_waiters(lock), "thread").text);
	finding_figure(ret, "gil_wait_share", wait);
	finding_figure(ret, "gil_wait_ns", picture->lost[CAUSE_GIL]);
	finding_name(ret, "lock", rule_lock_name(lock));
	rule_tell_holder(picture, lock, ret);
	rule_add_gain(picture, ret, reach);
	advise_gil(picture, lock, whole, ret);
	return true;
}
