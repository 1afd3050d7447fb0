/* SPDX-License-Identifier: BSD-2-Clause */
/* `partrace snapshot`: what each thread does now; threads that do the same in one place are one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/fold_names.h"
#include "cli/report/lock_parts.h"

#define STACK_FRAMES 30u
#define TIDS_MAX     8u

/* Threads next to each other in the sorted list. */
struct group {
	const struct report_thread *const *threads;
	size_t count;
};

/* ---- what makes two threads do the same ---- */

static int compare_texts(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_frames(const struct report_frame *a, const struct report_frame *b)
{
	int r = compare_texts(a->function, b->function);

	if (!r)
		r = compare_texts(a->module, b->module);
	if (!r)
		r = compare_numbers(a->line, b->line);
	/* Two calls in one function without lines are two places. */
	return r ? r : compare_numbers(a->offset, b->offset);
}

/* Those that wait for a lock first, then those that could run, then who waits for something. */
static int rank_of(const struct report_thread *thread)
{
	static const char *const states[] = { "running", "ready", "waiting" };

	if (thread->waits_for)
		return 0;
	for (size_t i = 0; thread->state && i < ARRAY_LEN(states); i++)
		if (strcmp(thread->state, states[i]) == 0)
			return 1 + (int)i;
	return 4;
}

static int compare_doing(const struct report_thread *a, const struct report_thread *b)
{
	int r = rank_of(a) - rank_of(b);

	if (!r)
		r = compare_texts(a->state, b->state);
	if (!r)
		r = compare_texts(a->waits_for, b->waits_for);
	if (!r)
		r = compare_texts(a->syscall, b->syscall);
	if (!r)
		r = compare_numbers(a->frames_count, b->frames_count);
	for (size_t i = 0; !r && i < a->frames_count; i++)
		r = compare_frames(&a->frames[i], &b->frames[i]);
	return r;
}

static int by_doing(const void *left, const void *right)
{
	const struct report_thread *a = *(const struct report_thread *const *)left;
	const struct report_thread *b = *(const struct report_thread *const *)right;
	int r = compare_doing(a, b);

	return r ? r : compare_numbers(a->tid, b->tid);
}

static int by_size(const void *left, const void *right)
{
	const struct group *a = left, *b = right;
	int r = rank_of(a->threads[0]) - rank_of(b->threads[0]);

	if (!r)
		r = compare_numbers(b->count, a->count);
	return r ? r : compare_numbers(a->threads[0]->tid, b->threads[0]->tid);
}

/* ---- a group in words ---- */

static void tell_lasting(FILE *text, const struct report *report, const struct group *group)
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
static bool owner_is_among(const struct group *group, uint64_t owner)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->threads[i]->tid == owner)
			return true;
	return false;
}

static void tell_holder(FILE *text, const struct report *report, const struct group *group,
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
static bool tell_join(FILE *text, const struct report *report, const struct group *group,
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

static void tell_lock(FILE *text, const struct report *report, const struct group *group)
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

static void tell_tids(FILE *text, const struct group *group)
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

static bool have_one_name(const struct group *group)
{
	for (size_t i = 1; i < group->count; i++)
		if (compare_texts(group->threads[0]->name, group->threads[i]->name) != 0)
			return false;
	return true;
}

static void tell_names(FILE *text, const struct group *group)
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

static void tell_group(FILE *text, const struct report *report, const struct group *group)
{
	const struct report_thread *thread = group->threads[0];

	if (group->count > 1)
		tell_names(text, group);
	fputs(thread->state ? thread->state : "in a state that is not known", text);
	tell_lasting(text, report, group);
	if (thread->syscall)
		fprintf(text, " in %.60s", thread->syscall);
	tell_lock(text, report, group);
	if (group->count > 1)
		tell_tids(text, group);
}

static void print_group(const struct page *page, const struct group *group)
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
		snprintf(title, sizeof(title), "%.64s (%" PRIu64 ")",
			 thread->name ? thread->name : "", thread->tid);
	line_paragraph(page->out, page->style, title, words ? words : "");
	stack_print(page, thread->frames, thread->frames_count, STACK_FRAMES, false);
	section_gap(page);
}

/* ---- all of them ---- */

static size_t sort_living(const struct report *report, const struct report_thread **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < report->threads_count; i++)
		if (!report->threads[i].state || strcmp(report->threads[i].state, "exited") != 0)
			ret[count++] = &report->threads[i];
	qsort(ret, count, sizeof(*ret), by_doing);
	return count;
}

static size_t make_groups(const struct report_thread *const *threads, size_t count,
			  struct group *ret)
{
	size_t groups = 0;

	for (size_t i = 0; i < count; i++) {
		if (groups && compare_doing(ret[groups - 1].threads[0], threads[i]) == 0)
			ret[groups - 1].count++;
		else
			ret[groups++] = (struct group){ &threads[i], 1 };
	}
	qsort(ret, groups, sizeof(*ret), by_size);
	return groups;
}

void section_snapshot(const struct page *page)
{
	const struct report *report = page->report;
	size_t room = report->threads_count + 1;
	_cleanup_free_ const struct report_thread **threads = calloc(room, sizeof(*threads));
	_cleanup_free_ struct group *groups = calloc(room, sizeof(*groups));
	size_t count;

	if (!threads || !groups)
		return;
	count = make_groups(threads, sort_living(report, threads), groups);
	for (size_t i = 0; i < count; i++)
		print_group(page, &groups[i]);
	if (!count)
		line_paragraph(page->out, page->style, "", "No thread of the target lives.");
	deadlock_none_print(page);
}
