/* SPDX-License-Identifier: BSD-2-Clause */
/* The few of many that a table shows: the rows of the largest weight, without sorting the rest. */
#ifndef PARTRACE_REPORT_TOP_H
#define PARTRACE_REPORT_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_MAX 16u

struct top {
	size_t index[TOP_MAX]; /* heaviest first; of equals the earlier first */
	uint64_t weight[TOP_MAX];
	size_t count;
	size_t limit;
};

static inline void top_add(struct top *top, size_t index, uint64_t weight)
{
	size_t at = top->count;

	while (at && top->weight[at - 1] < weight)
		at--;
	if (at >= top->limit)
		return;
	if (top->count < top->limit)
		top->count++;
	for (size_t i = top->count - 1; i > at; i--) {
		top->index[i] = top->index[i - 1];
		top->weight[i] = top->weight[i - 1];
	}
	top->index[at] = index;
	top->weight[at] = weight;
}

static inline void top_order_by_index(struct top *top)
{
	for (size_t i = 1; i < top->count; i++)
		for (size_t k = i; k && top->index[k] < top->index[k - 1]; k--) {
			size_t swapped = top->index[k];

			top->index[k] = top->index[k - 1];
			top->index[k - 1] = swapped;
		}
}

/* How many of `total` rows get shown when all but the last may be single ones. */
static inline size_t top_limit(size_t total, size_t rows)
{
	return total <= rows ? total : rows - 1;
}

#endif
