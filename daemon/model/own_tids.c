// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/own_tids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

void own_tids_release(struct own_tids *tids)
{
	free(tids->by_process);
	free(tids->by_number);
	*tids = (struct own_tids){ 0 };
}

void own_tids_begin(struct own_tids *tids)
{
	tids->count = 0;
}

int own_tids_add(struct own_tids *tids, const struct own_tid *thread)
{
	struct own_tid *list =
		grow(tids->by_process, tids->count, &tids->room, sizeof(*tids->by_process));

	if (!list)
		return -ENOMEM;
	tids->by_process = list;
	list[tids->count++] = *thread;
	return 0;
}

static int compare(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

static int by_process(const void *one, const void *other)
{
	const struct own_tid *a = one, *b = other;
	int order = compare(a->pid, b->pid);

	return order ? order : compare(a->own_tid, b->own_tid);
}

static int by_number(const void *one, const void *other)
{
	const struct own_tid *a = one, *b = other;

	return compare(a->own_tid, b->own_tid);
}

int own_tids_end(struct own_tids *tids)
{
	struct own_tid *copy;

	if (!tids->count)
		return 0;
	copy = reallocarray(tids->by_number, tids->room, sizeof(*copy));
	if (!copy) {
		tids->count = 0;
		return -ENOMEM;
	}
	tids->by_number = copy;
	memcpy(copy, tids->by_process, tids->count * sizeof(*copy));
	qsort(tids->by_process, tids->count, sizeof(*copy), by_process);
	qsort(copy, tids->count, sizeof(*copy), by_number);
	return 0;
}

static int by_pid(const void *one, const void *other)
{
	const struct own_tid *a = one, *b = other;

	return compare(a->pid, b->pid);
}

bool own_tids_namespace(const struct own_tids *tids, uint32_t pid, uint64_t *ret)
{
	struct own_tid key = { .pid = pid };
	const struct own_tid *found = NULL;

	if (tids->count)
		found = bsearch(&key, tids->by_process, tids->count, sizeof(key), by_pid);
	if (found)
		*ret = found->pid_namespace;
	return found != NULL;
}

uint32_t own_tids_find(const struct own_tids *tids, uint32_t pid, uint32_t own_tid)
{
	struct own_tid key = { .pid = pid, .own_tid = own_tid };
	const struct own_tid *found = NULL;

	if (tids->count)
		found = bsearch(&key, tids->by_process, tids->count, sizeof(key), by_process);
	return found ? found->tid : 0;
}

size_t own_tids_numbered(const struct own_tids *tids, uint32_t own_tid, const struct own_tid **ret)
{
	struct own_tid key = { .own_tid = own_tid };
	const struct own_tid *first = NULL, *end;

	if (tids->count)
		first = bsearch(&key, tids->by_number, tids->count, sizeof(key), by_number);
	if (!first)
		return 0;
	for (end = first; end < tids->by_number + tids->count && end->own_tid == own_tid;)
		end++;
	while (first > tids->by_number && first[-1].own_tid == own_tid)
		first--;
	*ret = first;
	return (size_t)(end - first);
}
