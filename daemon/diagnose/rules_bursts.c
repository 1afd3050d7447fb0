/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu-saturated where CPUs were idle as well: threads that come all at once, or that stay behind a
 * busy CPU while another is free. Asked last, for whatever else limits says more.
 */
#include "daemon/diagnose/rules.h"

bool rule_short_at_times(const struct picture *picture, struct finding *ret)
{
	double ready = rule_ready_share(picture), limit = threshold(THRESHOLD_READY);

	ret->weight = picture_reach(picture, CAUSE_READY) - picture->parallelism;
	if (picture->quota || ready < limit || ret->weight < rule_least_weight(picture))
		return false;
	ret->severity = SEVERITY_NOTICE;
	ret->confidence = finding_sure(0.6, ready, limit);
	finding_title(ret,
		      "Threads have no CPU %s of the time that they want one, though %s stayed "
		      "idle in the mean.",
		      words_share(ready).text, words_cpus(picture->idle_cpus).text);
	finding_detail(ret, "They want to run all at once, or stay with a CPU that is busy while "
			    "another is free.");
	finding_advice(ret, "`partrace report --view runqueue` shows behind whom they stood, "
			    "`--view threads` when each ran.");
	rule_add_shortage(picture, ret);
	return true;
}
