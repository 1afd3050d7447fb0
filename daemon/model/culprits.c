// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/model/culprits.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static struct culprit_sum *sum_of(struct culprit_sums *sums, const struct culprit *culprit)
{
	struct culprit_sum *sum;

	for (size_t i = 0; i < sums->count; i++)
		if (sums->rows[i].row.tid == culprit->shown_tid &&
		    !strncmp(sums->rows[i].name, culprit->comm, COMM_LEN))
			return &sums->rows[i];
	if (sums->count == CULPRITS_MAX)
		return NULL;
	sum = &sums->rows[sums->count++];
	*sum = (struct culprit_sum){ .row = { .tid = culprit->shown_tid, .pid = culprit->pid },
				     .is_kernel = culprit->is_kernel };
	memcpy(sum->name, culprit->comm, COMM_LEN);
	return sum;
}

void culprits_clear(struct culprit_sums *sums)
{
	sums->count = 0;
	sums->idle_ns = sums->own_ns = sums->others_ns = sums->earlier_ns = 0;
}

void culprits_add(struct culprit_sums *sums, const struct culprit_table *table, uint32_t set)
{
	sums->idle_ns += table->idle_ns[set];
	sums->own_ns += table->own_ns[set];
	sums->others_ns += table->others_ns[set];
	sums->earlier_ns += table->earlier_ns[set];
	for (size_t i = 0; i < CULPRIT_ROWS; i++) {
		const struct culprit *culprit = &table->rows[i];
		bool own = culprit->sets >> set & 1;
		struct culprit_sum *sum;

		if (!culprit->tid || (!culprit->ahead[set] && !culprit->taken[set]))
			continue;
		sum = sum_of(sums, culprit);
		if (!sum) {
			*(own ? &sums->own_ns : &sums->others_ns) += culprit->ahead_ns[set];
			continue;
		}
		sum->is_own |= own;
		sum->row.ahead_ns += culprit->ahead_ns[set];
		sum->row.ahead += culprit->ahead[set];
		sum->row.taken_ns += culprit->taken_ns[set];
		sum->row.taken += culprit->taken[set];
	}
}

void culprits_since(const struct culprit_sums *from, struct culprit_sums *to)
{
	to->idle_ns = less(to->idle_ns, from->idle_ns);
	to->own_ns = less(to->own_ns, from->own_ns);
	to->others_ns = less(to->others_ns, from->others_ns);
	to->earlier_ns = less(to->earlier_ns, from->earlier_ns);
	for (size_t i = 0; i < to->count; i++) {
		struct report_culprit *now = &to->rows[i].row;

		for (size_t k = 0; k < from->count; k++) {
			const struct report_culprit *then = &from->rows[k].row;

			if (then->tid != now->tid ||
			    strncmp(from->rows[k].name, to->rows[i].name, COMM_LEN) != 0 ||
			    now->ahead < then->ahead || now->taken < then->taken)
				continue;
			now->ahead_ns = less(now->ahead_ns, then->ahead_ns);
			now->taken_ns = less(now->taken_ns, then->taken_ns);
			now->ahead -= then->ahead;
			now->taken -= then->taken;
		}
	}
}

static int worst_first(const void *one, const void *other)
{
	const struct report_culprit *a = &((const struct culprit_sum *)one)->row;
	const struct report_culprit *b = &((const struct culprit_sum *)other)->row;

	if (a->ahead_ns != b->ahead_ns)
		return a->ahead_ns < b->ahead_ns ? 1 : -1;
	return a->taken_ns < b->taken_ns ? 1 : a->taken_ns > b->taken_ns ? -1 : 0;
}

static const char *kind_of(const struct culprit_sum *sum, const struct report_thread *threads,
			   size_t count)
{
	if (sum->is_own)
		return "target";
	if (sum->is_kernel)
		return "kernel";
	for (size_t i = 0; i < count; i++)
		if (threads[i].tid == sum->row.tid)
			return "target";
	return "other";
}

static void fill_more(const struct culprit_sums *sums, const struct report_thread *threads,
		      size_t threads_count, struct report_run_queue *ret)
{
	ret->more_own_ns = sums->own_ns;
	ret->more_ns = sums->own_ns + sums->others_ns;
	for (size_t i = ret->culprits_count; i < sums->count; i++) {
		const struct culprit_sum *sum = &sums->rows[i];

		ret->more_ns += sum->row.ahead_ns;
		if (!strcmp(kind_of(sum, threads, threads_count), "target"))
			ret->more_own_ns += sum->row.ahead_ns;
	}
}

void culprits_fill(struct culprit_sums *sums, uint64_t ready_ns,
		   const struct report_thread *threads, size_t threads_count,
		   struct report_run_queue *ret)
{
	uint64_t known_ns = sums->idle_ns + sums->own_ns + sums->others_ns + sums->earlier_ns;

	qsort(sums->rows, sums->count, sizeof(sums->rows[0]), worst_first);
	for (size_t i = 0; i < sums->count; i++)
		known_ns += sums->rows[i].row.ahead_ns;
	ret->culprits = sums->report;
	for (size_t i = 0; i < sums->count && i < CULPRITS_IN_REPORT; i++) {
		if (!sums->rows[i].row.ahead && !sums->rows[i].row.taken)
			break;
		struct report_culprit *row = &sums->report[ret->culprits_count++];

		*row = sums->rows[i].row;
		row->name = sums->rows[i].name;
		row->kind = kind_of(&sums->rows[i], threads, threads_count);
	}
	fill_more(sums, threads, threads_count, ret);
	ret->idle_ns = sums->idle_ns;
	ret->earlier_ns = sums->earlier_ns;
	ret->short_ns = less(ready_ns, known_ns);
}
