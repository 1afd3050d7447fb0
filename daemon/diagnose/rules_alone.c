/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * imbalance where nobody waits for anybody: one works alone, while the others have not begun or are
 * through. Who is through does not wait, so no wait shows it.
 */
#include <math.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

struct alone {
	const struct thread_facts *who;
	double time;       /* that it runs alone, and nobody is held up meanwhile */
	double workers;    /* it, and the others that worked */
	double others_ran; /* running time of these */
	double through;    /* those that began with it, and ended */
	double through_ran;
	double tail; /* from the last one's end to its own, where all ended that began with it */
	bool rests;  /* they are there, and have no more work */
};

static double end_of(const struct picture *picture, const struct thread_facts *facts)
{
	return facts->row->exited_ns == NO_VALUE ? picture->window : (double)facts->row->exited_ns;
}

bool rule_are_of_a_kind(const struct thread_facts *one, const struct thread_facts *two)
{
	const struct report_thread *a = one->row, *b = two->row;

	return a->pid == b->pid || (a->name && b->name && !strcmp(a->name, b->name));
}

static bool began_with_it(const struct thread_facts *slow, const struct thread_facts *facts)
{
	double apart = fabs((double)slow->row->started_ns - (double)facts->row->started_ns);

	return rule_are_of_a_kind(slow, facts) &&
	       apart <= threshold(THRESHOLD_TOGETHER) * slow->life;
}

/* Who waits for the end of the others makes and ends them. */
static double rested(const struct thread_facts *slow, const struct thread_facts *facts)
{
	if (!facts->row || facts->row->tid == slow->row->pid)
		return 0;
	return fmax(facts->workless - (double)facts->row->figures.waits[WAIT_CHILD].time_ns, 0);
}

/*
 * While one of them is held up, it is by what holds it up that the other is alone; and what others
 * wait for that are there is another question (a meeting, a pool without work).
 */
static double held_up(const struct picture *picture, const struct thread_facts *slow)
{
	double ready = 0, sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (facts == slow || facts->idle)
			continue;
		ready += facts->ready;
		sum += rested(slow, facts);
		for (int cause = 0; cause < CAUSE_READY; cause++)
			sum += facts->lost[cause];
	}
	/* Ready beside one that runs alone: others have the CPUs. */
	return sum + fmin(ready, picture->others * picture->window);
}

/* What it shared with n others counts an n-th at most of the critical path, n being 2 or more. */
static double ran_alone(const struct thread_facts *facts)
{
	return fmax(2 * (double)facts->row->criticality_ns - facts->running, 0);
}

static void look_at_others(const struct picture *picture, struct alone *alone)
{
	double last = 0, own_end = end_of(picture, alone->who);
	bool all_through = true;

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (facts == alone->who || facts->idle || !facts->row ||
		    facts->running < threshold(THRESHOLD_KNOWN_REST) * alone->who->running)
			continue;
		alone->workers++;
		alone->others_ran += facts->running;
		/* The main thread may be there for the others alone. */
		if (!began_with_it(alone->who, facts) || facts->row->tid == alone->who->row->pid)
			continue;
		all_through = all_through && facts->row->exited_ns != NO_VALUE;
		alone->through++;
		alone->through_ran += facts->running;
		last = fmax(last, end_of(picture, facts));
	}
	if (alone->through && all_through)
		alone->tail = fmax(own_end - last, 0);
}

/* They may be there yet, in wait for work. */
static void look_at_tail(const struct picture *picture, struct alone *alone)
{
	struct tail_peers peers;
	double tail = rule_tail(picture, alone->who, &peers);

	if (tail <= alone->tail)
		return;
	alone->tail = tail;
	alone->rests = true;
	alone->through = peers.count;
	alone->through_ran = peers.ran;
}

/* Two or more at once, in the mean of the window. */
static double together(const struct report *report)
{
	double sum = 0;

	for (size_t i = 2; i < report->parallelism.levels; i++)
		sum += (double)report->parallelism.time_at_level_ns[i];
	return sum;
}

static void tell_straggler(const struct picture *picture, const struct alone *alone,
			   const char *who, struct finding *ret)
{
	double times = share(alone->who->running, alone->through_ran / alone->through);
	struct words part = words_share(share(alone->tail, picture->window));
	bool one = alone->through == 1;

	if (alone->rests)
		finding_title(ret,
			      "Thread %s worked on alone for %s of the time: the other%s had "
			      "no more work.",
			      who, part.text, one ? "" : "s");
	else
		finding_title(ret,
			      "Thread %s worked on alone for %s of the time: %s with it %s "
			      "through.",
			      who, part.text, one ? "the one that began" : "those that began",
			      one ? "was" : "were");
	finding_detail(ret, "It ran %.1f times as long as the mean of the other%s.", times,
		       one ? "" : "s");
	finding_figure(ret, "times_as_long", times);
	finding_advice(ret, "Cut the work into more and smaller parts, and let each worker take "
			    "the next one (a queue, chunksize=1).");
}

static void tell_serial_part(const struct picture *picture, const struct alone *alone,
			     const char *who, struct finding *ret)
{
	finding_title(ret, "Thread %s works alone for %s of the time: that part is serial.", who,
		      words_share(share(alone->time, picture->window)).text);
	finding_detail(ret, "The others have not begun then, or are through.");
	finding_advice(ret, "Give part of that work to the others, or begin theirs earlier.");
}

bool rule_works_alone(const struct picture *picture, struct finding *ret)
{
	double serial, limit = threshold(THRESHOLD_SERIAL) * picture->window, reach, rest;
	struct alone alone = { .who = rule_most_critical(picture, &serial), .workers = 1 };
	struct words who;
	bool straggles;

	if (!alone.who || picture->pinned || picture->quota || rule_is_overhead(picture))
		return false;
	look_at_others(picture, &alone);
	look_at_tail(picture, &alone);
	straggles = alone.tail >= limit;
	alone.time = fmin(ran_alone(alone.who), alone.who->running);
	/* Those that are through are not held up. */
	alone.time =
		straggles ? fmin(alone.time, alone.tail) : alone.time - held_up(picture, alone.who);
	if (alone.time < limit ||
	    (!straggles &&
	     (together(picture->report) < threshold(THRESHOLD_CAUSE) * picture->window ||
	      alone.others_ran < threshold(THRESHOLD_CAUSE) * alone.who->running)))
		return false;
	rest = picture->window - alone.time;
	reach = share(picture->parallelism * picture->window,
		      rest + alone.time / fmax(fmin(alone.workers, picture->attainable), 1));
	reach = fmax(fmin(reach, picture->attainable), picture->parallelism);
	ret->weight = reach - picture->parallelism;
	if (ret->weight < rule_least_weight(picture))
		return false;
	/* More work may come to who rests: then nothing was cut too large. */
	ret->severity = straggles && !alone.rests ? SEVERITY_PROBLEM : SEVERITY_NOTICE;
	ret->confidence = finding_sure(straggles && !alone.rests ? 0.9 : 0.7, alone.time, limit);
	who = words_thread(alone.who->row->name, alone.who->tid);
	(straggles ? tell_straggler : tell_serial_part)(picture, &alone, who.text, ret);
	rule_name_code(picture->report, alone.who->tid, ret);
	finding_name(ret, "thread", who.text);
	finding_figure(ret, "alone_share", share(alone.time, picture->window));
	finding_figure(ret, "workers", alone.workers);
	rule_add_gain(picture, ret, reach);
	finding_advice(ret, "`partrace report --view threads` shows each thread over time, `--view "
			    "code` on which functions it runs.");
	return true;
}
