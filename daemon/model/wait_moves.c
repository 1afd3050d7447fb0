// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/wait_moves.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/model/syscall_names.h"

static int by_tid(const void *one, const void *other)
{
	const struct wait_move *a = one, *b = other;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

void wait_moves_sort(struct wait_move *moves, size_t count)
{
	if (count)
		qsort(moves, count, sizeof(*moves), by_tid);
}

struct wait_move *wait_moves_of(struct wait_move *moves, size_t count, uint64_t tid,
				size_t *ret_count)
{
	size_t low = 0, high = count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (moves[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < count && moves[end].tid == tid; end++)
		;
	*ret_count = end - low;
	return moves + low;
}

static uint64_t take(uint64_t *from, uint64_t wanted)
{
	uint64_t taken = wanted < *from ? wanted : *from;

	*from -= taken;
	return taken;
}

struct wait_move wait_move_figures(struct report_figures *figures, const struct wait_move *move)
{
	struct report_wait *from = &figures->waits[move->from], *to = &figures->waits[move->to];
	struct wait_move ret = *move;

	ret.count = take(&from->count, move->count);
	ret.time_ns = take(&from->time_ns, move->time_ns);
	ret.ready_ns = take(&from->ready_ns, move->ready_ns);
	to->count += ret.count;
	to->time_ns += ret.time_ns;
	to->ready_ns += ret.ready_ns;
	return ret;
}

void wait_moves_cut(struct wait_move *moves, size_t count, uint64_t pid,
		    const struct report_figures *figures)
{
	struct report_figures left = *figures;

	for (size_t i = 0; i < count; i++)
		if (moves[i].pid == pid)
			moves[i] = wait_move_figures(&left, &moves[i]);
}

static bool is_futex(uint32_t key)
{
	return !strncmp(syscall_name(WAIT_KEY_NUMBER(key), WAIT_KEY_CAUSE(key)), "futex", 5);
}

static struct wait_sum *row_with(struct wait_sum *rows, size_t *count, size_t room, uint32_t key)
{
	for (size_t i = 0; i < *count; i++)
		if (rows[i].key == key)
			return &rows[i];
	if (*count == room)
		return NULL;
	rows[*count] = (struct wait_sum){ .key = key };
	return &rows[(*count)++];
}

void wait_move_rows(struct wait_sum *rows, size_t *count, size_t room, const struct wait_move *move)
{
	uint64_t left = move->count, left_ns = move->time_ns;
	size_t before = *count;

	for (size_t i = 0; i < before && (left || left_ns); i++) {
		struct wait_sum *from = &rows[i], *to;
		uint64_t moved, moved_ns;

		if (WAIT_KEY_CAUSE(from->key) != (uint32_t)move->from || !is_futex(from->key))
			continue;
		to = row_with(rows, count, room,
			      WAIT_KEY((uint32_t)move->to, FILE_NONE, WAIT_KEY_NUMBER(from->key)));
		moved = take(&from->count, left);
		moved_ns = take(&from->time_ns, left_ns);
		left -= moved;
		left_ns -= moved_ns;
		/* Without a row it is among the others of its new cause. */
		if (!to)
			continue;
		to->count += moved;
		to->time_ns += moved_ns;
	}
}
