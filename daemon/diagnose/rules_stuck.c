/* SPDX-License-Identifier: BSD-2-Clause */
/* deadlock and livelock: nobody gets on. */
#include <math.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

#define MEMBERS_TOLD 4

/* ---- deadlock ---- */

static void tell_member(const struct report_deadlocked *member, struct finding *ret)
{
	struct words who = words_thread(member->name, member->tid);

	if (member->lock_name && member->held_by_tid == member->tid)
		finding_detail(ret, "%s waits for %.60s, which it has itself.", who.text,
			       member->lock_name);
	else if (member->lock_name)
		finding_detail(ret, "%s waits for %.60s, which TID %lu has.", who.text,
			       member->lock_name, (unsigned long)member->held_by_tid);
	else
		finding_detail(ret, "%s waits for the end of %lu.", who.text,
			       (unsigned long)member->held_by_tid);
}

static void tell_deadlock(const struct report *report, struct finding *ret)
{
	const struct report_deadlock *first = &report->deadlocks[0];
	double since_ns = 0;

	ret->confidence = 0.99;
	if (first->threads_count == 1)
		finding_title(ret, "A thread waits for itself, and for ever.");
	else
		finding_title(ret, "%s wait for each other in a circle, and for ever.",
			      words_count(first->threads_count, "thread").text);
	for (size_t i = 0; i < first->threads_count && i < MEMBERS_TOLD; i++)
		tell_member(&first->threads[i], ret);
	for (size_t i = 0; i < first->threads_count; i++)
		since_ns = fmax(since_ns, (double)report->window.duration_ns -
						  (double)first->threads[i].since_ns);
	finding_figure(ret, "deadlocks", (double)report->deadlocks_count);
	finding_figure(ret, "members", (double)first->threads_count);
	finding_figure(ret, "oldest_wait_ns", since_ns);
}

static const struct report_lock *next_lock(const struct report *report,
					   const struct report_lock *lock)
{
	for (size_t i = 0; lock->holder_waits_for && i < report->locks_count; i++)
		if (report->locks[i].id && !strcmp(report->locks[i].id, lock->holder_waits_for))
			return &report->locks[i];
	return NULL;
}

/* A live thread has a row of its own; those that have ended may be summed up in their process. */
static bool has_ended(const struct report *report, uint64_t tid)
{
	for (size_t i = 0; i < report->threads_count; i++)
		if (report->threads[i].tid == tid)
			return report->threads[i].exited_ns != NO_VALUE;
	return true;
}

/* Its holder waited for the next lock all the while, for a good part of the window, and is no more.
 */
static bool is_stuck(const struct picture *picture, const struct report_lock *lock)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	double whole =
		(double)(state->running + state->ready + state->lock + state->io + state->other);

	return lock->contended && lock->holders_count &&
	       has_ended(picture->report, lock->holders[0].tid) &&
	       share((double)state->lock, whole) >= threshold(THRESHOLD_CYCLE) &&
	       (double)lock->max_wait_ns >= threshold(THRESHOLD_DEMAND) * picture->window;
}

/*
 * The members of a circle that was broken by their death are not in deadlocks[], for they don't
 * wait any more; their locks still say so. Who lives and waits in a circle that is not in there has
 * a timeout, which will end it. How many locks the circle through `first` has; 0: none.
 */
static size_t circle_through(const struct picture *picture, const struct report_lock *first)
{
	const struct report_lock *lock = first;

	for (size_t hops = 1; hops <= picture->report->locks_count; hops++) {
		if (!is_stuck(picture, lock))
			return 0;
		lock = next_lock(picture->report, lock);
		if (!lock)
			return 0;
		if (lock == first)
			return hops;
	}
	return 0;
}

static bool find_broken_circle(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	const struct report_lock *lock = NULL;
	size_t members = 0;

	for (size_t i = 0; !members && i < report->locks_count; i++) {
		lock = &report->locks[i];
		members = circle_through(picture, lock);
	}
	/* One lock whose holder waits for that lock itself is a thread that locks twice. */
	if (!members)
		return false;
	ret->confidence = 0.9;
	finding_title(ret, "%s waited for each other in a circle until they were ended.",
		      words_count(members, "thread").text);
	for (size_t i = 0; i < members && i < MEMBERS_TOLD; i++) {
		finding_detail(ret, "%s had %.60s and waited for the next.",
			       words_thread(lock->holders[0].name, lock->holders[0].tid).text,
			       lock->name ? lock->name : lock->id);
		lock = next_lock(report, lock);
	}
	finding_figure(ret, "members", (double)members);
	finding_figure(ret, "oldest_wait_ns", (double)lock->max_wait_ns);
	return true;
}

/* The order of locks helps only where locks alone make the circle. */
static const char *way_out(const struct report *report)
{
	const struct report_deadlock *first = report->deadlocks;

	if (!report->deadlocks_count)
		return "Take these locks in the same order everywhere";
	for (size_t i = 0; i < first->threads_count; i++)
		if (!first->threads[i].lock_name && !first->threads[i].lock)
			return "Wait for the end of a thread or process only without the locks "
			       "that it needs to come to its end, and never for each other's";
	return first->threads_count == 1
		       ? "Take the lock once: call what takes it after giving it up, or split off "
			 "a function for callers that have it"
		       : "Take these locks in the same order everywhere";
}

bool rule_deadlock(const struct picture *picture, struct finding *ret)
{
	ret->class = CLASS_STUCK;
	ret->severity = SEVERITY_PROBLEM;
	if (picture->report->deadlocks_count)
		tell_deadlock(picture->report, ret);
	else if (rule_nobody_gives_up(picture, ret))
		return true;
	else if (!find_broken_circle(picture, ret))
		return false;
	finding_advice(ret, "%s; `partrace report --view %s` shows where each thread waits.",
		       way_out(picture->report),
		       picture->report->deadlocks_count ? "deadlocks" : "locks");
	return true;
}

/* ---- livelock ---- */

/* Sleeps to give way: short ones, of a thread that is busy between them. */
static double pauses(const struct thread_facts *facts)
{
	const struct report_wait *sleep = &facts->row->figures.waits[WAIT_SLEEP];
	bool is_short = share((double)sleep->time_ns, (double)sleep->count) <=
			threshold(THRESHOLD_SHORT_PAUSE_NS);
	bool is_busy = share(facts->running + facts->ready, facts->life) >=
		       threshold(THRESHOLD_BUSY_BETWEEN);

	return is_short && is_busy ? (double)sleep->count : 0;
}

/* What it waits beside the pauses: who lets time pass, or waits for others, is no livelock. */
static double waits_otherwise(const struct thread_facts *facts)
{
	const struct report_figures *figures = &facts->row->figures;
	double paused = pauses(facts) > 0 ? (double)figures->waits[WAIT_SLEEP].time_ns : 0;

	return (double)figures->waiting_ns - paused;
}

/* Gives way all the time, waits for nothing, and does not come to its end. */
static bool gives_way(const struct picture *picture, const struct thread_facts *facts)
{
	const struct report_figures *figures = &facts->row->figures;
	/* Others may preempt it as well: these are no switches of its own. */
	double own = (double)figures->voluntary + (double)figures->yields;
	double courtesies = (double)figures->yields + pauses(facts);
	double contention = facts->lost[CAUSE_LOCK] + facts->lost[CAUSE_GIL];

	return facts->life >= threshold(THRESHOLD_STARVED) * picture->window &&
	       facts->running > 0 &&
	       share(courtesies, facts->running / 1e9) >= threshold(THRESHOLD_YIELDS_PER_SECOND) &&
	       share(courtesies, own) >= threshold(THRESHOLD_YIELD_SHARE) &&
	       share(waits_otherwise(facts), facts->life) < threshold(THRESHOLD_CAUSE) &&
	       share(contention, facts->life) < threshold(THRESHOLD_NO_WAIT);
}

struct polite {
	double threads;
	double yields;
	double pauses;
	double running;
};

/* False unless all that have work are, and more than one. */
static bool are_all_polite(const struct picture *picture, struct polite *ret)
{
	double with_work = 0;

	*ret = (struct polite){ 0 };
	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (!facts->row || facts->idle ||
		    facts->running + facts->ready < threshold(THRESHOLD_DEMAND) * picture->window)
			continue;
		with_work++;
		if (!gives_way(picture, facts))
			continue;
		ret->threads++;
		ret->yields += (double)facts->row->figures.yields;
		ret->pauses += pauses(facts);
		ret->running += facts->running;
	}
	return ret->threads >= 2 && ret->threads >= with_work;
}

bool rule_livelock(const struct picture *picture, struct finding *ret)
{
	double seconds = picture->window / 1e9;
	struct polite polite;

	if (!are_all_polite(picture, &polite))
		return false;
	ret->class = CLASS_STUCK;
	ret->severity = SEVERITY_PROBLEM;
	ret->confidence = 0.7;
	finding_title(ret,
		      "%.0f threads give way to each other %.0f times a second, wait for "
		      "nothing, and none comes to an end.",
		      polite.threads, share(polite.yields + polite.pauses, seconds));
	finding_detail(ret,
		       "They run %s of the time, and leave the CPU by %s alone. It may also be a "
		       "busy wait for something outside.",
		       words_share(share(polite.running, picture->active_life)).text,
		       !polite.pauses   ? "sched_yield"
		       : !polite.yields ? "short sleeps"
					: "sched_yield and short sleeps");
	finding_advice(
		ret, "Look at what they try again and again; let each pause for a random "
		     "time before the next try, or take locks in one order and wait. If they only "
		     "look for work, let them wait for it (a condition variable).");
	finding_figure(ret, "threads", polite.threads);
	finding_figure(ret, "yields_per_second", share(polite.yields, seconds));
	finding_figure(ret, "pauses_per_second", share(polite.pauses, seconds));
	finding_figure(ret, "running_share", share(polite.running, picture->active_life));
	return true;
}
