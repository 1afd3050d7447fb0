/* SPDX-License-Identifier: BSD-2-Clause */
/* lock-bound where no lock is seen: threads that run one at a time, though there are CPUs. */
#include <math.h>

#include "daemon/diagnose/rules.h"

/* Who runs more than its part is waited for by the others: that is another finding. */
static bool are_alike(const struct picture *picture, double busy)
{
	unsigned int parties = 0;
	double most = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (facts->idle || !facts->row)
			continue;
		parties++;
		most = fmax(most, (double)facts->row->criticality_ns);
	}
	return parties > 1 && share(most, busy) < 1.0 / parties + threshold(THRESHOLD_SERIAL);
}

/*
 * A lock that is built of conditions (tickets, a baton): no lock is seen, but threads that wait for
 * each other never run two at once, though there are CPUs.
 */
bool rule_takes_turns(const struct picture *picture, struct finding *ret)
{
	const struct report_parallelism *parallelism = &picture->report->parallelism;
	double one = parallelism->levels > 1 ? (double)parallelism->time_at_level_ns[1] : 0;
	double reach = fmin(picture->active, picture->attainable), together = 0;
	double limit = threshold(THRESHOLD_TURNS), off_cpu = 0, wait = 0, part;

	for (size_t i = 2; i < parallelism->levels; i++)
		together += (double)parallelism->time_at_level_ns[i];
	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (!facts->row || facts->idle)
			continue;
		off_cpu += facts->life - facts->running;
		wait += (double)facts->row->figures.waits[WAIT_CONDITION].time_ns -
			facts->behind_io;
	}
	part = share(wait, off_cpu);
	wait = share(wait, picture->active_life);
	if (part < limit || wait < threshold(THRESHOLD_CAUSE) ||
	    picture->lost_share[CAUSE_GIL] >= threshold(THRESHOLD_CAUSE) ||
	    share(one, picture->window) < threshold(THRESHOLD_WAITED_FOR) ||
	    share(together, one + together) > threshold(THRESHOLD_TOGETHER) ||
	    !are_alike(picture, one + together))
		return false;
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure_part(0.7, part, limit);
	finding_title(ret, "%s take turns, as under one lock: two of them hardly ever run at once.",
		      rule_words_active(picture).text);
	finding_detail(ret, "%s of their time they wait for each other, at condition variables.",
		       words_share(wait).text);
	finding_figure(ret, "turn_wait_share", wait);
	finding_figure(ret, "together_share", share(together, one + together));
	rule_add_gain(picture, ret, reach);
	finding_advice(ret, "Let each go on without its turn where it can; `partrace locks --all` "
			    "shows what they wait for.");
	return true;
}
