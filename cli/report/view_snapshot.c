/* SPDX-License-Identifier: BSD-2-Clause */
/* `partrace snapshot`: what each thread does now; threads that do the same in one place are one. */
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/line.h"
#include "cli/report/lock_parts.h"
#include "cli/report/snapshot_group.h"

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
		r = compare_texts(a->cause, b->cause);
	/* Who stopped it is told of a process. */
	if (!r && snapshot_is_stopped(a))
		r = compare_numbers(a->pid, b->pid);
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
	const struct snapshot_group *a = left, *b = right;
	int r = rank_of(a->threads[0]) - rank_of(b->threads[0]);

	if (!r)
		r = compare_numbers(b->count, a->count);
	return r ? r : compare_numbers(a->threads[0]->tid, b->threads[0]->tid);
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
			  struct snapshot_group *ret)
{
	size_t groups = 0;

	for (size_t i = 0; i < count; i++) {
		if (groups && compare_doing(ret[groups - 1].threads[0], threads[i]) == 0)
			ret[groups - 1].count++;
		else
			ret[groups++] = (struct snapshot_group){ &threads[i], 1 };
	}
	qsort(ret, groups, sizeof(*ret), by_size);
	return groups;
}

void section_snapshot(const struct page *page)
{
	const struct report *report = page->report;
	size_t room = report->threads_count + 1;
	_cleanup_free_ const struct report_thread **threads = calloc(room, sizeof(*threads));
	_cleanup_free_ struct snapshot_group *groups = calloc(room, sizeof(*groups));
	size_t count;

	if (!threads || !groups)
		return;
	count = make_groups(threads, sort_living(report, threads), groups);
	for (size_t i = 0; i < count; i++)
		snapshot_group_print(page, &groups[i]);
	if (!count)
		line_paragraph(page->out, page->style, "", "No thread of the target lives.");
	deadlock_none_print(page);
}
