/* SPDX-License-Identifier: BSD-2-Clause */
/* io-bound, ipc-bound, spawn-bound: the time goes to what is outside the threads' own code. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/diagnose/rules.h"

/* "read of a socket" */
static void tell_call(const struct report_wait *wait, struct finding *ret)
{
	const struct report_syscall *call = wait->syscalls;
	char text[FINDING_NAME];

	if (!wait->syscalls_count || !call->name)
		return;
	snprintf(text, sizeof(text), "%.40s%s%.40s", call->name, call->file ? ", " : "",
		 call->file ? call->file : "");
	finding_detail(ret, "Most of it is in %s.", text);
	finding_name(ret, "main_call", text);
}

static double seconds(const struct picture *picture)
{
	return picture->window / 1e9;
}

static void tell_behind(double behind, struct finding *ret)
{
	finding_detail(ret, "For %s of it threads wait for another one that waits for I/O.",
		       words_share(behind).text);
	finding_figure(ret, "behind_io_share", behind);
	finding_advice(ret, "Read ahead, or let more threads do that: the others wait for them.");
}

/* A disk serves many at once, and each of these calls waits for all that it has. */
static bool is_sync(const struct report_wait *wait)
{
	static const char *const calls[] = { "fsync",           "fdatasync", "msync",
					     "sync_file_range", "syncfs",    "sync" };
	const char *name = wait->syscalls_count ? wait->syscalls[0].name : NULL;

	for (size_t i = 0; name && i < ARRAY_LEN(calls); i++)
		if (!strcmp(name, calls[i]))
			return true;
	return false;
}

/* Of the time of threads that have some, 0…1. */
static double share_without_work(const struct picture *picture)
{
	double sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++)
		sum += picture->threads[i].idle ? 0 : picture->threads[i].workless;
	return share(sum, picture->active_life);
}

/* Where the workers that are there have too little to do, or stand in each other's way, more would.
 */
static bool tell_enough_workers(const struct picture *picture, struct finding *ret)
{
	double without = share_without_work(picture);

	if (without <= picture->lost_share[CAUSE_IO])
		return false;
	finding_detail(ret,
		       "More of their time, %s, is waiting for work or for each other: more "
		       "workers would wait as well.",
		       words_share(without).text);
	finding_figure(ret, "workless_share", without);
	finding_advice(ret, "`partrace locks --all` shows where they wait for each other, and "
			    "who wakes them.");
	return true;
}

static void advise_workers(const struct picture *picture, struct finding *ret)
{
	bool are_left = picture->attainable < threshold(THRESHOLD_CPUS_LEFT) * picture->cpus;
	double workers = share(picture->active * picture->attainable, picture->parallelism);

	if (tell_enough_workers(picture, ret))
		return;
	if (workers <= picture->active || picture->attainable < threshold(THRESHOLD_HARDLY_RUNS))
		return;
	if (picture->parallelism > 0 && workers <= threshold(THRESHOLD_WORKERS_MOST))
		finding_advice(ret, "Use more workers: about %.0f like these would fill %s%s%s.",
			       ceil(workers), are_left ? "the " : "",
			       words_cpus(picture->attainable).text,
			       are_left ? " that others leave" : "");
	else
		finding_advice(ret, "Use more workers, as many as the other side can serve, or "
				    "ask earlier.");
}

bool rule_io_bound(const struct picture *picture, struct finding *ret)
{
	const struct report_wait *waits = picture->report->totals.figures.waits;
	double wait = picture->lost_share[CAUSE_IO], limit = threshold(THRESHOLD_CAUSE);
	double behind = share(picture->behind_io, picture->active_life);
	double reach = picture_reach(picture, CAUSE_IO);
	bool polls = waits[WAIT_IO].time_ns + waits[WAIT_FAULT].time_ns <
		     threshold(THRESHOLD_MAINLY) * picture->lost[CAUSE_IO];
	enum wait_cause cause = polls                                                ? WAIT_POLL
				: waits[WAIT_FAULT].time_ns > waits[WAIT_IO].time_ns ? WAIT_FAULT
										     : WAIT_IO;

	if (wait + behind < limit ||
	    rule_severity(picture, reach - picture->parallelism) < SEVERITY_PROBLEM)
		return false;
	ret->weight = reach - picture->parallelism;
	ret->severity = SEVERITY_NOTICE;
	ret->confidence = finding_sure(polls ? 0.7 : 0.97, wait + behind, limit);
	finding_title(ret, "%s of the time of threads that have work is waiting for %s.",
		      words_share(wait).text,
		      cause == WAIT_FAULT ? "pages to come into memory (fault)" : "I/O");
	finding_figure(ret, "io_wait_share", wait);
	finding_figure(ret, "io_wait_ns", picture->lost[CAUSE_IO]);
	tell_call(&waits[cause], ret);
	if (behind >= limit)
		tell_behind(behind, ret);
	rule_add_gain(picture, ret, reach);
	if (is_sync(&waits[cause]))
		finding_advice(ret, "Write more for each %s: several records with one.",
			       waits[cause].syscalls[0].name);
	else if (behind < limit)
		advise_workers(picture, ret);
	finding_advice(ret, "`partrace report --view waits` shows the calls.");
	return true;
}

/* To wait for the interpreter's lock is no part of an exchange: processes would not. */
static double waits_but_for_gil(const struct report *report)
{
	double sum = 0;

	for (int cause = 0; cause < WAIT_COUNT; cause++)
		sum += (double)report->totals.figures.waits[cause].count;
	for (size_t i = 0; i < report->locks_count; i++)
		if (picture_is_gil(&report->locks[i]))
			sum -= (double)report->locks[i].waits;
	return fmax(sum, 0);
}

/* Threads that run for microseconds between two messages: their switches are the work. */
static bool is_chatty(const struct picture *picture, double *ret_rate, double *ret_slice)
{
	const struct report_figures *figures = &picture->report->totals.figures;
	double all = waits_but_for_gil(picture->report);
	double limit = threshold(THRESHOLD_MESSAGES_PER_SECOND);

	*ret_rate = share(all, seconds(picture));
	/* What was stolen says nothing about how much is done between two messages. */
	*ret_slice = share((double)figures->running_ns - (double)figures->stolen_ns, all);
	return *ret_slice <= threshold(THRESHOLD_MESSAGE_NS) && all > 0 &&
	       *ret_rate >= limit * fmax(picture->parallelism, 1) &&
	       share((double)figures->waits[WAIT_IPC].count, all) >=
		       threshold(THRESHOLD_MESSAGE_SHARE);
}

/* In such an exchange the run queue, and any wait, is a part of each message's way. */
static double reach_of_messages(const struct picture *picture)
{
	return fmax(picture_unbounded(picture, CAUSE_READY),
		    fmin(picture->active, picture->attainable));
}

bool rule_ipc_bound(const struct picture *picture, struct finding *ret)
{
	const struct report_wait *wait = &picture->report->totals.figures.waits[WAIT_IPC];
	double part = picture->lost_share[CAUSE_IPC], limit = threshold(THRESHOLD_CAUSE);
	double resting = share(rule_rest_at_pipes(picture), picture->active_life);
	double reach = picture_reach(picture, CAUSE_IPC), rate, slice;
	bool chatty = is_chatty(picture, &rate, &slice);

	if (!chatty && (part - resting < limit ||
			rule_severity(picture, reach - picture->parallelism) < SEVERITY_PROBLEM))
		return false;
	ret->weight = (chatty ? reach_of_messages(picture) : reach) - picture->parallelism;
	ret->severity = SEVERITY_NOTICE;
	ret->confidence = chatty ? finding_sure(0.9, threshold(THRESHOLD_MESSAGE_NS), slice)
				 : finding_sure(0.9, part, limit);
	if (chatty)
		finding_title(ret,
			      "Threads exchange messages: %.0f waits a second, after %s of "
			      "running each.",
			      rate, words_time(slice).text);
	else
		finding_title(ret,
			      "%s of the time of threads that have work is waiting for pipes or "
			      "sockets of this machine.",
			      words_share(part).text);
	finding_figure(ret, "ipc_wait_share", part);
	finding_figure(ret, "ipc_wait_ns", picture->lost[CAUSE_IPC]);
	finding_figure(ret, "waits_per_second", rate);
	finding_figure(ret, "running_between_ns", slice);
	tell_call(wait, ret);
	if (!chatty)
		rule_add_gain(picture, ret, reach);
	if (chatty)
		finding_advice(ret, "Put more into one message, or share memory.");
	else if (!rule_tell_stage(picture, ret))
		finding_advice(ret, "Look at the other end: attach to it as well.");
	finding_advice(ret, "`partrace report --view waits` shows the calls.");
	return true;
}

/* ---- births ---- */

struct births {
	double short_life; /* of threads that were born and ended soon, with those without a row */
	double short_count;
};

static struct births births_of(const struct picture *picture)
{
	const struct report *report = picture->report;
	struct births births = { 0 };
	double rowless = (double)report->totals.threads - (double)report->threads_count;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (!facts->row || facts->row->started_ns <= 0 ||
		    facts->row->exited_ns == NO_VALUE ||
		    facts->life > threshold(THRESHOLD_SHORT_LIFE_NS))
			continue;
		births.short_life += facts->life;
		births.short_count++;
	}
	/* Those that found no room for a row are taken to be like these. */
	if (births.short_count && rowless > 0) {
		births.short_life += births.short_life / births.short_count * rowless;
		births.short_count += rowless;
	}
	return births;
}

/* Where most of the time goes into births, the run queue is theirs: more CPUs would make more. */
static double weight_of_births(const struct picture *picture, double spent)
{
	double weight = fmin(share(spent, picture->window), picture->cpus);

	if (share(spent, picture->life) < threshold(THRESHOLD_MAINLY))
		return weight;
	return fmax(weight, picture_unbounded(picture, CAUSE_READY) - picture->parallelism);
}

bool rule_spawn_bound(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	const struct report_wait *child = &report->totals.figures.waits[WAIT_CHILD];
	struct births births = births_of(picture);
	double waited = (double)(child->time_ns + child->ready_ns);
	double spent = births.short_life + waited, part = share(spent, picture->life);
	double rate = share(births.short_count, seconds(picture));
	double rate_limit = threshold(THRESHOLD_BIRTHS_PER_SECOND);

	if (rate < rate_limit || part < threshold(THRESHOLD_SPAWN))
		return false;
	ret->weight = weight_of_births(picture, spent);
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = fmin(finding_sure(0.95, rate, rate_limit),
			       finding_sure(0.95, part, threshold(THRESHOLD_SPAWN)));
	finding_title(ret, "%.0f threads and processes were born each second, to live for %s.",
		      rate, words_time(share(births.short_life, births.short_count)).text);
	finding_detail(ret, "%s of all thread time went into these lives and waits for them.",
		       words_share(fmin(part, 1)).text);
	finding_advice(ret, "Keep workers alive and give them one task after the other (a pool); "
			    "`partrace report --view processes` shows who was born.");
	finding_figure(ret, "births_per_second", rate);
	finding_figure(ret, "life_ns", share(births.short_life, births.short_count));
	finding_figure(ret, "spawn_share", fmin(part, 1));
	finding_figure(ret, "child_wait_ns", waited);
	finding_figure(ret, "processes", (double)report->totals.processes);
	finding_figure(ret, "threads", (double)report->totals.threads);
	return true;
}

bool rule_is_overhead(const struct picture *picture)
{
	struct finding spawn = { 0 };
	double rate, slice;

	return is_chatty(picture, &rate, &slice) || rule_spawn_bound(picture, &spawn);
}
