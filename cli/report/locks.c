/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/locks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "cli/report/caller_frame.h"

#define CALLERS_MAX  64u
#define COMPARED_MAX 64u

const char *locks_name(const struct report_lock *lock)
{
	if (lock->name && *lock->name)
		return lock->name;
	return lock->id ? lock->id : "a lock";
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

const struct report_lock *locks_by_id(const struct report *report, const char *id)
{
	for (size_t i = 0; id && i < report->locks_count; i++)
		if (same_text(report->locks[i].id, id))
			return &report->locks[i];
	for (size_t i = 0; id && i < report->lock_crowds_count; i++)
		if (same_text(report->lock_crowds[i].id, id))
			return &report->lock_crowds[i];
	return NULL;
}

const struct report_lock *locks_foremost(const struct report *report)
{
	const struct report_lock *first = NULL;

	for (size_t i = 0; !first && i < report->locks_count; i++)
		if (report->locks[i].contended)
			first = &report->locks[i];
	if (first && report->lock_crowds_count && report->lock_crowds[0].wait_ns >= first->wait_ns)
		return &report->lock_crowds[0];
	return first;
}

/* The last that has this name, else `found`. */
static const struct report_lock *named_in(const struct report_lock *locks, size_t count,
					  const char *name, const struct report_lock *found,
					  bool *ret_several)
{
	for (size_t i = 0; i < count; i++) {
		if (!same_text(locks[i].name, name))
			continue;
		*ret_several = *ret_several || found;
		found = &locks[i];
	}
	return found;
}

const struct report_lock *locks_find(const struct report *report, const char *which)
{
	const struct report_lock *found = locks_by_id(report, which);
	char *end;
	unsigned long number = strtoul(which, &end, 10);
	bool several = false;

	if (found)
		return found;
	if (!*end && number >= 1 && number <= report->locks_count)
		return &report->locks[number - 1];
	found = named_in(report->locks, report->locks_count, which, NULL, &several);
	found = named_in(report->lock_crowds, report->lock_crowds_count, which, found, &several);
	return several ? NULL : found;
}

/* ---- what was probably meant ---- */

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance of the first bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t length_a = strnlen(a, COMPARED_MAX), length_b = strnlen(b, COMPARED_MAX);
	size_t row[COMPARED_MAX + 1];

	for (size_t k = 0; k <= length_b; k++)
		row[k] = k;
	for (size_t i = 1; i <= length_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= length_b; k++) {
			size_t above = row[k];

			row[k] = smallest(above + 1, row[k - 1] + 1,
					  diagonal + (a[i - 1] != b[k - 1]));
			diagonal = above;
		}
	}
	return row[length_b];
}

static size_t distance_to(const struct report_lock *lock, const char *which)
{
	size_t by_id = lock->id ? distance(lock->id, which) : SIZE_MAX;
	size_t by_name = lock->name ? distance(lock->name, which) : SIZE_MAX;

	return by_id < by_name ? by_id : by_name;
}

size_t locks_nearest(const struct report *report, const char *which, const struct report_lock **ret,
		     size_t limit)
{
	size_t count = 0;

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];
		size_t far = distance_to(lock, which), at = count;

		while (at && distance_to(ret[at - 1], which) > far)
			at--;
		if (at >= limit)
			continue;
		count += count < limit;
		memmove(&ret[at + 1], &ret[at], (count - at - 1) * sizeof(*ret));
		ret[at] = lock;
	}
	return count;
}

/* ---- threads ---- */

const struct report_thread *locks_thread(const struct report *report, uint64_t tid)
{
	for (size_t i = 0; i < report->threads_count; i++)
		if (report->threads[i].tid == tid)
			return &report->threads[i];
	return NULL;
}

struct figure locks_thread_label(const struct report *report, uint64_t tid)
{
	const struct report_thread *thread = locks_thread(report, tid);
	struct figure figure;

	if (thread && thread->name && *thread->name)
		snprintf(figure.text, sizeof(figure.text), "%.32s (%llu)", thread->name,
			 (unsigned long long)tid);
	else
		snprintf(figure.text, sizeof(figure.text), "TID %llu", (unsigned long long)tid);
	return figure;
}

uint64_t locks_blocked_ns(const struct report_lock *lock)
{
	return lock->blocked_ns && lock->blocked_ns != NO_VALUE ? lock->blocked_ns : lock->wait_ns;
}

uint64_t locks_owner(const struct report_lock *lock)
{
	return lock->owner_tid == NO_VALUE ? 0 : lock->owner_tid;
}

uint64_t locks_more(uint64_t more)
{
	return more == NO_VALUE ? 0 : more;
}

/* ---- stacks ---- */

static bool same_place(const struct report_frame *a, const struct report_frame *b)
{
	return same_text(a->function, b->function) && same_text(a->file, b->file) &&
	       same_text(a->module, b->module) && a->line == b->line &&
	       (a->function || a->offset == b->offset);
}

static void add_caller(struct lock_caller *callers, size_t *count, const struct report_stack *stack)
{
	const struct report_frame *frame = caller_frame(stack->frames, stack->frames_count);
	size_t i = 0;

	if (!frame)
		return;
	while (i < *count && !same_place(callers[i].frame, frame))
		i++;
	if (i == CALLERS_MAX)
		return;
	if (i == *count)
		callers[(*count)++] = (struct lock_caller){ .frame = frame, .stack = stack };
	if (stack->wait_ns > callers[i].stack->wait_ns)
		callers[i].stack = stack;
	callers[i].waits += stack->waits;
	callers[i].wait_ns += stack->wait_ns;
}

static int heavier(const void *left, const void *right)
{
	const struct lock_caller *a = left, *b = right;

	return a->wait_ns > b->wait_ns ? -1 : a->wait_ns < b->wait_ns;
}

size_t locks_callers(const struct report_lock *lock, const char *role, struct lock_caller *ret,
		     size_t limit, uint64_t *ret_whole_ns)
{
	struct lock_caller callers[CALLERS_MAX] = { 0 };
	size_t count = 0;

	*ret_whole_ns = 0;
	for (size_t i = 0; i < lock->stacks_count; i++) {
		if (!same_text(lock->stacks[i].role, role))
			continue;
		*ret_whole_ns += lock->stacks[i].wait_ns;
		add_caller(callers, &count, &lock->stacks[i]);
	}
	qsort(callers, count, sizeof(*callers), heavier);
	if (count > limit)
		count = limit;
	memcpy(ret, callers, count * sizeof(*ret));
	return count;
}

const struct report_stack *locks_heaviest_stack(const struct report_lock *lock, const char *role)
{
	const struct report_stack *heaviest = NULL;

	for (size_t i = 0; i < lock->stacks_count; i++) {
		const struct report_stack *stack = &lock->stacks[i];

		if (same_text(stack->role, role) && stack->frames_count &&
		    (!heaviest || stack->wait_ns > heaviest->wait_ns))
			heaviest = stack;
	}
	return heaviest;
}

struct lock_sums locks_sums(const struct report *report, bool contended)
{
	struct lock_sums sums = { 0 };

	for (size_t i = 0; i < report->locks_count; i++) {
		const struct report_lock *lock = &report->locks[i];

		if (lock->contended != contended)
			continue;
		sums.locks++;
		sums.waits += lock->waits;
		sums.wait_ns += lock->wait_ns;
		sums.stackless_ns += lock->stackless_ns == NO_VALUE ? 0 : lock->stackless_ns;
		if (lock->max_wait_ns > sums.max_wait_ns)
			sums.max_wait_ns = lock->max_wait_ns;
	}
	return sums;
}
