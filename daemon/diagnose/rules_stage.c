/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is the serial part, and whether it may be the slow stage of a pipeline. */
#include <math.h>

#include "daemon/diagnose/rules.h"

const struct thread_facts *rule_most_critical(const struct picture *picture, double *ret_share)
{
	const struct thread_facts *most = NULL;
	double sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (!facts->row)
			continue;
		sum += (double)facts->row->criticality_ns;
		if (!most || facts->row->criticality_ns > most->row->criticality_ns)
			most = facts;
	}
	*ret_share = most ? share((double)most->row->criticality_ns, sum) : 0;
	return most;
}

/* At pipes or sockets of this machine, again and again, and for a part of its life that counts. */
static bool waits_for_messages(const struct thread_facts *facts)
{
	return facts->row &&
	       (double)facts->row->figures.waits[WAIT_IPC].count >=
		       threshold(THRESHOLD_ASKED_AGAIN) &&
	       facts->lost[CAUSE_IPC] >= threshold(THRESHOLD_CAUSE) * facts->life;
}

/*
 * Nobody sees who fills a pipe or empties it. But where the one that works has most of the critical
 * path, while others wait at pipes, it is the first to look at.
 */
bool rule_tell_stage(const struct picture *picture, struct finding *ret)
{
	double serial;
	const struct thread_facts *slow = rule_most_critical(picture, &serial);
	unsigned int others = 0;
	struct words who;

	for (size_t i = 0; i < picture->threads_count; i++)
		others += &picture->threads[i] != slow && waits_for_messages(&picture->threads[i]);
	if (!slow || !others || waits_for_messages(slow) ||
	    serial < 1.0 / (others + 1) + threshold(THRESHOLD_SERIAL))
		return false;
	who = words_thread(slow->row->name, slow->tid);
	finding_detail(ret,
		       "Thread %s is %s of the critical path, while %u of the others wait%s at "
		       "pipes or sockets again and again: if it is their other end, it is the slow "
		       "stage.",
		       who.text, words_share(serial).text, others, others == 1 ? "s" : "");
	finding_advice(ret,
		       "Give part of the work of %s to the others, or more workers to its "
		       "stage.",
		       who.text);
	finding_name(ret, "slow_stage", who.text);
	finding_figure(ret, "criticality_share", serial);
	return true;
}
