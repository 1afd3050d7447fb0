/* SPDX-License-Identifier: BSD-2-Clause */
/* deadlock, livelock, starvation: somebody does not get on, or nobody. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

#define MEMBERS_TOLD 4

/* ---- deadlock ---- */

static void tell_member(const struct report_deadlocked *member, struct finding *ret)
{
	struct words who = words_thread(member->name, member->tid);

	if (member->lock_name)
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

/* Its holder waits for the next lock all the while, and for a good part of the window. */
static bool is_stuck(const struct picture *picture, const struct report_lock *lock)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	double whole =
		(double)(state->running + state->ready + state->lock + state->io + state->other);

	return lock->contended && lock->holders_count &&
	       share((double)state->lock, whole) >= threshold(THRESHOLD_CYCLE) &&
	       (double)lock->max_wait_ns >= threshold(THRESHOLD_DEMAND) * picture->window;
}

/*
 * The members of a circle that was broken by their death are not in deadlocks[], for they don't
 * wait any more; their locks still say so. How many locks the circle through `first` has; 0: none.
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

bool rule_deadlock(const struct picture *picture, struct finding *ret)
{
	ret->class = CLASS_STUCK;
	ret->severity = SEVERITY_PROBLEM;
	if (picture->report->deadlocks_count)
		tell_deadlock(picture->report, ret);
	else if (!find_broken_circle(picture, ret))
		return false;
	finding_advice(ret,
		       "Take these locks in the same order everywhere; `partrace report "
		       "--view %s` shows where each thread waits.",
		       picture->report->deadlocks_count ? "deadlocks" : "locks");
	return true;
}

/* ---- livelock ---- */

/* Gives way all the time, waits for nothing, and does not come to its end. */
static bool gives_way(const struct picture *picture, const struct thread_facts *facts)
{
	const struct report_figures *figures = &facts->row->figures;
	/* Others may preempt it as well: these are no switches of its own. */
	double own = (double)figures->voluntary + (double)figures->yields;
	double contention = facts->lost[CAUSE_LOCK] + facts->lost[CAUSE_GIL];

	return facts->life >= threshold(THRESHOLD_STARVED) * picture->window &&
	       facts->running > 0 &&
	       share((double)figures->yields, facts->running / 1e9) >=
		       threshold(THRESHOLD_YIELDS_PER_SECOND) &&
	       share((double)figures->yields, own) >= threshold(THRESHOLD_YIELD_SHARE) &&
	       share(contention, facts->life) < threshold(THRESHOLD_NO_WAIT);
}

bool rule_livelock(const struct picture *picture, struct finding *ret)
{
	double polite = 0, with_work = 0, yields = 0, running = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (!facts->row || facts->idle ||
		    facts->running + facts->ready < threshold(THRESHOLD_DEMAND) * picture->window)
			continue;
		with_work++;
		if (!gives_way(picture, facts))
			continue;
		polite++;
		yields += (double)facts->row->figures.yields;
		running += facts->running;
	}
	if (polite < 2 || polite < with_work)
		return false;
	ret->class = CLASS_STUCK;
	ret->severity = SEVERITY_PROBLEM;
	ret->confidence = 0.7;
	finding_title(ret,
		      "%.0f threads give way to each other %.0f times a second, wait for "
		      "nothing, and none comes to an end.",
		      polite, share(yields, picture->window / 1e9));
	finding_detail(ret,
		       "They run %s of the time, and leave the CPU by sched_yield alone. It may "
		       "also be a busy wait for something outside.",
		       words_share(share(running, picture->active_life)).text);
	finding_advice(ret, "Look at what they try again and again; let each pause for a random "
			    "time before the next try, or take locks in one order and wait.");
	finding_figure(ret, "threads", polite);
	finding_figure(ret, "yields_per_second", share(yields, picture->window / 1e9));
	finding_figure(ret, "running_share", share(running, picture->active_life));
	return true;
}

/* ---- starvation ---- */

enum lack { LACK_LOCK, LACK_CPU };

/* The part of its life that it waits for locks, or is ready; -1: it has no use for either. */
static double lack_of(const struct picture *picture, const struct thread_facts *facts,
		      enum lack lack)
{
	double lost = lack == LACK_CPU ? facts->ready : facts->lost[CAUSE_LOCK];
	double wanted = facts->running + facts->ready + facts->lost[CAUSE_LOCK];

	if (!facts->row || facts->idle || wanted < threshold(THRESHOLD_DEMAND) * picture->window)
		return -1;
	return share(lost, facts->life);
}

static int upwards(const void *one, const void *two)
{
	double a = *(const double *)one, b = *(const double *)two;

	return (a > b) - (a < b);
}

struct starved {
	const struct thread_facts *worst;
	double lack;
	double peers; /* the median of the others */
};

/* False when there are not two that want it. */
static bool most_starved(const struct picture *picture, enum lack lack, struct starved *ret)
{
	_cleanup_free_ double *lacks = calloc(picture->threads_count, sizeof(*lacks));
	size_t count = 0;

	*ret = (struct starved){ .lack = -1 };
	for (size_t i = 0; lacks && i < picture->threads_count; i++) {
		double its = lack_of(picture, &picture->threads[i], lack);

		if (its < 0)
			continue;
		lacks[count++] = its;
		if (its > ret->lack) {
			ret->lack = its;
			ret->worst = &picture->threads[i];
		}
	}
	if (count < 2 || !ret->worst)
		return false;
	qsort(lacks, count, sizeof(*lacks), upwards);
	ret->peers = lacks[(count - 2) / 2];
	return true;
}

static const struct report_lock *its_lock(const struct report *report, uint64_t tid)
{
	const struct report_lock *found = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < report->locks_count; i++)
		for (size_t j = 0; j < report->locks[i].waiters_count; j++) {
			const struct report_waiter *waiter = &report->locks[i].waiters[j];

			if (waiter->tid != tid || waiter->wait_ns <= most)
				continue;
			most = waiter->wait_ns;
			found = &report->locks[i];
		}
	return found;
}

static void tell_starved(const struct picture *picture, const struct starved *starved,
			 enum lack lack, struct finding *ret)
{
	struct words who = words_thread(starved->worst->row->name, starved->worst->tid);
	const struct report_lock *lock = its_lock(picture->report, starved->worst->tid);

	ret->class = CLASS_STARVED;
	ret->severity = SEVERITY_PROBLEM;
	finding_title(ret,
		      "Thread %s hardly gets %s: it goes without %s of the time; "
		      "half of its peers %s at most.",
		      who.text, lack == LACK_LOCK ? "its lock" : "a CPU",
		      words_share(starved->lack).text, words_share(starved->peers).text);
	finding_name(ret, "starved", who.text);
	finding_figure(ret, lack == LACK_LOCK ? "lock_wait_share" : "ready_share", starved->lack);
	finding_figure(ret, "peers_share", starved->peers);
	if (lack == LACK_LOCK && lock && lock->holders_count) {
		struct words other = words_thread(lock->holders[0].name, lock->holders[0].tid);

		finding_detail(ret, "The lock is %.60s; %s had it instead.",
			       lock->name ? lock->name : lock->id, other.text);
		finding_name(ret, "served_instead", other.text);
		finding_advice(ret,
			       "Hand the lock over in the order of coming, or let %s do less "
			       "while it has it; `partrace report --view locks` shows both.",
			       other.text);
	}
	if (lack == LACK_CPU) {
		finding_detail(ret, "Others run before it whenever they want to.");
		finding_advice(ret, "Look at its niceness, its cpu.weight and its policy (ps -o "
				    "ni,cls,rtprio -L); `partrace report --view runqueue` shows "
				    "who ran instead.");
	}
}

bool rule_starvation(const struct picture *picture, struct finding *ret)
{
	double limit = threshold(THRESHOLD_STARVED), peers = threshold(THRESHOLD_PEERS);
	struct starved starved;

	if (most_starved(picture, LACK_LOCK, &starved) && starved.lack >= limit &&
	    starved.peers <= peers * starved.lack) {
		ret->confidence = finding_sure(0.9, 1 - peers, starved.peers / starved.lack);
		tell_starved(picture, &starved, LACK_LOCK, ret);
		return true;
	}
	/* With many threads all are ready most of the time: what counts is how much they run. */
	if (most_starved(picture, LACK_CPU, &starved) && starved.lack >= limit &&
	    1 - starved.lack <= peers * (1 - starved.peers)) {
		ret->confidence = finding_sure(0.9, 1 - starved.peers, 1 - starved.lack);
		tell_starved(picture, &starved, LACK_CPU, ret);
		return true;
	}
	return false;
}
