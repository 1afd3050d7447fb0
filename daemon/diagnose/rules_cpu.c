/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu-saturated, throttled, oversubscribed, slower-cpus: is there a CPU to run on, and how good? */
#include <math.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

static double ready_share(const struct picture *picture)
{
	double running = picture->parallelism * picture->window;

	return share(picture->lost[CAUSE_READY], picture->lost[CAUSE_READY] + running);
}

/* Most of the target's run-queue wait was behind this one, that is none of its own. */
static const struct report_culprit *worst_stranger(const struct report *report)
{
	const struct report_culprit *worst = NULL;

	for (size_t i = 0; i < report->run_queue.culprits_count; i++) {
		const struct report_culprit *culprit = &report->run_queue.culprits[i];

		if (culprit->kind && strcmp(culprit->kind, "target") != 0 &&
		    (!worst || culprit->ahead_ns > worst->ahead_ns))
			worst = culprit;
	}
	return worst;
}

static void tell_others(const struct picture *picture, struct finding *ret)
{
	const struct report_culprit *worst = worst_stranger(picture->report);

	finding_title(ret, "Other programs took %s of %s; %s had to share the rest.",
		      words_share(share(picture->others, picture->cpus)).text,
		      words_cpus(picture->cpus).text, words_target(picture->report).text);
	if (worst && worst->ahead_ns) {
		struct words who = words_thread(worst->name, worst->tid);

		finding_detail(ret, "Of the others %s was waited for most.", who.text);
		finding_name(ret, "worst_other", who.text);
	}
	finding_advice(ret, "Measure on a quiet machine, or give this program CPUs of its own "
			    "(cpuset, nice); `partrace report --view runqueue` shows who ran.");
}

static double largest_other_cause(const struct picture *picture)
{
	double most = 0;

	for (int cause = 0; cause < CAUSE_READY; cause++)
		most = fmax(most, picture->lost_share[cause]);
	return most;
}

static void tell_own(const struct picture *picture, double busy, struct finding *ret)
{
	double most = largest_other_cause(picture), cpus = round(picture->usable);
	bool calm = most < threshold(THRESHOLD_NO_WAIT) && !rule_is_overhead(picture);

	if (picture->pinned)
		finding_title(ret,
			      "%s share %s of the %.0f: the others were idle, so these threads "
			      "are not allowed on them.",
			      words_target(picture->report).text, words_cpus(picture->usable).text,
			      picture->cpus);
	else
		finding_title(ret, "%s share %s; busy %s of the time.",
			      words_target(picture->report).text, words_cpus(picture->cpus).text,
			      words_share(busy).text);
	if (picture->pinned)
		finding_advice(ret, "Look at what binds it (taskset -p, cpuset cgroups).");
	if (calm)
		finding_detail(ret, "Nothing is wrong: no lock, I/O or GIL wait above %s.",
			       words_share(fmax(most, 0.001)).text);
	if (calm && picture->active >= cpus + 0.5 && cpus >= 1)
		finding_detail(ret,
			       "More threads than CPUs add only run-queue wait; %.0f should "
			       "finish as fast.",
			       cpus);
	finding_advice(ret, "More CPUs would help, more workers would not; "
			    "`partrace report --view runqueue` shows how long they were ready.");
}

bool rule_cpu_saturated(const struct picture *picture, struct finding *ret)
{
	double busy = share(picture->parallelism, picture->usable);
	double ready = ready_share(picture), limit = threshold(THRESHOLD_READY);
	double others = share(picture->others, picture->cpus);
	/* No more threads than CPUs are not in each other's way. */
	bool few = picture->active <= picture->cpus;
	bool by_others = !picture->pinned && (few || others >= threshold(THRESHOLD_OTHERS));

	if (picture->quota || busy < threshold(THRESHOLD_CPUS_BUSY) || ready < limit)
		return false;
	ret->weight = picture_reach(picture, CAUSE_READY) - picture->parallelism;
	ret->severity = by_others || picture->pinned ? SEVERITY_NOTICE : SEVERITY_OK;
	ret->confidence = finding_sure(0.98, ready, limit);
	if (by_others)
		tell_others(picture, ret);
	else
		tell_own(picture, busy, ret);
	finding_figure(ret, "busy_share", busy);
	finding_figure(ret, "ready_share", share(picture->lost[CAUSE_READY], picture->life));
	finding_figure(ret, "ready_ns", picture->lost[CAUSE_READY]);
	finding_figure(ret, "others_share", others);
	finding_figure(ret, "usable_cpus", picture->usable);
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	finding_figure(ret, "wanted_cpus", picture_reach(picture, CAUSE_READY));
	return true;
}

/* The tightest quota that did throttle: picture->quota is its size. */
static const struct report_quota *binding_quota(const struct picture *picture)
{
	const struct report *report = picture->report;

	for (size_t i = 0; picture->quota && i < report->quotas_count; i++)
		if (report->quotas[i].cpus == picture->quota)
			return &report->quotas[i];
	return NULL;
}

bool rule_throttled(const struct picture *picture, struct finding *ret)
{
	const struct report_quota *quota = binding_quota(picture);
	double throttled, wanted = picture_reach(picture, CAUSE_READY);

	if (!quota)
		return false;
	throttled = share((double)quota->throttled_periods, (double)quota->periods);
	ret->weight = fmin(wanted, picture->cpus) - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.97, throttled, threshold(THRESHOLD_THROTTLED));
	finding_title(ret, "The quota of %s was used up in %s of its periods.",
		      words_cpus(quota->cpus).text, words_share(throttled).text);
	finding_detail(ret, "It is that of the cgroup %s. The threads would run on %s.",
		       quota->cgroup ? quota->cgroup : "of the target",
		       words_cpus(fmin(wanted, picture->cpus)).text);
	finding_advice(ret,
		       "Raise cpu.max of that cgroup (CPUQuota=, --cpus, limits.cpu), or use "
		       "%.0f workers.",
		       fmax(floor(quota->cpus), 1));
	finding_name(ret, "cgroup", quota->cgroup ? quota->cgroup : "");
	finding_figure(ret, "quota_cpus", quota->cpus);
	finding_figure(ret, "throttled_share", throttled);
	finding_figure(ret, "throttled_ns", (double)quota->throttled_ns);
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	finding_figure(ret, "wanted_cpus", wanted);
	return true;
}

/* Of the wait for contended locks, the part in which the holder has no CPU. */
static double holders_ready(const struct report *report)
{
	double ready = 0, whole = 0;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_holder_state *state = &report->locks[i].holder_state_ns;

		if (!report->locks[i].contended)
			continue;
		ready += (double)state->ready;
		whole += (double)(state->running + state->ready + state->lock + state->io +
				  state->other);
	}
	return share(ready, whole);
}

bool rule_oversubscribed(const struct picture *picture, struct finding *ret)
{
	const struct report_figures *figures = &picture->report->totals.figures;
	double running = (double)figures->running_ns;
	double taken = (double)figures->involuntary - (double)figures->yields;
	double slice = share(running, taken), holders = holders_ready(picture->report);
	/* What other programs take does not make its own threads too many. */
	double all = picture->usable + (picture->pinned || picture->quota ? 0 : picture->others);
	double crowd = share(running + picture->lost[CAUSE_READY], picture->window * all);
	double contention = picture->lost_share[CAUSE_LOCK] + picture->lost_share[CAUSE_GIL];
	bool of_holders = contention >= threshold(THRESHOLD_CAUSE) &&
			  holders >= threshold(THRESHOLD_HOLDER_READY);
	bool of_slices = taken > 0 && slice <= threshold(THRESHOLD_SLICE_NS);

	if (crowd < threshold(THRESHOLD_OVERSUBSCRIBED) || (!of_holders && !of_slices))
		return false;
	ret->severity = SEVERITY_NOTICE;
	ret->confidence = finding_sure(0.9, crowd, threshold(THRESHOLD_OVERSUBSCRIBED));
	finding_title(ret,
		      "%.1f threads want to run for each CPU, and that costs more than time "
		      "in the run queue.",
		      crowd);
	if (of_holders)
		finding_detail(ret, "In %s of the wait for locks the holder has no CPU.",
			       words_share(holders).text);
	if (of_slices)
		finding_detail(ret, "A thread is preempted after %s of running.",
			       words_time(slice).text);
	finding_advice(ret, "Use about as many workers as CPUs: %.0f.", fmax(round(all), 1));
	finding_figure(ret, "wanting_per_cpu", crowd);
	finding_figure(ret, "holder_ready_share", holders);
	if (taken > 0)
		finding_figure(ret, "slice_ns", slice);
	return true;
}

bool rule_slower_cpus(const struct picture *picture, struct finding *ret)
{
	const struct report_figures *figures = &picture->report->totals.figures;
	double stolen = share((double)figures->stolen_ns, (double)figures->running_ns);
	double limit = threshold(THRESHOLD_STOLEN);

	if (stolen < limit)
		return false;
	ret->weight = share((double)figures->stolen_ns, picture->window);
	ret->severity = SEVERITY_NOTICE;
	ret->confidence = finding_sure(0.8, stolen, limit);
	finding_title(ret, "%s of running time was stolen: the CPUs do so much less work.",
		      words_share(stolen).text);
	finding_detail(ret, "The hypervisor or interrupts had these CPUs meanwhile.");
	finding_advice(ret, "Ask who shares the host (steal in /proc/stat), or where interrupts "
			    "go (/proc/interrupts); `partrace report --view cpus` shows which "
			    "CPUs.");
	finding_figure(ret, "stolen_share", stolen);
	finding_figure(ret, "stolen_ns", (double)figures->stolen_ns);
	return true;
}
