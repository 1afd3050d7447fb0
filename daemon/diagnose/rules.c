/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rules have in common. */
#include "daemon/diagnose/rules.h"

#include <math.h>

double rule_least_weight(const struct picture *picture)
{
	return threshold(THRESHOLD_GAIN) *
	       fmax(picture->parallelism, threshold(THRESHOLD_HARDLY_RUNS));
}

enum severity rule_severity(const struct picture *picture, double weight)
{
	return weight >= rule_least_weight(picture) ? SEVERITY_PROBLEM : SEVERITY_NOTICE;
}

void rule_add_gain(const struct picture *picture, struct finding *finding, double reach)
{
	double now = picture->parallelism;
	bool by_cpus = reach >= threshold(THRESHOLD_ALL_CPUS) * picture->attainable;
	bool are_left = picture->attainable < threshold(THRESHOLD_CPUS_LEFT) * picture->cpus;

	finding_figure(finding, "parallelism_cpus", now);
	finding_figure(finding, "reach_cpus", reach);
	if (fmax(now, reach) < threshold(THRESHOLD_HARDLY_RUNS) && by_cpus)
		finding_detail(finding, "Without it the CPUs would still be taken by others.");
	else if (now < threshold(THRESHOLD_HARDLY_RUNS))
		finding_detail(finding, "Without it up to %s could be busy.",
			       words_cpus(reach).text);
	else if (by_cpus)
		finding_detail(finding, "Without it: at most %.1f× (then the %s%s limit).",
			       reach / now, words_cpus(picture->attainable).text,
			       are_left ? " that are left" : "");
	else
		finding_detail(finding, "Without it: at most %.1f×.", reach / now);
}
