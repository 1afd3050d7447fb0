/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the picture: which CPUs the target has, could have, and who takes the others. */
#include <math.h>

#include "daemon/diagnose/picture_parts.h"
#include "daemon/diagnose/thresholds.h"

/* The tightest of those that did throttle, for a part of the window that counts. */
static const struct report_quota *quota_of(const struct picture *picture)
{
	const struct report *report = picture->report;
	const struct report_quota *tightest = NULL;

	for (size_t i = 0; i < report->quotas_count; i++) {
		const struct report_quota *quota = &report->quotas[i];
		double part = share(picture_known(quota->watched_ns), picture->window);

		if (part * share(picture_known(quota->throttled_periods),
				 picture_known(quota->periods)) <
		    threshold(THRESHOLD_THROTTLED))
			continue;
		if (quota->cpus > 0 && (!tightest || quota->cpus < tightest->cpus))
			tightest = quota;
	}
	return tightest;
}

/* The quota's size for as long as it held, and all there was for the rest. */
static double usable_under(const struct report_quota *quota, const struct picture *picture)
{
	double part = share(picture_known(quota->watched_ns), picture->window);

	return part * fmin(picture->usable, quota->cpus) + (1 - part) * picture->usable;
}

void picture_fill_cpus(struct picture *picture)
{
	const struct report *report = picture->report;
	double target = 0, idle_where_used = 0;

	for (size_t i = 0; i < report->cpus_count; i++) {
		const struct report_cpu *cpu = &report->cpus[i];

		target += share(picture_known(cpu->target_ns), picture->window);
		picture->others += share(picture_known(cpu->other_ns), picture->window);
		picture->idle_cpus += share(picture_known(cpu->idle_ns), picture->window);
		if (share(picture_known(cpu->target_ns), picture->window) >
		    threshold(THRESHOLD_KNOWN_REST))
			idle_where_used += share(picture_known(cpu->idle_ns), picture->window);
	}
	picture->cpus = report->host.cpus == NO_VALUE ? 0 : (double)report->host.cpus;
	picture->usable = report->cpus_count ? target + picture->idle_cpus : picture->cpus;
	picture->quota = quota_of(picture);
	picture->pinned = !picture->quota &&
			  share(picture->lost[CAUSE_READY], picture->window) >=
				  threshold(THRESHOLD_PINNED_IDLE) &&
			  picture->idle_cpus - idle_where_used >= threshold(THRESHOLD_PINNED_IDLE);
	if (picture->pinned)
		picture->usable = target + idle_where_used;
	if (picture->quota)
		picture->usable = usable_under(picture->quota, picture);
}

/*
 * Others run on what the target leaves to them. How much of that they would give back is what they
 * give now: the part of the time it wants to run in which it does.
 */
double picture_attainable(const struct picture *picture)
{
	double running = picture->parallelism * picture->window;
	double chance = share(running, running + picture->lost[CAUSE_READY]);

	if (picture->pinned || picture->quota)
		return picture->usable;
	return fmin(picture->usable + picture->others * chance,
		    fmax(picture->cpus, picture->usable));
}
