/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/namesakes.h"

#include <stdlib.h>
#include <string.h>

#include "base/owned.h"

/* No text stands before every text. */
static int compare_texts(const char *one, const char *other)
{
	if (!one || !other)
		return (one != NULL) - (other != NULL);
	return one == other ? 0 : strcmp(one, other);
}

static int compare_births(const struct report_thread *one, const struct report_thread *other)
{
	if (one->started_ns != other->started_ns)
		return one->started_ns < other->started_ns ? -1 : 1;
	return one->tid < other->tid ? -1 : one->tid > other->tid;
}

static int compare_names(const struct report_thread *one, const struct report_thread *other)
{
	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	return compare_texts(one->name, other->name);
}

static int by_name_and_birth(const void *left, const void *right)
{
	const struct report_thread *one = *(const struct report_thread *const *)left;
	const struct report_thread *other = *(const struct report_thread *const *)right;
	int order = compare_names(one, other);

	return order ? order : compare_births(one, other);
}

/* Of one name. */
static int by_start_and_birth(const void *left, const void *right)
{
	const struct report_thread *one = *(const struct report_thread *const *)left;
	const struct report_thread *other = *(const struct report_thread *const *)right;
	int order = compare_texts(one->start, other->start);

	return order ? order : compare_births(one, other);
}

/* Threads of which no start is known do not make a difference. */
static bool starts_differ(const struct report_thread *const *alike, size_t count)
{
	const char *start = NULL;

	for (size_t i = 0; i < count; i++) {
		if (start && alike[i]->start && compare_texts(start, alike[i]->start) != 0)
			return true;
		start = start ? start : alike[i]->start;
	}
	return false;
}

static void number(const struct report *report, const struct report_thread *const *alike,
		   size_t count, bool by_start, struct namesakes *ret)
{
	for (size_t i = 0; i < count; i++)
		ret[alike[i] - report->threads] =
			(struct namesakes){ .by_start = by_start,
					    .rank = count > 1 ? (unsigned int)i + 1 : 0 };
}

/* Those of one name, in order of birth; they may be left in another. */
static void tell_apart(const struct report *report, const struct report_thread **alike,
		       size_t count, struct namesakes *ret)
{
	size_t end;

	if (!starts_differ(alike, count)) {
		number(report, alike, count, false, ret);
		return;
	}
	qsort(alike, count, sizeof(*alike), by_start_and_birth);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count; end++)
			if (compare_texts(alike[i]->start, alike[end]->start) != 0)
				break;
		number(report, alike + i, end - i, true, ret);
	}
}

struct namesakes *namesakes_of(const struct report *report)
{
	size_t count = report->threads_count, end;
	struct namesakes *ret = calloc(count + 1, sizeof(*ret));
	_cleanup_free_ const struct report_thread **order = calloc(count + 1, sizeof(void *));

	if (!ret || !order) {
		free(ret);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		order[i] = &report->threads[i];
	qsort(order, count, sizeof(*order), by_name_and_birth);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count; end++)
			if (compare_names(order[i], order[end]) != 0)
				break;
		/* Threads without any name bear no same one. */
		if (order[i]->name)
			tell_apart(report, order + i, end - i, ret);
	}
	return ret;
}
