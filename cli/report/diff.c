/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/diff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/locks.h"
#include "cli/report/verdict.h"

static const char *const share_names[SHARE_COUNT] = {
	[SHARE_RUNNING] = "running",
	[SHARE_READY] = "ready",
	[SHARE_WAITS + WAIT_LOCK] = "lock wait",
	[SHARE_WAITS + WAIT_CONDITION] = "condition",
	[SHARE_WAITS + WAIT_IO] = "io",
	[SHARE_WAITS + WAIT_IPC] = "ipc",
	[SHARE_WAITS + WAIT_POLL] = "poll",
	[SHARE_WAITS + WAIT_SLEEP] = "sleep",
	[SHARE_WAITS + WAIT_CHILD] = "child",
	[SHARE_WAITS + WAIT_FAULT] = "fault",
	[SHARE_WAITS + WAIT_STOPPED] = "stopped",
	[SHARE_WAITS + WAIT_OTHER] = "other",
};

/* Two reports, and the least that counts. */
struct pair {
	const struct report *before;
	const struct report *after;
	double least;
};

static struct change *add(struct diff *diff, const struct pair *pair, const char *what, double size)
{
	struct change *change = &diff->changes[diff->count];

	if (diff->count == DIFF_CHANGES_MAX || !isfinite(size) || size < pair->least)
		return NULL;
	diff->count++;
	snprintf(change->what, sizeof(change->what), "%s", what);
	change->size = size;
	return change;
}

/* What it grew or shrank by, of what it was; from nothing to something is all of it. */
static double relative(double before, double after)
{
	double base = fmax(before, after);

	return base > 0 ? fabs(after - before) / base : 0;
}

static void add_shares(struct diff *diff, const struct pair *pair)
{
	struct verdict_shares before = verdict_shares(&pair->before->totals.figures);
	struct verdict_shares after = verdict_shares(&pair->after->totals.figures);

	for (int i = 0; i < SHARE_COUNT; i++) {
		double size = fabs(share_of(after.ns[i], after.whole_ns) -
				   share_of(before.ns[i], before.whole_ns));
		struct change *change = add(diff, pair, share_names[i], size);

		if (!change)
			continue;
		change->before = format_share(before.ns[i], before.whole_ns);
		change->after = format_share(after.ns[i], after.whole_ns);
	}
}

static void add_times(struct diff *diff, const struct pair *pair, const char *what, uint64_t before,
		      uint64_t after)
{
	struct change *change;

	if (before == NO_VALUE || after == NO_VALUE)
		return;
	change = add(diff, pair, what, relative((double)before, (double)after));
	if (!change)
		return;
	change->before = format_duration(before);
	change->after = format_duration(after);
}

static void add_parallelism(struct diff *diff, const struct pair *pair)
{
	double before = pair->before->parallelism.mean, after = pair->after->parallelism.mean;
	struct change *change = add(diff, pair, "parallelism", relative(before, after));

	if (!change)
		return;
	snprintf(change->before.text, sizeof(change->before.text), "%.2f", before);
	snprintf(change->after.text, sizeof(change->after.text), "%.2f", after);
}

/* From its first instruction to its last; a window of another kind is as long as it was asked to
 * be. */
static void add_elapsed(struct diff *diff, const struct pair *pair)
{
	const char *before = pair->before->target.kind, *after = pair->after->target.kind;

	if (before && after && !strcmp(before, "exec") && !strcmp(after, "exec"))
		add_times(diff, pair, "elapsed", pair->before->window.duration_ns,
			  pair->after->window.duration_ns);
}

static uint64_t thread_time_ns(const struct report *report)
{
	return verdict_shares(&report->totals.figures).whole_ns;
}

/* By name: addresses and PIDs differ from run to run. */
static uint64_t wait_for(const struct report *report, const char *name)
{
	struct lock_walk walk = { .report = report };
	const struct report_lock *lock;
	uint64_t sum = 0;

	while ((lock = locks_next(&walk)))
		if (lock->contended && !strcmp(locks_name(lock), name))
			sum += lock->wait_ns;
	return sum;
}

static bool is_first_of_name(const struct report *report, const struct report_lock *lock)
{
	struct lock_walk walk = { .report = report };
	const struct report_lock *other;

	while ((other = locks_next(&walk)) && other != lock)
		if (!strcmp(locks_name(other), locks_name(lock)))
			return false;
	return true;
}

static void add_lock(struct diff *diff, const struct pair *pair, const char *name)
{
	uint64_t before_ns = thread_time_ns(pair->before), after_ns = thread_time_ns(pair->after);
	uint64_t before = wait_for(pair->before, name), after = wait_for(pair->after, name);
	double size = fabs(share_of(after, after_ns) - share_of(before, before_ns));
	struct change *change;
	char what[80];

	snprintf(what, sizeof(what), "wait for %.60s", name);
	change = add(diff, pair, what, size);
	if (!change)
		return;
	change->before = format_share(before, before_ns);
	change->after = format_share(after, after_ns);
}

static void add_locks(struct diff *diff, const struct pair *pair)
{
	struct lock_walk before = { .report = pair->before }, after = { .report = pair->after };
	const struct report_lock *lock;

	while ((lock = locks_next(&before)))
		if (is_first_of_name(pair->before, lock))
			add_lock(diff, pair, locks_name(lock));
	while ((lock = locks_next(&after)))
		if (is_first_of_name(pair->after, lock) &&
		    !wait_for(pair->before, locks_name(lock)))
			add_lock(diff, pair, locks_name(lock));
}

static int largest_first(const void *one, const void *two)
{
	double a = ((const struct change *)one)->size, b = ((const struct change *)two)->size;

	return (a < b) - (a > b);
}

void diff_reports(const struct report *before, const struct report *after,
		  const uint64_t ns_per_task[2], double least, struct diff *ret)
{
	struct pair pair = { before, after, least };

	ret->count = 0;
	if (ns_per_task[0] && ns_per_task[1])
		add_times(ret, &pair, "time for each task", ns_per_task[0], ns_per_task[1]);
	add_elapsed(ret, &pair);
	add_parallelism(ret, &pair);
	add_shares(ret, &pair);
	add_locks(ret, &pair);
	add_times(ret, &pair, "run-queue wait, p99", before->run_queue.p99_ns,
		  after->run_queue.p99_ns);
	qsort(ret->changes, ret->count, sizeof(ret->changes[0]), largest_first);
}

static bool has(const struct report *report, const char *id)
{
	for (size_t i = 0; i < report->findings_count; i++)
		if (report->findings[i].id && !strcmp(report->findings[i].id, id))
			return true;
	return false;
}

static bool is_severe(const struct report_finding *finding, enum severity least)
{
	for (int i = (int)least; i < SEVERITY_COUNT; i++)
		if (finding->severity && !strcmp(finding->severity, severity_names[i]))
			return true;
	return false;
}

const struct report_finding *diff_finding(const struct report *report, const struct report *other,
					  enum severity severity, size_t index)
{
	for (size_t i = 0; i < report->findings_count; i++) {
		const struct report_finding *finding = &report->findings[i];

		if (!finding->id || !is_severe(finding, severity) || has(other, finding->id))
			continue;
		if (index-- == 0)
			return finding;
	}
	return NULL;
}
