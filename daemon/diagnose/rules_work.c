/* SPDX-License-Identifier: BSD-2-Clause */
/* imbalance, scales-well, idle: how the work is spread over the threads, if there is any. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

/* ---- imbalance ---- */

/* A wait for work or for each other that somebody's work ends; a join is how things end. */
static bool is_meeting(const struct report_lock *lock)
{
	return !lock->contended && lock->kind && strcmp(lock->kind, "join") != 0 &&
	       strcmp(lock->kind, "parker") != 0 && lock->waiters_count && lock->holders_count &&
	       share((double)lock->waits, (double)lock->waiters_count) >=
		       threshold(THRESHOLD_ASKED_AGAIN);
}

/* Of all such waits, the part that this thread's work lasted through. */
static double waited_for(const struct report *report, uint64_t tid, double *ret_whole)
{
	double sum = 0;

	*ret_whole = 0;
	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		const struct report_holder_state *state = &lock->holder_state_ns;
		double at_work = (double)(state->running + state->ready);
		double whole = at_work + (double)(state->lock + state->io + state->other);

		if (!is_meeting(lock))
			continue;
		*ret_whole += (double)lock->blocked_ns;
		for (size_t j = 0; j < lock->holders_count; j++)
			if (lock->holders[j].tid == tid)
				sum += (double)lock->holders[j].blocked_others_ns *
				       share(at_work, whole);
	}
	return sum;
}

/* Threads that wait at such meetings, and the one they wait for. */
static double parties(const struct report *report)
{
	size_t most = 0;

	for (size_t i = 0; i < report->locks_count; i++)
		if (is_meeting(&report->locks[i]) && report->locks[i].waiters_count > most)
			most = report->locks[i].waiters_count;
	return (double)most + 1;
}

/* Where that thread mostly is while others wait for it; NULL: not known. */
static const struct report_code *serial_code(const struct report *report, uint64_t tid)
{
	for (size_t i = 0; i < report->code_count; i++) {
		const struct report_code *code = &report->code[i];

		if (code->function && code->threads_count && code->threads[0].tid == tid)
			return (double)code->samples >= threshold(THRESHOLD_SAMPLES) ? code : NULL;
	}
	return NULL;
}

void rule_name_code(const struct report *report, uint64_t tid, struct finding *ret)
{
	const struct report_code *code = serial_code(report, tid);
	char name[FINDING_NAME];

	if (!code)
		return;
	snprintf(name, sizeof(name), "%.90s", code->function);
	finding_detail(ret, "Of its code, %s is the most serial.", name);
	finding_name(ret, "function", name);
}

static bool is_waited_for(const struct picture *picture, struct finding *ret)
{
	const struct report *report = picture->report;
	double serial, whole, reach, waited, limit = threshold(THRESHOLD_WAITED_FOR);
	double fair = 1 / parties(report);
	const struct thread_facts *slow = rule_most_critical(picture, &serial);
	struct words who;

	if (!slow || serial < fair + threshold(THRESHOLD_SERIAL))
		return false;
	waited = waited_for(report, slow->tid, &whole);
	if (share(waited, whole) < limit ||
	    share(waited, picture->life) < threshold(THRESHOLD_CAUSE))
		return false;
	reach = fmax(fmin(parties(report), picture->attainable), picture->parallelism);
	ret->weight = reach - picture->parallelism;
	ret->severity = rule_severity(picture, ret->weight);
	ret->confidence = finding_sure(0.9, serial - fair, threshold(THRESHOLD_SERIAL));
	who = words_thread(slow->row->name, slow->tid);
	finding_title(ret,
		      "Others wait for thread %s while it works: it is %s of the critical path.",
		      who.text, words_share(serial).text);
	finding_detail(ret,
		       "%s of all thread time is such waiting; that thread runs %s of the time.",
		       words_share(share(waited, picture->life)).text,
		       words_share(share(slow->running, picture->window)).text);
	rule_name_code(report, slow->tid, ret);
	finding_name(ret, "thread", who.text);
	finding_figure(ret, "criticality_share", serial);
	finding_figure(ret, "waited_for_share", share(waited, picture->life));
	finding_figure(ret, "waited_for_ns", waited);
	rule_add_gain(picture, ret, reach);
	finding_advice(ret, "Give part of its work to the others, or more threads to its stage; "
			    "`partrace report --view threads` shows each thread over time, "
			    "`--view code` on which functions it runs.");
	return true;
}

bool rule_imbalance(const struct picture *picture, struct finding *ret)
{
	return is_waited_for(picture, ret) || rule_works_alone(picture, ret);
}

/* ---- nothing limits ---- */

/* Threads that want to run, in the mean. */
static double wanting(const struct picture *picture)
{
	double sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++)
		if (!picture->threads[i].idle)
			sum += picture->threads[i].running + picture->threads[i].ready;
	return share(sum, picture->window);
}

/* From which part of the CPUs on: less where several small losses add up, and none counts. */
static double enough_used(const struct picture *picture)
{
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		if (picture->lost_share[cause] >= threshold(THRESHOLD_CAUSE))
			return threshold(THRESHOLD_SCALES);
	return threshold(THRESHOLD_NEARLY_SCALES);
}

bool rule_scales_well(const struct picture *picture, struct finding *ret)
{
	double could = fmin(fmax(picture->active, 1), picture->attainable);
	double used = share(picture->parallelism, could), limit = enough_used(picture);
	const char *small =
		used < threshold(THRESHOLD_SCALES) ? "small losses, and none of them counts" : NULL;
	uint64_t threads = picture->report->totals.threads;

	if (used < limit || wanting(picture) <= 0)
		return false;
	ret->severity = SEVERITY_OK;
	ret->weight = rule_least_weight(picture);
	ret->confidence = finding_sure_part(0.97, used, limit);
	if (picture->active < threshold(THRESHOLD_ONE_THREAD))
		finding_title(ret, "One thread has work, and it ran %s of the time: %s.",
			      words_share(picture->parallelism).text,
			      small ? small : "nothing held it up");
	else
		finding_title(ret, "%s kept %.2f CPUs busy, %s of what they could: %s.",
			      rule_words_active(picture).text, picture->parallelism,
			      words_share(used).text, small ? small : "nothing held them up");
	if (!rule_tell_stage(picture, ret) && picture->active < threshold(THRESHOLD_ONE_THREAD) &&
	    threads > 1)
		finding_detail(ret, "The others have no work.");
	if (picture->idle_cpus >= threshold(THRESHOLD_PINNED_IDLE))
		finding_advice(ret, "%s stayed idle: more workers could use them.",
			       words_cpus(picture->idle_cpus).text);
	finding_figure(ret, "used_share", fmin(used, 1));
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	finding_figure(ret, "usable_cpus", picture->usable);
	return true;
}

static enum wait_cause main_wait(const struct report *report)
{
	static const enum wait_cause causes[] = { WAIT_CONDITION, WAIT_POLL,    WAIT_SLEEP,
						  WAIT_CHILD,     WAIT_STOPPED, WAIT_IPC };
	enum wait_cause most = WAIT_CONDITION;

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (report->totals.figures.waits[causes[i]].time_ns >
		    report->totals.figures.waits[most].time_ns)
			most = causes[i];
	return most;
}

bool rule_idle(const struct picture *picture, struct finding *ret)
{
	static const char *const waits[WAIT_COUNT] = {
		[WAIT_CONDITION] = "wait for work or for each other (condition)",
		[WAIT_POLL] = "wait for events (poll)",
		[WAIT_SLEEP] = "sleep by their own wish",
		[WAIT_CHILD] = "wait for child processes",
		[WAIT_STOPPED] = "are stopped",
		[WAIT_IPC] = "wait at pipes or sockets",
	};
	double limit = threshold(THRESHOLD_IDLE);

	if (picture->workless_share < limit)
		return false;
	ret->severity = SEVERITY_OK;
	ret->weight = rule_least_weight(picture);
	ret->confidence = finding_sure_part(0.95, picture->workless_share, limit);
	finding_title(ret, "There is little to do: %s of all thread time is without work.",
		      words_share(picture->workless_share).text);
	finding_detail(ret,
		       "Most threads %s. Nothing is wrong with that, unless there should be work.",
		       waits[main_wait(picture->report)]);
	if (picture->queued >= threshold(THRESHOLD_CAUSE) * picture->life)
		finding_detail(ret, "Some queue for a lock whose holder waits for work itself.");
	finding_advice(ret,
		       "Look at who should give them work; `partrace report --view waits` shows "
		       "where they wait.");
	finding_figure(ret, "workless_share", picture->workless_share);
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	return true;
}
