/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rules have in common. */
#include "daemon/diagnose/rules.h"

#include <math.h>
#include <string.h>

double rule_least_weight(const struct picture *picture)
{
	return threshold(THRESHOLD_GAIN) *
	       fmax(picture->parallelism, threshold(THRESHOLD_HARDLY_RUNS));
}

enum severity rule_severity(const struct picture *picture, double weight)
{
	return weight >= rule_least_weight(picture) ? SEVERITY_PROBLEM : SEVERITY_NOTICE;
}

/* Many short lives one after the other are as many threads as live at once. */
struct words rule_words_active(const struct picture *picture)
{
	double count = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];
		double part = share(facts->life, picture->window);

		if (!facts->idle)
			count += facts->row && part >= threshold(THRESHOLD_MAINLY) ? 1 : part;
	}
	return words_target(picture->report, (uint64_t)fmax(round(count), 1));
}

void rule_add_gain(const struct picture *picture, struct finding *finding, double reach)
{
	double now = picture->parallelism;
	bool by_cpus = reach >= threshold(THRESHOLD_ALL_CPUS) * picture->attainable;
	bool are_left = picture->attainable < threshold(THRESHOLD_CPUS_LEFT) * picture->cpus;
	struct words cpus = words_cpus(picture->attainable);
	bool one = !strcmp(cpus.text, "1 CPU");

	finding_figure(finding, "parallelism_cpus", now);
	finding_figure(finding, "reach_cpus", reach);
	if (fmax(now, reach) < threshold(THRESHOLD_HARDLY_RUNS) && by_cpus)
		finding_detail(finding, "Without it the CPUs would still be taken by others.");
	else if (now < threshold(THRESHOLD_HARDLY_RUNS))
		finding_detail(finding, "Without it up to %s could be busy.",
			       words_cpus(reach).text);
	else if (by_cpus)
		finding_detail(finding, "Without it: at most %.1f× (then the %s%s%s limit%s).",
			       reach / now, cpus.text, are_left ? " that " : "",
			       !are_left ? ""
			       : one     ? "is left"
					 : "are left",
			       one ? "s" : "");
	else
		finding_detail(finding, "Without it: at most %.1f×.", reach / now);
}
