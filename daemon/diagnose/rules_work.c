/* SPDX-License-Identifier: BSD-2-Clause */
/* imbalance, scales-well, idle: how the work is spread over the threads, if there is any. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/diagnose/rules.h"

/* ---- imbalance ---- */

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

bool rule_imbalance(const struct picture *picture, struct finding *ret)
{
	return rule_is_waited_for(picture, ret) || rule_works_alone(picture, ret);
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
			      small ? small : "no wait held it up");
	else
		finding_title(ret, "%s kept %.2f CPUs busy, %s of what they could: %s.",
			      rule_words_active(picture).text, picture->parallelism,
			      words_share(used).text, small ? small : "no wait held them up");
	if (!rule_tell_stage(picture, ret) && picture->active < threshold(THRESHOLD_ONE_THREAD) &&
	    threads > 1)
		finding_detail(ret, "The others have no work.");
	if (picture->idle_cpus >= threshold(THRESHOLD_PINNED_IDLE))
		finding_advice(ret, "%s stayed idle: more workers could use them.",
			       words_cpus(picture->idle_cpus).text);
	/* That cannot be seen here; but who finds no gain may know where to look. */
	if (picture->parallelism >= threshold(THRESHOLD_ONE_THREAD))
		finding_detail(ret, "Waiting for memory, or for a cache line that another CPU "
				    "writes, is running: `perf stat -d` counts that.");
	finding_figure(ret, "used_share", fmin(used, 1));
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	finding_figure(ret, "usable_cpus", picture->usable);
	return true;
}

/* In which it asked for nothing that this program gives; of one thread, whatever it waits for. */
static double without_work(const struct picture *picture, const struct thread_facts *facts)
{
	const struct report_wait *waits = facts->row->figures.waits;

	if (picture->active < threshold(THRESHOLD_ONE_THREAD))
		return facts->workless;
	return (double)(waits[WAIT_POLL].time_ns + waits[WAIT_SLEEP].time_ns +
			waits[WAIT_STOPPED].time_ns);
}

bool rule_keeps_up(const struct picture *picture, struct finding *ret)
{
	double had = 0, ran = 0, part, limit = threshold(THRESHOLD_SCALES);
	bool one = picture->active < threshold(THRESHOLD_ONE_THREAD);

	for (size_t i = 0; i < picture->threads_count; i++) {
		const struct thread_facts *facts = &picture->threads[i];

		if (facts->idle || !facts->row)
			continue;
		had += fmax(facts->life - without_work(picture, facts), 0);
		ran += facts->running;
	}
	part = share(ran, had);
	if (part < limit || picture->window < threshold(THRESHOLD_SHORT_WINDOW_NS))
		return false;
	ret->severity = SEVERITY_OK;
	ret->weight = rule_least_weight(picture);
	ret->confidence = finding_sure_part(0.9, part, limit);
	finding_title(ret, "%s had work %s of the time, and ran %s of that: no wait held %s up.",
		      one ? "One thread" : rule_words_active(picture).text,
		      words_share(share(had, picture->active_life)).text,
		      words_share(fmin(part, 1)).text, one ? "it" : "them");
	finding_figure(ret, "used_share", fmin(part, 1));
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

/* More than for all else that is no work. */
static bool waits_for_clients(const struct picture *picture)
{
	const struct report *report = picture->report;
	double sum = 0;

	for (size_t i = 0; i < picture->threads_count; i++)
		if (picture->threads[i].row)
			sum += picture_accepted(&picture->threads[i].row->figures);
	return sum > (double)report->totals.figures.waits[main_wait(report)].time_ns;
}

/* Goroutines that queue for one mutex leave threads without work, as having none does. */
static bool hides_waits(const struct report *report)
{
	return report->notes_count > 0;
}

/* What keeps a parent waiting is seen in its children, which may have been there before. */
static void advise_idle(const struct report *report, struct finding *ret)
{
	if (hides_waits(report))
		finding_advice(ret,
			       "If there should be work, ask Go's own mutex and block profiles "
			       "(runtime.SetMutexProfileFraction, go tool pprof) what its "
			       "goroutines wait for.");
	else if (main_wait(report) == WAIT_CHILD && report->processes_count == 1)
		finding_advice(ret,
			       "Look at what its children do: `partrace attach --tree -p %lu` "
			       "watches them, too.",
			       (unsigned long)report->processes[0].pid);
	else
		finding_advice(ret,
			       "Look at who should give them work; `partrace report --view waits` "
			       "shows where they wait.");
}

bool rule_idle(const struct picture *picture, struct finding *ret)
{
	static const char *const waits[WAIT_COUNT] = {
		[WAIT_CONDITION] = "wait for work or for each other (condition)",
		[WAIT_POLL] = "wait for events (poll) or signals",
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
	ret->confidence = finding_sure_part(hides_waits(picture->report) ? 0.6 : 0.95,
					    picture->workless_share, limit);
	finding_figure(ret, "workless_share", picture->workless_share);
	finding_figure(ret, "parallelism_cpus", picture->parallelism);
	if (rule_nobody_wakes(picture, ret) || rule_is_stopped(picture, ret))
		return true;
	finding_title(ret, "There is little to do: %s of all thread time is without work.",
		      words_share(picture->workless_share).text);
	finding_detail(ret, "Most threads %s. Nothing is wrong with that, unless %s.",
		       waits_for_clients(picture) ? "wait for clients (accept)"
						  : waits[main_wait(picture->report)],
		       hides_waits(picture->report) ? "goroutines queue for a lock, which is not "
						      "seen here, or there should be work"
						    : "there should be work");
	if (picture->queued >= threshold(THRESHOLD_CAUSE) * picture->life)
		finding_detail(ret, "Some queue for a lock whose holder waits for work itself.");
	rule_tell_unposted(picture->report, ret);
	advise_idle(picture->report, ret);
	return true;
}
