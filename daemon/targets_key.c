// SPDX-License-Identifier: BSD-2-Clause
/* Which requests ask for the same targets. Pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/owned.h"
#include "daemon/targets.h"

static int by_number(const void *one, const void *other)
{
	pid_t a = *(const pid_t *)one, b = *(const pid_t *)other;

	return a < b ? -1 : a > b;
}

static void write_sorted(FILE *out, const pid_t *ids, size_t count)
{
	_cleanup_free_ pid_t *sorted = calloc(count + 1, sizeof(*sorted));

	if (!sorted)
		return;
	if (count)
		memcpy(sorted, ids, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_number);
	for (size_t i = 0; i < count; i++)
		if (!i || sorted[i] != sorted[i - 1])
			fprintf(out, "%d,", sorted[i]);
}

char *targets_key(const struct target_request *request)
{
	char *key = NULL;
	size_t size;
	FILE *out;

	if (request->names_count || request->cgroups_count || request->tree)
		return NULL;
	out = open_memstream(&key, &size);
	if (!out)
		return NULL;
	fprintf(out, "follow %d all %d pids ", request->follow, request->all);
	write_sorted(out, request->pids, request->pids_count);
	fprintf(out, " tids ");
	write_sorted(out, request->tids, request->tids_count);
	fclose(out);
	return key;
}

bool targets_name(const struct target_request *request, pid_t pid, pid_t tid)
{
	if (request->all)
		return true;
	for (size_t i = 0; i < request->pids_count; i++)
		if (request->pids[i] == pid)
			return true;
	for (size_t i = 0; i < request->tids_count; i++)
		if (request->tids[i] == tid)
			return true;
	return false;
}
