/* SPDX-License-Identifier: BSD-2-Clause */
/* starvation: somebody does not get on, while others do. */
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

enum lack { LACK_LOCK, LACK_CPU };

/* Does it want to run, or a lock, for so long that it can lack it? */
static bool has_demand(const struct picture *picture, const struct thread_facts *facts)
{
	double wanted = facts->running + facts->ready + facts->lost[CAUSE_LOCK];

	return facts->row && !facts->idle &&
	       wanted >= threshold(THRESHOLD_DEMAND) * picture->window;
}

static double lost_by(const struct thread_facts *facts, enum lack lack)
{
	return lack == LACK_CPU ? facts->ready : facts->lost[CAUSE_LOCK];
}

/* Who waits for other things meanwhile does not get on better than the starved one. */
static double lack_of(const struct thread_facts *facts, enum lack lack)
{
	double whole = lack == LACK_CPU ? facts->running + facts->ready : facts->life;

	return share(lost_by(facts, lack), whole);
}

static int upwards(const void *one, const void *two)
{
	double a = *(const double *)one, b = *(const double *)two;

	return (a > b) - (a < b);
}

struct starved {
	const struct thread_facts *worst;
	double of_life; /* the part of its life that it lacks it */
	double lack;    /* of a lock: the same; of a CPU: of the time that it wants to run */
	double peers;   /* the median of the others' lacks */
};

static const struct report_lock *its_lock(const struct report *report, uint64_t tid)
{
	const struct report_lock *found = NULL;
	uint64_t most = 0;

	for (size_t i = 0; i < report->locks_count; i++)
		for (size_t j = 0; j < picture_waiters(&report->locks[i]); j++) {
			const struct report_waiter *waiter = &report->locks[i].waiters[j];

			if (waiter->tid != tid || waiter->wait_ns <= most)
				continue;
			most = waiter->wait_ns;
			found = &report->locks[i];
		}
	return found;
}

/* The crowd that the lock it waits for is in; NULL: none. */
static const struct report_lock *its_crowd(const struct report *report, uint64_t tid)
{
	const struct report_lock *lock = its_lock(report, tid);

	for (size_t i = 0; lock && lock->crowd && i < report->lock_crowds_count; i++)
		if (!strcmp(report->lock_crowds[i].id, lock->crowd))
			return &report->lock_crowds[i];
	return NULL;
}

static bool is_of_crowd(const struct report_lock *crowd, uint64_t tid)
{
	for (size_t i = 0; i < crowd->waiters_count; i++)
		if (crowd->waiters[i].tid == tid)
			return true;
	for (size_t i = 0; i < crowd->holders_count; i++)
		if (crowd->holders[i].tid == tid)
			return true;
	return false;
}

static const struct thread_facts *worst_off(const struct picture *picture, enum lack lack)
{
	const struct thread_facts *worst = NULL;
	double most = -1;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];
		double of_life = share(lost_by(facts, lack), facts->life);

		if (!has_demand(picture, facts) || of_life <= most)
			continue;
		most = of_life;
		worst = facts;
	}
	return worst;
}

/*
 * False when there are not two that want it. A crowd's threads are each other's peers: threads of a
 * runtime that never take such a lock (compilers, collectors) do not get on better with it.
 */
static bool most_starved(const struct picture *picture, enum lack lack, struct starved *ret)
{
	_cleanup_free_ double *lacks = calloc(picture->threads_count, sizeof(*lacks));
	const struct thread_facts *worst = worst_off(picture, lack);
	const struct report_lock *crowd =
		worst && lack == LACK_LOCK ? its_crowd(picture->report, worst->tid) : NULL;
	size_t count = 0;

	for (size_t i = 0; lacks && i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (has_demand(picture, facts) && (!crowd || is_of_crowd(crowd, facts->tid)))
			lacks[count++] = lack_of(facts, lack);
	}
	if (count < 2 || !worst)
		return false;
	qsort(lacks, count, sizeof(*lacks), upwards);
	*ret = (struct starved){ .worst = worst,
				 .of_life = share(lost_by(worst, lack), worst->life),
				 .lack = lack_of(worst, lack),
				 .peers = lacks[(count - 2) / 2] };
	return true;
}

static void tell_served_instead(const struct picture *picture, const struct thread_facts *starved,
				struct finding *ret)
{
	const struct report_lock *crowd = its_crowd(picture->report, starved->tid);
	const struct report_lock *lock = its_lock(picture->report, starved->tid);
	struct words other;

	if (!lock || !lock->holders_count)
		return;
	other = words_thread(lock->holders[0].name, lock->holders[0].tid);
	finding_detail(ret, "%s %.60s; %s had it instead.",
		       crowd ? "The lock is taken by" : "The lock is",
		       rule_lock_name(crowd ? crowd : lock), other.text);
	finding_name(ret, "served_instead", other.text);
	finding_advice(ret,
		       "Hand the lock over in the order of coming, or let %s do less while it has "
		       "it; `partrace report --view locks` shows both.",
		       other.text);
}

static void tell_starved(const struct picture *picture, const struct starved *starved,
			 enum lack lack, struct finding *ret)
{
	struct words who = words_thread(starved->worst->row->name, starved->worst->tid);
	bool of_lock = lack == LACK_LOCK;

	ret->class = CLASS_STARVED;
	ret->severity = SEVERITY_PROBLEM;
	finding_title(ret,
		      "Thread %s hardly gets %s: it goes without %s of the time%s; "
		      "half of its peers %s at most.",
		      who.text, of_lock ? "its lock" : "a CPU", words_share(starved->lack).text,
		      of_lock ? "" : " that it wants one", words_share(starved->peers).text);
	finding_name(ret, "starved", who.text);
	finding_figure(ret, of_lock ? "lock_wait_share" : "ready_share", starved->lack);
	finding_figure(ret, "peers_share", starved->peers);
	if (of_lock) {
		tell_served_instead(picture, starved->worst, ret);
		return;
	}
	finding_detail(ret, "Others run before it whenever they want to.");
	finding_advice(ret, "Look at its niceness, its cpu.weight and its policy (ps -o "
			    "ni,cls,rtprio -L); `partrace report --view runqueue` shows who ran "
			    "instead.");
}

/* For most of its life, and for so long that it did not merely wait for its turn? */
static bool hardly_gets_on(const struct starved *starved, enum lack lack)
{
	return starved->of_life >= threshold(THRESHOLD_STARVED) &&
	       lost_by(starved->worst, lack) >= threshold(THRESHOLD_STARVED_NS);
}

bool rule_starvation(const struct picture *picture, struct finding *ret)
{
	double peers = threshold(THRESHOLD_PEERS);
	struct starved starved;

	if (most_starved(picture, LACK_LOCK, &starved) && hardly_gets_on(&starved, LACK_LOCK) &&
	    starved.peers <= peers * starved.lack) {
		ret->confidence = finding_sure(0.9, 1 - peers, starved.peers / starved.lack);
		tell_starved(picture, &starved, LACK_LOCK, ret);
		return true;
	}
	/* With many threads all are ready most of the time: what counts is how much they run. */
	if (most_starved(picture, LACK_CPU, &starved) && hardly_gets_on(&starved, LACK_CPU) &&
	    1 - starved.lack <= peers * (1 - starved.peers)) {
		ret->confidence = finding_sure(0.9, 1 - starved.peers, 1 - starved.lack);
		tell_starved(picture, &starved, LACK_CPU, ret);
		return true;
	}
	return false;
}
