/* SPDX-License-Identifier: BSD-2-Clause */
/* imbalance where threads meet: others wait, at conditions or barriers, for one that works. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

/* A wait for work or for each other that somebody's work ends; a join is how things end. */
static bool is_meeting(const struct report_lock *lock)
{
	return !lock->contended && lock->kind && strcmp(lock->kind, "join") != 0 &&
	       strcmp(lock->kind, "parker") != 0 && lock->waiters_count && lock->holders_count &&
	       share((double)lock->waits, (double)lock->waiters_count) >=
		       threshold(THRESHOLD_ASKED_AGAIN);
}

/* Of all such waits, the part that this thread's work lasted through. */
static double waited_for(const struct report *report, uint64_t tid, double *ret_whole)
{
	double sum = 0;

	*ret_whole = 0;
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		const struct report_holder_state *state = &lock->holder_state_ns;
		double at_work = (double)(state->running + state->ready);
		double whole = at_work + (double)(state->lock + state->io + state->other);

		if (!is_meeting(lock))
			continue;
		*ret_whole += (double)lock->blocked_ns;
		for (size_t j = 0; j < lock->holders_count; j++)
			if (lock->holders[j].tid == tid)
				sum += (double)lock->holders[j].blocked_others_ns *
				       share(at_work, whole);
	}
	return sum;
}

/* Threads that wait at such meetings, and the one they wait for. */
static double parties(const struct report *report)
{
	size_t most = 0;

	for (size_t i = 0; i < report->locks_count; i++)
		if (is_meeting(&report->locks[i]) && report->locks[i].waiters_count > most)
			most = report->locks[i].waiters_count;
	return (double)most + 1;
}

bool rule_is_waited_for(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	double serial, whole, reach, waited, limit = threshold(THRESHOLD_WAITED_FOR);
	double fair = 1 / parties(report);
	const struct thread_facts *slow = rule_most_critical(picture, &serial);
	struct words who;

	if (!slow || serial < fair + threshold(THRESHOLD_SERIAL))
		return false;
	waited = waited_for(report, slow->tid, &whole);
	if (share(waited, whole) < limit ||
	    share(waited, picture->life) < threshold(THRESHOLD_CAUSE))
		return false;
	reach = fmax(fmin(parties(report), picture->attainable), picture->parallelism);
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.9, serial - fair, threshold(THRESHOLD_SERIAL));
	who = words_thread(slow->row->name, slow->tid);
	finding_title(ret,
		      "Others wait for thread %s while it works: it is %s of the critical path.",
		      who.text, words_share(serial).text);
	finding_detail(ret,
		       "%s of all thread time is such waiting; that thread runs %s of the time.",
		       words_share(share(waited, picture->life)).text,
		       words_share(share(slow->running, picture->window)).text);
	rule_name_code(report, slow->tid, ret);
	finding_name(ret, "thread", who.text);
	finding_figure(ret, "criticality_share", serial);
	finding_figure(ret, "waited_for_share", share(waited, picture->life));
	finding_figure(ret, "waited_for_ns", waited);
	rule_add_gain(picture, ret, reach);
	finding_advice(ret, "Give part of its work to the others, or more threads to its stage; "
			    "`partrace report --view threads` shows each thread over time, "
			    "`--view code` on which functions it runs.");
	return true;
}
