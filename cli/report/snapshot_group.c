/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/snapshot_group.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/fold_names.h"
#include "cli/report/lock_parts.h"

#define STACK_FRAMES 30u
#define TIDS_MAX     8u

static void tell_lasting(FILE *text, const struct report *report,
			 const struct snapshot_group *group)
{
	uint64_t least = UINT64_MAX, most = 0;
	struct figure low, high;

	for (size_t i = 0; i < group->count; i++) {
		uint64_t ns = lasting_ns(report, group->threads[i]->since_ns);

		least = ns < least ? ns : least;
		most = ns > most ? ns : most;
	}
	low = format_duration(least);
	high = format_duration(most);
	fprintf(text, " for %s", low.text);
	if (strcmp(low.text, high.text) != 0)
		fprintf(text, " to %s", high.text);
}

/* The deadlock's own look knows the holder also where the lock's memory does not. */
static uint64_t deadlocked_on(const struct report *report, uint64_t tid)
{
	for (size_t i = 0; i < report->deadlocks_count; i++)
		for (size_t k = 0; k < report->deadlocks[i].threads_count; k++)
			if (report->deadlocks[i].threads[k].tid == tid)
				return report->deadlocks[i].threads[k].held_by_tid;
	return 0;
}

/* Between two looks at one thread and another a busy lock is passed on. */
static bool owner_is_among(const struct snapshot_group *group, uint64_t owner)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->threads[i]->tid == owner)
			return true;
	return false;
}

static void tell_holder(FILE *text, const struct report *report, const struct snapshot_group *group,
			const struct report_lock *lock)
{
	uint64_t tid = group->threads[0]->tid, blocker = deadlocked_on(report, tid);
	uint64_t owner = lock && locks_owner(lock) ? locks_owner(lock) : blocker;

	if (owner && owner == blocker && owner == tid)
		fputs(", held by itself", text);
	else if (owner_is_among(group, owner))
		fputs(", which is changing hands", text);
	else if (owner)
		fprintf(text, ", held by %s", locks_thread_label(report, owner).text);
	else if (lock && lock->contended)
		fputs(", its holder is not known", text);
}

/* Who is to end is no holder, and the word that says so has no name. */
static bool tell_join(FILE *text, const struct report *report, const struct snapshot_group *group,
		      const struct report_lock *lock)
{
	uint64_t joined = lock ? locks_owner(lock) : 0;

	if (!joined || lock->contended || !lock->kind || strcmp(lock->kind, "join") != 0)
		return false;
	if (owner_is_among(group, joined))
		fputs(" for its own end (join)", text);
	else
		fprintf(text, " for the end of %s (join)", locks_thread_label(report, joined).text);
	return true;
}

static void tell_lock(FILE *text, const struct report *report, const struct snapshot_group *group)
{
	const char *id = group->threads[0]->waits_for;
	const struct report_lock *lock = locks_by_id(report, id);

	if (!id || tell_join(text, report, group, lock))
		return;
	fprintf(text, " for %.100s", lock ? locks_name(lock) : id);
	if (lock && !lock->contended)
		fprintf(text, " (%.20s)", lock->kind ? lock->kind : "futex");
	tell_holder(text, report, group, lock);
}

static void tell_tids(FILE *text, const struct snapshot_group *group)
{
	fputs(" · TIDs ", text);
	for (size_t i = 0, pieces = 0; i < group->count; pieces++) {
		uint64_t first = group->threads[i]->tid, last = first;

		if (pieces == TIDS_MAX) {
			fprintf(text, " and %zu more", group->count - i);
			return;
		}
		for (i++; i < group->count && group->threads[i]->tid == last + 1; i++)
			last++;
		fprintf(text, "%s%" PRIu64, pieces ? "," : "", first);
		if (last > first)
			fprintf(text, "%s%" PRIu64, last == first + 1 ? "," : "-", last);
	}
}

static const char *name_of(const struct report_thread *thread)
{
	return thread->name ? thread->name : "";
}

static bool have_one_name(const struct snapshot_group *group)
{
	for (size_t i = 1; i < group->count; i++)
		if (strcmp(name_of(group->threads[0]), name_of(group->threads[i])) != 0)
			return false;
	return true;
}

static void tell_names(FILE *text, const struct snapshot_group *group)
{
	_cleanup_free_ const char **names = calloc(group->count + 1, sizeof(*names));
	char folded[LOCK_NAME_BYTES] = "";

	for (size_t i = 0; names && i < group->count; i++)
		names[i] = group->threads[i]->name;
	/* How many they are has been said. */
	if (names)
		fold_names(names, have_one_name(group) ? 1 : group->count, folded, sizeof(folded));
	fprintf(text, "%s ", folded);
}

/* A stack that is read while its thread goes on is none. */
static void tell_missing_stack(FILE *text, const struct report *report,
			       const struct snapshot_group *group)
{
	const struct report_thread *thread = group->threads[0];

	if (thread->frames_count || !thread->state || strcmp(thread->state, "waiting") != 0)
		return;
	fputs(" · no stack", text);
	if (lasting_ns(report, thread->since_ns) < report->window.duration_ns)
		fprintf(text, ": %s moved meanwhile", group->count > 1 ? "they" : "it");
}

bool snapshot_is_stopped(const struct report_thread *thread)
{
	return thread->cause && strcmp(thread->cause, wait_names[WAIT_STOPPED]) == 0;
}

/* What it was doing when it was stopped is told by its stack alone. */
static void tell_stopped(FILE *text, const struct report *report,
			 const struct snapshot_group *group)
{
	const struct report_process *process = report->processes;
	const struct report_process *end = process + report->processes_count;

	while (process < end && process->pid != group->threads[0]->pid)
		process++;
	fputs("stopped", text);
	tell_lasting(text, report, group);
	if (process < end && report_is_traced(process))
		fprintf(text, " by %.60s (%" PRIu64 "), which traces it",
			process->tracer ? process->tracer : "PID", process->tracer_pid);
	else
		fputs(" by a signal or a freezer", text);
}

static void tell_wait(FILE *text, const struct report *report, const struct snapshot_group *group)
{
	const struct report_thread *thread = group->threads[0];

	fputs(thread->state ? thread->state : "in a state that is not known", text);
	tell_lasting(text, report, group);
	if (thread->syscall)
		fprintf(text, " in %.60s", thread->syscall);
	tell_lock(text, report, group);
}

static void tell_group(FILE *text, const struct report *report, const struct snapshot_group *group)
{
	if (group->count > 1)
		tell_names(text, group);
	if (snapshot_is_stopped(group->threads[0]))
		tell_stopped(text, report, group);
	else
		tell_wait(text, report, group);
	if (group->count > 1)
		tell_tids(text, group);
	tell_missing_stack(text, report, group);
}

void snapshot_group_print(const struct page *page, const struct snapshot_group *group)
{
	const struct report_thread *thread = group->threads[0];
	_cleanup_free_ char *words = NULL;
	char title[LOCK_NAME_BYTES];
	size_t size;
	FILE *text = open_memstream(&words, &size);

	if (!text)
		return;
	tell_group(text, page->report, group);
	fclose(text);
	if (group->count > 1)
		snprintf(title, sizeof(title), "%s", format_things(group->count, "thread").text);
	else
		snprintf(title, sizeof(title), "%.64s (%" PRIu64 ")", name_of(thread), thread->tid);
	line_paragraph(page->out, page->style, title, words ? words : "");
	stack_print(page, thread->frames, thread->frames_count, STACK_FRAMES, thread->frames_end);
	section_gap(page);
}
