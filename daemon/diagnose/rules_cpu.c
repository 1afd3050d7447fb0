/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu-saturated, throttled, oversubscribed, slower-cpus: is there a CPU to run on, and how good? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

double rule_ready_share(const struct picture *picture)
{
	double running = picture->parallelism * picture->window;

	return share(picture->lost[CAUSE_READY], picture->lost[CAUSE_READY] + running);
}

bool rule_is_stranger(const struct report_culprit *culprit)
{
	return culprit->kind && strcmp(culprit->kind, "target") != 0;
}

static bool are_called_alike(const struct report_culprit *one, const struct report_culprit *two)
{
	return one->name && two->name && !strcmp(one->name, two->name);
}

struct strangers {
	const struct report_culprit *first;
	double ahead_ns;
	unsigned int count;
};

/*
 * Most of the target's run-queue wait was behind these, that are none of its own. Many lives of one
 * name are one program: one by one a compiler's would be less than a task of the kernel.
 */
static struct strangers worst_strangers(const struct report *report)
{
	const struct report_run_queue *queue = &report->run_queue;
	struct strangers worst = { 0 };

	for (size_t i = 0; i < queue->culprits_count; i++) {
		struct strangers these = { .first = &queue->culprits[i] };

		for (size_t j = 0; rule_is_stranger(these.first) && j < queue->culprits_count;
		     j++) {
			const struct report_culprit *other = &queue->culprits[j];

			if (i != j &&
			    (!rule_is_stranger(other) || !are_called_alike(these.first, other)))
				continue;
			these.ahead_ns += (double)other->ahead_ns;
			these.count++;
		}
		if (these.ahead_ns > worst.ahead_ns)
			worst = these;
	}
	return worst;
}

static struct words words_strangers(const struct strangers *strangers)
{
	struct words words;

	if (strangers->count == 1)
		return words_thread(strangers->first->name, strangers->first->tid);
	snprintf(words.text, sizeof(words.text), "%.80s (%u threads)", strangers->first->name,
		 strangers->count);
	return words;
}

static void tell_others(const struct picture *picture, struct finding *ret)
{
	struct strangers worst = worst_strangers(picture->report);

	finding_title(ret, "Other programs took %s of %s; %s had to share the rest.",
		      words_share(share(picture->others, picture->cpus)).text,
		      words_cpus(picture->cpus).text, rule_words_active(picture).text);
	if (worst.count) {
		struct words who = words_strangers(&worst);

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
	bool calm = most < threshold(THRESHOLD_NO_WAIT) && !rule_is_overhead(picture) &&
		    rule_spin_share(picture) < threshold(THRESHOLD_CAUSE);

	if (picture->pinned)
		finding_title(ret,
			      "%s on %s of the %.0f: the others were idle, so these threads "
			      "are not allowed on them.",
			      rule_words_active(picture).text, words_cpus(picture->usable).text,
			      picture->cpus);
	else
		finding_title(ret, "%s share %s; busy %s of the time.",
			      rule_words_active(picture).text, words_cpus(picture->cpus).text,
			      words_share(busy).text);
	if (picture->pinned)
		finding_advice(ret, "Look at what binds it (taskset -p, cpuset cgroups).");
	if (calm)
		finding_detail(ret, "Nothing is wrong: no lock, I/O or GIL wait above %s.",
			       words_share(fmax(most, 0.001)).text);
	if (calm && picture->active >= cpus + threshold(THRESHOLD_MORE_THREADS) && cpus >= 1)
		finding_detail(ret,
			       "More threads than CPUs add only run-queue wait; %.0f should "
			       "finish as fast.",
			       cpus);
	finding_advice(ret, "More CPUs would help, more workers would not; "
			    "`partrace report --view runqueue` shows how long they were ready.");
}

/*
 * One thread, which is in nobody's way, and others that ran for as long as it was ready: it stood
 * behind them, though not all CPUs were busy all the time. A thread stays with its CPU for a while
 * when another one becomes free.
 */
static bool is_behind_others(const struct picture *picture)
{
	return picture->active < threshold(THRESHOLD_ONE_THREAD) &&
	       picture->others * picture->window >= picture->lost[CAUSE_READY];
}

void rule_add_shortage(const struct picture *picture, struct finding *finding)
{
	finding_figure(finding, "busy_share", share(picture->parallelism, picture->usable));
	finding_figure(finding, "ready_share", share(picture->lost[CAUSE_READY], picture->life));
	finding_figure(finding, "ready_ns", picture->lost[CAUSE_READY]);
	finding_figure(finding, "others_share", share(picture->others, picture->cpus));
	finding_figure(finding, "usable_cpus", picture->usable);
	finding_figure(finding, "parallelism_cpus", picture->parallelism);
	finding_figure(finding, "wanted_cpus", picture_reach(picture, CAUSE_READY));
}

bool rule_cpu_saturated(const struct picture *picture, struct finding *ret)
{
	double busy = share(picture->parallelism, picture->usable);
	double ready = rule_ready_share(picture), limit = threshold(THRESHOLD_READY);
	double others = share(picture->others, picture->cpus);
	/* No more threads than CPUs are not in each other's way. */
	bool few = picture->active <= picture->cpus;
	bool by_others = !picture->pinned && (few || others >= threshold(THRESHOLD_OTHERS));

	bool busy_or_behind =
		busy >= threshold(THRESHOLD_CPUS_BUSY) || (by_others && is_behind_others(picture));

	if (picture->quota || !busy_or_behind || ready < limit)
		return false;
	ret->weight = picture_reach(picture, CAUSE_READY) - picture->parallelism;
	/* Who hardly wants to run loses little by it, however long each time. */
	if (ret->weight < rule_least_weight(picture))
		return false;
	ret->severity = by_others || picture->pinned ? SEVERITY_NOTICE : SEVERITY_OK;
	ret->confidence = finding_sure(0.98, ready, limit);
	if (by_others)
		tell_others(picture, ret);
	else
		tell_own(picture, busy, ret);
	rule_add_shortage(picture, ret);
	return true;
}

/* Said where it did not hold all the while: the figures are of that part alone. */
static struct words words_watched(const struct report_quota *quota, const struct picture *picture)
{
	struct words words = { "" };

	if ((double)quota->watched_ns < threshold(THRESHOLD_WHOLE_WINDOW) * picture->window)
		snprintf(words.text, sizeof(words.text), ", under which it was for %.30s of %.30s",
			 words_time((double)quota->watched_ns).text,
			 words_time(picture->window).text);
	return words;
}

bool rule_throttled(const struct picture *picture, struct finding *ret)
{
	const struct report_quota *quota = picture->quota;
	double throttled, wanted = picture_reach(picture, CAUSE_READY);

	if (!quota)
		return false;
	throttled = share((double)quota->throttled_periods, (double)quota->periods);
	ret->weight = fmin(wanted, picture->cpus) - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.97, throttled, threshold(THRESHOLD_THROTTLED));
	finding_title(ret, "The quota of %s was used up in %s of its periods.",
		      words_cpus(quota->cpus).text, words_share(throttled).text);
	finding_detail(ret, "It is that of the cgroup %s%s. The threads would run on %s.",
		       quota->cgroup ? quota->cgroup : "of the target",
		       words_watched(quota, picture).text,
		       words_cpus(fmin(wanted, picture->cpus)).text);
	finding_advice(ret,
		       "Raise cpu.max (v1: cpu.cfs_quota_us) of that cgroup (CPUQuota=, --cpus, "
		       "limits.cpu), or use %s.",
		       words_count((size_t)fmax(floor(quota->cpus), 1), "worker").text);
	finding_name(ret, "cgroup", quota->cgroup ? quota->cgroup : "");
	finding_figure(ret, "quota_cpus", quota->cpus);
	finding_figure(ret, "watched_ns", (double)quota->watched_ns);
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

	ret->weight = share((double)figures->stolen_ns, picture->window);
	/* Of who hardly runs, a large share is little. */
	if (stolen < limit || ret->weight < threshold(THRESHOLD_HARDLY_RUNS))
		return false;
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
