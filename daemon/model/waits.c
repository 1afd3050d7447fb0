// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/waits.h"

#include <stdlib.h>

#include "daemon/model/syscall_names.h"

void wait_sums_add(struct wait_sums *sums, const struct syscall_totals rows[SYSCALL_ROWS])
{
	for (size_t i = 0; i < SYSCALL_ROW_ALL; i++) {
		size_t at = 0;

		if (!rows[i].key || (!rows[i].count && !rows[i].time_ns))
			continue;
		while (at < sums->count && sums->rows[at].key != rows[i].key)
			at++;
		if (at == WAIT_SUMS_MAX)
			continue;
		if (at == sums->count)
			sums->rows[sums->count++] = (struct wait_sum){ .key = rows[i].key };
		sums->rows[at].count += rows[i].count;
		sums->rows[at].time_ns += rows[i].time_ns;
	}
}

size_t wait_rows_of(const struct syscall_totals rows[SYSCALL_ROWS],
		    struct wait_sum ret[SYSCALL_ROWS])
{
	size_t count = 0;

	for (size_t i = 0; i < SYSCALL_ROW_ALL; i++)
		if (rows[i].key && (rows[i].count || rows[i].time_ns))
			ret[count++] =
				(struct wait_sum){ rows[i].key, rows[i].count, rows[i].time_ns };
	return count;
}

static int longest_first(const void *one, const void *other)
{
	const struct report_syscall *a = one, *b = other;

	return a->time_ns < b->time_ns ? 1 : a->time_ns > b->time_ns ? -1 : 0;
}

static struct report_syscall row_of(const struct wait_sum *sum)
{
	uint32_t kind = WAIT_KEY_FILE(sum->key);

	return (struct report_syscall){
		.name = syscall_name(WAIT_KEY_NUMBER(sum->key), WAIT_KEY_CAUSE(sum->key)),
		.file = kind && kind < FILE_KINDS ? file_names[kind] : NULL,
		.count = sum->count,
		.time_ns = sum->time_ns,
	};
}

/* What the cause has beyond its rows. */
static void add_others(struct report_wait *wait)
{
	struct report_syscall others = { .name = "others",
					 .count = wait->count,
					 .time_ns = wait->time_ns };

	for (size_t i = 0; i < wait->syscalls_count; i++) {
		uint64_t count = wait->syscalls[i].count, time_ns = wait->syscalls[i].time_ns;

		others.count -= count < others.count ? count : others.count;
		others.time_ns -= time_ns < others.time_ns ? time_ns : others.time_ns;
	}
	if (others.count || others.time_ns)
		wait->syscalls[wait->syscalls_count++] = others;
}

struct report_syscall *waits_fill(struct report_figures *figures, const struct wait_sum *sums,
				  size_t count, struct report_syscall *room)
{
	for (uint32_t cause = 0; cause < WAIT_COUNT; cause++) {
		struct report_wait *wait = &figures->waits[cause];

		wait->syscalls = room;
		wait->syscalls_count = 0;
		for (size_t i = 0; i < count; i++)
			if (WAIT_KEY_CAUSE(sums[i].key) == cause)
				room[wait->syscalls_count++] = row_of(&sums[i]);
		add_others(wait);
		qsort(room, wait->syscalls_count, sizeof(*room), longest_first);
		room += wait->syscalls_count;
	}
	return room;
}
