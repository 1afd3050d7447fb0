/* SPDX-License-Identifier: BSD-2-Clause */
/* imbalance where threads meet: others wait, at conditions or barriers, for one that works. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

/* A wait for work or for each other that somebody's work ends; a join is how things end. */
static bool is_meeting(const struct report_lock *lock)
{
	return !lock->contended && lock->kind && strcmp(lock->kind, "join") != 0 &&
	       strcmp(lock->kind, "parker") != 0 && lock->waiters_count && lock->holders_count &&
	       share((double)lock->waits, (double)picture_waiters(lock)) >=
		       threshold(THRESHOLD_ASKED_AGAIN);
}

/* Of the time in which others wait there, the part that their ender is at work. */
static double part_at_work(const struct report_lock *lock)
{
	const struct report_holder_state *state = &lock->holder_state_ns;
	double at_work = (double)(state->running + state->ready);

	return share(at_work, at_work + (double)(state->lock + state->io + state->other));
}

static double ended_by(const struct report_lock *lock, uint64_t tid)
{
	for (size_t i = 0; i < picture_holders(lock); i++)
		if (lock->holders[i].tid == tid)
			return (double)lock->holders[i].blocked_others_ns;
	return 0;
}

/* Of one thread, at all meetings. */
struct met {
	double waited;
	double behind; /* of that, what the work of the slow one lasts through */
};

static struct met *met_of(const struct picture *picture, struct met *met, uint64_t tid)
{
	const struct thread_facts *facts = picture_thread(picture, tid);

	return facts ? &met[facts - picture->threads] : NULL;
}

/* One for each of the picture's threads. */
static void fill_met(const struct picture *picture, uint64_t slow, struct met *met)
{
	const struct report *report = picture->report;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		double part =
			part_at_work(lock) * share(ended_by(lock, slow), (double)lock->blocked_ns);

		for (size_t j = 0; is_meeting(lock) && j < picture_waiters(lock); j++) {
			struct met *one = met_of(picture, met, lock->waiters[j].tid);
			double wait = (double)lock->waiters[j].wait_ns;

			if (!one)
				continue;
			one->waited += wait;
			one->behind += fmin(part, 1) * wait;
		}
	}
}

/*
 * Of all such waits, the part that the slow one's work lasted through: it ends them itself, or one
 * does that waits for it, as who hands out the next work when the last of this is done.
 */
static double waited_for(const struct picture *picture, struct met *met, uint64_t slow,
			 double *ret_whole)
{
	const struct report *report = picture->report;
	double sum = 0;

	*ret_whole = 0;
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		double at_work = part_at_work(lock);

		if (!is_meeting(lock))
			continue;
		*ret_whole += (double)lock->blocked_ns;
		sum += ended_by(lock, slow) * at_work;
		for (size_t j = 0; j < picture_holders(lock); j++) {
			const struct report_holder *holder = &lock->holders[j];
			const struct met *ender = met_of(picture, met, holder->tid);

			if (ender && holder->tid != slow)
				sum += (double)holder->blocked_others_ns * (1 - at_work) *
				       share(ender->behind, ender->waited);
		}
	}
	return sum;
}

/* Threads that wait at meetings, each at one of its own perhaps, and the one they wait for. */
static double parties(const struct picture *picture, struct met *met, uint64_t slow)
{
	const struct met *own = met_of(picture, met, slow);
	double count = own && own->waited > 0 ? 0 : 1;

	for (size_t i = 0; i < picture->threads_count; i++)
		count += met[i].waited > 0;
	return count;
}

static void tell_waited_for(const struct picture *picture, const struct thread_facts *slow,
			    double serial, double waited, struct finding *ret)
{
	struct words who = words_thread(slow->row->name, slow->tid);
	double part = share(waited, picture->life);

	finding_title(ret,
		      "Others wait for thread %s while it works: it is %s of the critical path.",
		      who.text, words_share(serial).text);
	finding_detail(
		ret, "%s of all thread time is such waiting; that thread runs %s of the time.",
		words_share(part).text, words_share(share(slow->running, picture->window)).text);
	rule_name_code(picture->report, slow->tid, ret);
	finding_name(ret, "thread", who.text);
	finding_figure(ret, "criticality_share", serial);
	finding_figure(ret, "waited_for_share", part);
	finding_figure(ret, "waited_for_ns", waited);
	finding_advice(ret, "Give part of its work to the others, or more threads to its stage; "
			    "`partrace report --view threads` shows each thread over time, "
			    "`--view code` on which functions it runs.");
}

bool rule_is_waited_for(const struct picture *picture, struct finding *ret)
{
	double serial, whole, reach, waited, above, count;
	const struct thread_facts *slow = rule_most_critical(picture, &serial);
	_cleanup_free_ struct met *met = calloc(picture->threads_count, sizeof(*met));

	if (!slow || !met)
		return false;
	fill_met(picture, slow->tid, met);
	count = parties(picture, met, slow->tid);
	above = serial - 1 / count;
	if (above < threshold(THRESHOLD_SERIAL))
		return false;
	waited = waited_for(picture, met, slow->tid, &whole);
	if (share(waited, whole) < threshold(THRESHOLD_WAITED_FOR) ||
	    share(waited, picture->life) < threshold(THRESHOLD_CAUSE))
		return false;
	reach = fmax(fmin(count, picture->attainable), picture->parallelism);
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.9, above, threshold(THRESHOLD_SERIAL));
	tell_waited_for(picture, slow, serial, waited, ret);
	rule_add_gain(picture, ret, reach);
	return true;
}
